/* `writ completions`: what completes command lines in shells. The scripts ask `--help` for what
 * there is. */
#include <stdio.h>
#include <string.h>

#include "base/embedded.h"
#include "cli/cli.h"

static const char help[] =
    "usage: writ completions bash|zsh\n\n"
    "Prints the script that completes the command lines of writ in that shell: commands, options\n"
    "and the names of an app's contracts.\n\n"
    "Exit code 0: done; 2: the command line is not understood.\n\n"
    "example: source <(writ completions bash)\n"
    "         writ completions zsh >~/.zfunc/_writ   # with ~/.zfunc in $fpath, before compinit\n";

extern const struct embedded_file completion_files[];
extern const size_t completion_files_count;

int cli_completions(int argc, char **argv)
{
  const char *shell = NULL;
  int code;
  if (!cli_options(argc, argv, NULL, 0, &shell, help, &code)) return code;
  const char *file = !shell ? "" : !strcmp(shell, "bash") ? "writ.bash" : "_writ";
  bool known = shell && (!strcmp(shell, "bash") || !strcmp(shell, "zsh"));
  for (size_t i = 0; i < completion_files_count && known; i++) {
    const struct embedded_file *found = &completion_files[i];
    if (strcmp(found->path, file)) continue;
    fwrite(found->text.data, 1, found->text.length, stdout);
    return EXIT_OK;
  }
  fputs("writ: completions needs a shell, bash or zsh; see --help\n", stderr);
  return EXIT_USAGE;
}
