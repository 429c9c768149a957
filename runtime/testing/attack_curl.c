/* An attempt as a command that a person can paste: against `writ dev`, or wherever the app is
 * served with data like the fixtures'. */
#include "testing/attack_parts.h"

/* Beyond this a body is better described than shown. */
enum { BODY_SHOWN_MAX = 4000 };

/* For a shell: in single quotes, one within being '\''. */
static void append_quoted(struct buffer *out, struct text text)
{
  buffer_append_byte(out, '\'');
  for (size_t i = 0; i < text.length; i++)
    if (text.data[i] == '\'')
      buffer_append_text(out, TEXT("'\\''"));
    else
      buffer_append_byte(out, text.data[i]);
  buffer_append_byte(out, '\'');
}

/* As it is where no shell sees more in it than a word. */
static void append_word(struct buffer *out, struct text text)
{
  static const char plain[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.,:@";
  bool is_plain = text.length > 0;
  for (size_t i = 0; i < text.length; i++)
    is_plain = is_plain && text.data[i] && strchr(plain, text.data[i]);
  if (is_plain)
    buffer_append_text(out, text);
  else
    append_quoted(out, text);
}

static void append_header(struct buffer *out, const char *name, struct text value)
{
  struct buffer line = {0};
  if (value.length == 0) return;
  buffer_print(&line, "%s: %.*s", name, TEXT_ARGS(value));
  buffer_append_text(out, TEXT(" -H "));
  append_quoted(out, buffer_text(&line));
  buffer_deinit(&line);
}

/* The token of somebody is as good as another of theirs; a forged one is what it is. */
static void append_authorization(struct buffer *out, const struct attempt *attempt)
{
  if (attempt->who && attempt->request.authorization.length > 0)
    buffer_append_text(out, TEXT(" -H \"Authorization: Bearer $TOKEN\""));
  else
    append_header(out, "Authorization", attempt->request.authorization);
}

static void append_cookie(struct buffer *out, const struct attack *attack,
                          const struct attempt *attempt)
{
  if (attempt->request.cookie.length > 0)
    buffer_print(out, " -H \"Cookie: %s=$TOKEN\"", attack->run->config->cookie_name);
}

/* "http://127.0.0.1:8080", or "unix:/path". */
static struct text address_of(const struct attack *attack, struct arena *arena)
{
  const struct config *config = attack->run->config;
  const char *host = config->listen_host;
  if (attack->run->address) return text_of(attack->run->address);
  if (text_starts_with(text_of(host), "unix:")) return text_of(host);
  return arena_print(arena, strchr(host, ':') ? "http://[%s]:%u" : "http://%s:%u", host,
                     (unsigned)config->listen_port);
}

static void append_url(struct buffer *out, struct attack *attack, const struct attempt *attempt)
{
  static const char local[] = "unix:";
  struct buffer url = {0};
  struct text address = address_of(attack, &attack->arena);
  if (text_starts_with(address, local)) {
    size_t skipped = sizeof local - 1;
    buffer_append_text(out, TEXT(" --unix-socket "));
    append_quoted(out, (struct text){address.data + skipped, address.length - skipped});
    address = TEXT("http://localhost");
  }
  buffer_print(&url, "%.*s%.*s", TEXT_ARGS(address), TEXT_ARGS(attempt->request.path));
  if (attempt->request.query.length > 0)
    buffer_print(&url, "?%.*s", TEXT_ARGS(attempt->request.query));
  buffer_append_byte(out, ' ');
  append_quoted(out, buffer_text(&url));
  buffer_deinit(&url);
}

/* A body that curl takes from its standard input, as it is too long for a command. */
static void append_padding(struct buffer *out, const struct attempt *attempt)
{
  buffer_append_text(out, TEXT("{ printf %s "));
  append_quoted(out, attempt->request.body);
  buffer_print(out, "; head -c %zu /dev/zero | tr '\\0' ' '; } | ", attempt->padding);
}

struct text attempt_as_curl(struct attack *attack, const struct attempt *attempt)
{
  struct buffer out = {0};
  const char *method = method_name(attack->contract->route.method);
  struct text body = attempt->request.body;
  if (attempt->padding) append_padding(&out, attempt);
  buffer_print(&out, "curl -i -X %s", method);
  append_url(&out, attack, attempt);
  append_authorization(&out, attempt);
  append_cookie(&out, attack, attempt);
  append_header(&out, "Content-Type", attempt->request.content_type);
  append_header(&out, "Idempotency-Key", attempt->request.idempotency_key);
  append_header(&out, "Sec-Fetch-Site", attempt->request.sec_fetch_site);
  if (attempt->padding)
    buffer_append_text(&out, TEXT(" --data-binary @-"));
  else if (body.length > BODY_SHOWN_MAX)
    buffer_print(&out, " --data-binary @- # a body of %zu bytes", body.length);
  else if (body.length > 0) {
    buffer_append_text(&out, TEXT(" --data-binary "));
    append_quoted(&out, body);
  }
  struct text text = arena_copy(attack->run->report_arena, buffer_text(&out));
  buffer_deinit(&out);
  return text;
}

/* A route by which they can log in, or NULL. */
static const struct contract *login_contract(const struct generation *generation)
{
  for (size_t i = 0; i < generation->contract_count; i++)
    if (generation->contracts[i]->session_start == SESSION_FOR_CREDENTIALS)
      return generation->contracts[i];
  return NULL;
}

/* Whatever the fixtures call somebody, it is a word of the command that they are pasted in. */
static struct text token_command(struct attack *attack, const struct person *person)
{
  struct buffer out = {0}, roles = {0};
  for (size_t i = 0; i < person->role_count; i++)
    buffer_print(&roles, "%s%.*s", i ? "," : "", TEXT_ARGS(person->roles[i]));
  buffer_print(&out, "a token of %.*s: writ token create --principal ",
               TEXT_ARGS(person->principal->name));
  append_word(&out, person->principal->id);
  buffer_append_text(&out, TEXT(" --label test --roles "));
  append_quoted(&out, buffer_text(&roles));
  buffer_append_text(&out, TEXT(" --expires 1d"));
  struct text text = arena_copy(attack->run->report_arena, buffer_text(&out));
  buffer_deinit(&out);
  buffer_deinit(&roles);
  return text;
}

struct text attempt_token_hint(struct attack *attack, const struct attempt *attempt)
{
  struct arena *arena = attack->run->report_arena;
  if (!attempt->who || attempt->request.authorization.length + attempt->request.cookie.length == 0)
    return TEXT("");
  const struct scratch_principal *principal = attempt->who->principal;
  const struct contract *login = login_contract(attack->run->generation);
  if (login && principal->password.length > 0)
    return arena_print(arena, "a token of %.*s, whose password is %.*s: %s %.*s gives one",
                       TEXT_ARGS(principal->name), TEXT_ARGS(principal->password),
                       method_name(login->route.method), TEXT_ARGS(login->route.path));
  return token_command(attack, attempt->who);
}
