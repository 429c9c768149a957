/* guest_native HANDLER.lua [INPUT.json]: runs one handler without the wall, for a debugger,
 * valgrind and the sanitizers. Queries give null; lines of the log go to stderr, the result to
 * stdout. The modules of app/lib are those below the present folder. */
#include "native_text.h"

#include "base/file.h"

/* What a run leaves behind dies with its process. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
  return "detect_leaks=0";
}

static void to_stderr(const char *line, size_t length)
{
  fprintf(stderr, "%.*s\n", (int)length, line);
}

static struct text read_file(struct arena *arena, const char *path)
{
  struct error error = {0};
  struct text text;
  if (file_read(arena, path, 1 << 20, &text, &error) == 0) return text;
  fprintf(stderr, "guest_native: %s: %s\n", path, error.message);
  exit(2);
}

static const struct image_module *read_modules(struct arena *arena, size_t *count)
{
  struct text *paths;
  if (file_list(arena, "app/lib", ".lua", &paths, count, NULL) != 0) *count = 0;
  struct image_module *modules = arena_new_array(arena, *count + 1, sizeof *modules);
  for (size_t i = 0; i < *count; i++) {
    char *name = (char *)arena_copy(arena, paths[i]).data; /* just made */
    modules[i].path = arena_print(arena, "app/lib/%s", name).data;
    modules[i].source = read_file(arena, modules[i].path);
    name[paths[i].length - strlen(".lua")] = 0;
    for (char *at = name; *at; at++)
      if (*at == '/') *at = '.';
    modules[i].name = name;
  }
  return modules;
}

int main(int count, char **arguments)
{
  static const char null[] = {WIRE_NULL};
  struct arena arena;
  struct buffer out = {0};
  if (count < 2 || count > 3) {
    fputs("usage: guest_native HANDLER.lua [INPUT.json]\n", stderr);
    return 2;
  }
  arena_init(&arena, 4096);
  struct image_spec spec = {.path = arguments[1], .source = read_file(&arena, arguments[1])};
  spec.modules = read_modules(&arena, &spec.module_count);
  struct native_host host = {.row = null, .row_length = sizeof null, .log = to_stderr};
  struct native_end end = native_begin(&spec, &host);
  if (end.kind == END_READY)
    end = native_call(&arena, count > 2 ? read_file(&arena, arguments[2]).data : "{}",
                      "{\"principal\":null}");
  native_print(&arena, &end, &out);
  printf("%.*s\n", TEXT_ARGS(buffer_text(&out)));
  buffer_deinit(&out);
  arena_deinit(&arena);
  return end.kind == END_RETURNED ? 0 : 1;
}
