/* CORS fields (cors.h). */
#include "http/cors.h"

static void append_field(struct buffer *out, struct text name, struct text value)
{
  buffer_append_text(out, name);
  buffer_append(out, ": ", 2);
  buffer_append_text(out, value);
  buffer_append(out, "\r\n", 2);
}

/* What follows may be asked for: from the contracts, and what the configuration lets through. */
static void append_preflight(struct buffer *out, const struct cors *cors, unsigned allowed)
{
  const char *between = "";
  buffer_append_text(out, TEXT("Access-Control-Allow-Methods: "));
  for (enum method method = METHOD_GET; method < METHOD_OTHER; method++) {
    if (!(allowed & 1U << method)) continue;
    buffer_append_text(out, text_of(between));
    buffer_append_text(out, text_of(method_name(method)));
    between = ", ";
  }
  buffer_append(out, "\r\n", 2);
  if (cors->headers.length > 0)
    append_field(out, TEXT("Access-Control-Allow-Headers"), cors->headers);
  buffer_print(out, "Access-Control-Max-Age: %llu\r\n", (unsigned long long)cors->max_age_s);
}

void cors_append(struct buffer *out, const struct cors *cors, const struct cors_question *question,
                 const struct reply *reply)
{
  if (!cors->everybody && cors->origins.count == 0) return;
  /* Caches must not give one origin's reply to another, even if this one has no origin. */
  if (!cors->everybody) buffer_append_text(out, TEXT("Vary: Origin\r\n"));
  if (question->origin.length == 0) return;
  if (!cors->everybody && !origins_have(&cors->origins, question->origin)) return;
  append_field(out, TEXT("Access-Control-Allow-Origin"),
               cors->everybody ? TEXT("*") : question->origin);
  if (cors->credentials) append_field(out, TEXT("Access-Control-Allow-Credentials"), TEXT("true"));
  if (question->preflight)
    append_preflight(out, cors, reply->allowed);
  else if (cors->expose.length > 0)
    append_field(out, TEXT("Access-Control-Expose-Headers"), cors->expose);
}
