/* Places are found anew for each refused call, in the files' own text: it is only ever one
 * developer's. */
#include "dispatch/debug.h"

#include <stdlib.h>

#include "dispatch/call.h"

/* --- What the contract says. --- */

/* The keyword that a denial comes from, below the contract. */
static const struct {
  enum denial denial;
  const char *keyword;
} keywords[] = {
    {DENIAL_UNAUTHENTICATED, "requires.auth"},
    {DENIAL_FORBIDDEN, "requires.auth"},
    {DENIAL_INSUFFICIENT_SCOPE, "requires.scopes"},
    {DENIAL_WRONG_CREDENTIALS, "requires.credentials"},
    {DENIAL_NOT_OWNER, "requires.owns"},
    {DENIAL_INVALID_INPUT, "requires.validates"},
    {DENIAL_RATE_LIMITED, "requires.rate_limit"},
    {DENIAL_BODY_TOO_LARGE, "limits.body"},
    {DENIAL_HANDLER_DEADLINE, "limits.time"},
    {DENIAL_HANDLER_MEMORY, "limits.memory"},
};

static struct text keyword_of(const struct verdict *verdict)
{
  if (verdict->keyword) return text_of(verdict->keyword);
  for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
    if (keywords[i].denial == verdict->denial) return text_of(keywords[i].keyword);
  return TEXT("");
}

static struct text source_line(struct text text, size_t offset)
{
  size_t start = offset < text.length ? offset : text.length, end = start;
  while (start > 0 && text.data[start - 1] != '\n') start--;
  while (end < text.length && text.data[end] != '\n') end++;
  return text_trim((struct text){text.data + start, end - start});
}

/* Where the contract has it; a template or a default may have it instead. */
static struct debug_place place_of_keyword(struct call *call, struct text keyword)
{
  const struct source *source = call->contract->source;
  struct debug_place place = {.file = TEXT("")};
  struct json *document = arena_new(&call->arena, sizeof *document);
  struct text part;
  if (keyword.length == 0 || json_read(&call->arena, source->text, NULL, document, NULL))
    return place;
  const struct json *value = document;
  while (value && value->type == JSON_OBJECT && text_split(&keyword, '.', &part))
    value = json_get_text(value, part);
  if (!value || value == document) return place;
  unsigned column;
  source_locate(source, value->offset, &place.line, &column);
  place.file = text_of(source->path);
  place.source = source_line(source->text, value->offset);
  return place;
}

/* --- The handler's line. --- */

/* "app/handlers/notes/create.lua:3: …": the first such place in a message or traceback. */
static bool find_place(struct text text, struct debug_place *place)
{
  static const char mark[] = ".lua:";
  for (size_t at = 0; at + sizeof mark <= text.length; at++) {
    if (memcmp(text.data + at, mark, sizeof mark - 1) != 0) continue;
    size_t start = at, digits = at + sizeof mark - 1;
    while (start > 0 && text.data[start - 1] != '\n' && text.data[start - 1] != '\t' &&
           text.data[start - 1] != ' ')
      start--;
    place->file = (struct text){text.data + start, at + 4 - start};
    if (!text_starts_with(place->file, "app/")) continue;
    place->line = 0;
    for (; digits < text.length && text.data[digits] >= '0' && text.data[digits] <= '9' &&
           place->line < 1000000;
         digits++)
      place->line = 10 * place->line + (unsigned)(text.data[digits] - '0');
    if (place->line > 0) return true;
  }
  *place = (struct debug_place){.file = TEXT("")};
  return false;
}

static struct text line_of(struct text script, unsigned number)
{
  struct text line = TEXT("");
  for (unsigned i = 0; i < number; i++)
    if (!text_split(&script, '\n', &line)) return TEXT("");
  return text_trim(line);
}

static struct debug_place place_of_script(const struct call *call)
{
  const struct dispatch_config *config = &call->dispatcher->config;
  const struct verdict *verdict = &call->verdict;
  struct debug_place place = {.file = TEXT("")};
  if (!find_place(verdict->message, &place) && !find_place(verdict->traceback, &place))
    return place;
  if (config->script)
    place.source = line_of(config->script(config->script_context, place.file), place.line);
  return place;
}

/* --- How to mend it: by what the message says, where one denial has several causes. --- */

