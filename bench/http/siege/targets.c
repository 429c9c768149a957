/* What a party asks for (party.h). A line of the file is
 *
 *   STATUS METHOD PATH TOKEN BODY
 *
 * with single spaces: the status that is expected (0: any), "-" for no token, and a body (to the
 * line's end, may be missing) in which "{number}" becomes ten digits that differ each time. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "party.h"

enum { LINE_MAX_BYTES = 65536 };
static const char mark[] = "{number}", digits[] = "0000000000";

/* The body with room for the number, which is at `*number_at` then. */
static char *make_body(const char *text, size_t *number_at)
{
  char *body;
  const char *found = strstr(text, mark);
  int before = found ? (int)(found - text) : (int)strlen(text);
  *number_at = found ? (size_t)before : SIZE_MAX;
  if (asprintf(&body, "%.*s%s%s", before, text, found ? digits : "",
               found ? found + strlen(mark) : "") < 0)
    die("targets");
  return body;
}

static void add_target(struct party *party, int status, const char *method, const char *path,
                       const char *token, const char *text)
{
  struct target *target = &party->targets[party->target_count++];
  char authorization[512] = "", type[96] = "";
  size_t number_at;
  char *body = make_body(text, &number_at);
  if (strcmp(token, "-") != 0)
    snprintf(authorization, sizeof authorization, "Authorization: Bearer %s\r\n", token);
  if (*body || strcmp(method, "POST") == 0 || strcmp(method, "PATCH") == 0)
    snprintf(type, sizeof type, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
             strlen(body));
  int length = asprintf(&target->bytes, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s%s\r\n%s", method,
                        path, authorization, type, body);
  if (length < 0) die("targets");
  target->length = (size_t)length;
  target->status = status;
  target->number_at = number_at == SIZE_MAX ? 0 : target->length - strlen(body) + number_at;
  free(body);
}

static void add_line(struct party *party, char *line)
{
  char method[16], path[1024], token[400];
  int status, used = 0;
  line[strcspn(line, "\n")] = '\0';
  if (sscanf(line, "%d %15s %1023s %399s%n", &status, method, path, token, &used) != 4) {
    errno = EINVAL;
    die(line);
  }
  add_target(party, status, method, path, token, line[used] ? line + used + 1 : "");
}

static size_t count_lines(FILE *file, char *line)
{
  size_t count = 0;
  while (fgets(line, LINE_MAX_BYTES, file)) count++;
  rewind(file);
  return count;
}

static void read_file(struct party *party, const char *name)
{
  char *line = malloc(LINE_MAX_BYTES);
  FILE *file = fopen(name, "r");
  if (!file || !line) die(name);
  party->targets = calloc(count_lines(file, line) + 1, sizeof *party->targets);
  if (!party->targets) die("memory");
  while (fgets(line, LINE_MAX_BYTES, file)) add_line(party, line);
  fclose(file);
  free(line);
  if (party->target_count == 0) die(name);
}

void targets_read(struct party *party)
{
  const struct settings *settings = &party->settings;
  if (settings->targets) {
    read_file(party, settings->targets);
    return;
  }
  party->targets = calloc(1, sizeof *party->targets);
  if (!party->targets) die("memory");
  add_target(party, settings->status, "GET", settings->path, settings->token, "");
}