static const struct {
  enum denial denial;
  const char *says; /* NULL: anything */
  const char *help;
} helps[] = {
    {DENIAL_UNAUTHENTICATED, NULL, "send `Authorization: Bearer TOKEN` of a session that lives"},
    {DENIAL_FORBIDDEN, NULL, "call as a principal with one of the roles in `auth`"},
    {DENIAL_NOT_OWNER, NULL,
     "call as whose it is; that it is somebody else's is not told, unless `\"deny\": 403`"},
    {DENIAL_INVALID_INPUT, NULL, "send what `validates` describes: `errors` names each field"},
    {DENIAL_RATE_LIMITED, NULL, "wait as long as Retry-After says"},
    {DENIAL_HANDLER_FAILED, "null",
     "a query that finds nothing gives null, which has no fields: compare with it first, as in "
     "`if row == null then ctx.fail(\"…\") end`"},
    {DENIAL_HANDLER_FAILED, "a nil value",
     "it is not there: an input field that was not sent is nil, and so is a misspelt name"},
    {DENIAL_HANDLER_FAILED, "undefined",
     "only what docs/handler.md lists is defined; declare your own names `local`"},
    {DENIAL_HANDLER_FAILED, "constraint",
     "declare it under `ensures.errors` with `on_unique`, `on_check` or `on_foreign_key`, so that "
     "the client hears of it"},
    {DENIAL_HANDLER_FAILED, NULL, "mend the handler's line; nothing that it did was kept"},
    {DENIAL_HANDLER_DEADLINE, NULL,
     "look for a loop that does not end, or let SQL do what the loop does; `limits.time` is what "
     "people allow it"},
    {DENIAL_HANDLER_MEMORY, NULL,
     "keep less at a time, or let SQL do it; `limits.memory` is what people allow it"},
    {DENIAL_BREACH, "returns: status", "return a status that `returns` declares"},
    {DENIAL_BREACH, "returns:", "return what `returns` describes, and no field beyond"},
    {DENIAL_BREACH, "may run",
     "run it once, with `json_each` over an array for many rows; or have people allow more: "
     "`{ \"name\": …, \"calls\": N }` in `uses.queries`"},
    {DENIAL_BREACH, "cannot be passed",
     "pass nothing: the host binds input fields, :principal_id, :now and :new_id by itself"},
    {DENIAL_BREACH, "ctx.fail", "declare it under `ensures.errors`, or use one that is"},
    {DENIAL_BREACH, "somebody else",
     "let the query write only rows of the principal: `… AND owner_id = :principal_id`, or `owns` "
     "for the field that names the row"},
    {DENIAL_BREACH, "guarded column",
     "the policy guards it: leave it out of the query, and let a contract that only privileged "
     "roles "
     "may call change it"},
    {DENIAL_BREACH, NULL, "the handler did what its contract does not allow: nothing was kept"},
};

static struct text help_of(const struct verdict *verdict)
{
  for (size_t i = 0; i < sizeof helps / sizeof *helps; i++)
    if (helps[i].denial == verdict->denial &&
        (!helps[i].says || text_contains(verdict->detail, text_of(helps[i].says)) ||
         text_contains(verdict->message, text_of(helps[i].says))))
      return text_of(helps[i].help);
  return TEXT("");
}

/* --- The whole. --- */

const struct debug *debug_of(struct call *call)
{
  const struct verdict *verdict = &call->verdict;
  if (call->debug) return call->debug;
  struct debug *debug = arena_new(&call->arena, sizeof *debug);
  *debug = (struct debug){.message = verdict->message,
                          .traceback = verdict->traceback,
                          .script = place_of_script(call),
                          .help = help_of(verdict)};
  if (!text_equal(verdict->detail, verdict->message)) debug->detail = verdict->detail;
  call->debug = debug;
  if (!call->contract) return debug;
  debug->contract = text_of(call->contract->source->path);
  debug->handler = text_of(call->contract->handler_path);
  debug->keyword = keyword_of(verdict);
  debug->rule = place_of_keyword(call, debug->keyword);
  return debug;
}

static void write_place(struct buffer *out, const char *name, const struct debug_place *place,
                        struct text keyword)
{
  if (place->file.length == 0) return;
  if (out->length > 0 && out->data[out->length - 1] != '{') buffer_append_byte(out, ',');
  buffer_print(out, "\"%s\":{", name);
  reply_write_member(out, "file", place->file);
  buffer_print(out, ",\"line\":%u", place->line);
  reply_write_member(out, "source", place->source);
  reply_write_member(out, "keyword", keyword);
  buffer_append_byte(out, '}');
}

void debug_write(struct buffer *out, const struct debug *debug)
{
  reply_write_member(out, "contract", debug->contract);
  reply_write_member(out, "handler", debug->handler);
  reply_write_member(out, "detail", debug->detail);
  reply_write_member(out, "message", debug->message);
  write_place(out, "at", &debug->script, TEXT(""));
  write_place(out, "rule", &debug->rule, debug->keyword);
  reply_write_member(out, "help", debug->help);
  reply_write_member(out, "traceback", debug->traceback);
}

static void print_place(struct buffer *out, const struct debug_place *place, struct text keyword)
{
  if (place->file.length == 0) return;
  buffer_append_text(out, TEXT("\n    "));
  buffer_append_visible(out, place->file);
  buffer_print(out, ":%u", place->line);
  if (keyword.length > 0) buffer_print(out, "  %.*s", TEXT_ARGS(keyword));
  if (place->source.length == 0) return;
  buffer_append_text(out, TEXT("\n      "));
  buffer_append_visible(out, place->source);
}

void debug_print(struct buffer *out, const struct debug *debug)
{
  struct text says = debug->message.length ? debug->message : debug->detail;
  buffer_append_text(out, TEXT("\n    "));
  buffer_append_visible(out, says);
  print_place(out, &debug->script, TEXT(""));
  print_place(out, &debug->rule, debug->keyword);
  if (debug->help.length == 0) return;
  buffer_append_text(out, TEXT("\n    to mend it: "));
  buffer_append_visible(out, debug->help);
}
