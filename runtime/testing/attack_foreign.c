/* Rows of others, as the policy says whose they are: read from beside before a call and after it.
 *
 * Not looked at are tables whose owners a query tells (`in`), those of queries that the contract
 * calls unowned, and those that foreign keys or triggers change by themselves: that is the schema's
 * own doing. */
#include <string.h>

#include "contract/document.h"
#include "testing/attack_parts.h"

enum { ROWS_MAX = 200, PARENTS_MAX = 8, SECRETS_MAX = 32, SECRET_BYTES_MIN = 12 };

static const struct json *policy_tables(const struct attack *attack)
{
  const struct document *policy =
      document_find(attack->run->generation->documents, TEXT("policy.json"));
  return policy ? json_get(policy->root, "tables") : NULL;
}

/* The column of the parent that a foreign key refers to; empty: it is not said. */
static struct text referred(struct attack *attack, struct text table, struct text column,
                            struct text parent)
{
  struct json rows;
  struct json values[] = {json_string(table), json_string(column), json_string(parent)};
  if (!attack_rows(attack,
                   TEXT("SELECT coalesce(\"to\", (SELECT name FROM pragma_table_info(?3) WHERE pk "
                        "= 1)) AS c FROM pragma_foreign_key_list(?1) WHERE lower(\"from\") = "
                        "lower(?2) AND lower(\"table\") = lower(?3)"),
                   values, 3, &rows) ||
      rows.length == 0)
    return TEXT("");
  return json_text(json_get(&rows.items[0], "c"));
}

/* SQL for the rows of a table that are not those of ?1; empty: it cannot be said. */
static struct text condition_of(struct attack *attack, struct text table, unsigned depth)
{
  const struct json *line = json_get_text(policy_tables(attack), table);
  const struct json *parent = json_get(line, "parent");
  struct text owner = json_text(json_get(line, "owner"));
  struct arena *arena = &attack->arena;
  if (owner.length > 0 && !json_get(line, "in"))
    return arena_print(arena, "%.*s IS NOT ?1", TEXT_ARGS(sql_quoted(owner, arena)));
  if (!parent || parent->length != 2 || depth == PARENTS_MAX) return TEXT("");
  struct text column = json_text(&parent->items[0]), of = json_text(&parent->items[1]);
  struct text to = referred(attack, table, column, of);
  struct text above = condition_of(attack, of, depth + 1);
  if (to.length == 0 || above.length == 0) return TEXT("");
  return arena_print(arena, "%.*s IN (SELECT %.*s FROM %.*s WHERE %.*s)",
                     TEXT_ARGS(sql_quoted(column, arena)), TEXT_ARGS(sql_quoted(to, arena)),
                     TEXT_ARGS(sql_quoted(of, arena)), TEXT_ARGS(above));
}

struct text foreign_condition(struct attack *attack, struct text table)
{
  return condition_of(attack, table, 0);
}

/* Whether the schema itself may change rows of this table, when others are written. */
static bool changes_by_itself(struct attack *attack, struct text table)
{
  struct json rows;
  struct json value = json_string(table);
  if (!attack_rows(attack,
                   TEXT("SELECT \"table\" AS parent FROM pragma_foreign_key_list(?1) WHERE "
                        "on_delete NOT IN ('NO ACTION', 'RESTRICT') OR on_update NOT IN "
                        "('NO ACTION', 'RESTRICT')"),
                   &value, 1, &rows))
    return true;
  for (uint32_t i = 0; i < rows.length; i++)
    for (size_t k = 0; k < attack->contract->use_count; k++)
      if (attack->contract->uses[k].query->writes &&
          known_mentions(&attack->contract->uses[k], json_text(json_get(&rows.items[i], "parent"))))
        return true;
  return !attack_rows(attack,
                      TEXT("SELECT 1 AS n FROM sqlite_schema WHERE type = 'trigger' AND "
                           "instr(lower(sql), lower(?1)) > 0"),
                      &value, 1, &rows) ||
         rows.length > 0;
}

/* Some query that the handler may run is about this table. */
static bool is_granted(const struct contract *contract, struct text table)
{
  for (size_t i = 0; i < contract->use_count; i++)
    if (known_mentions(&contract->uses[i], table)) return true;
  return false;
}

static bool is_open(struct attack *attack, struct text table)
{
  for (size_t i = 0; i < attack->contract->use_count; i++)
    if (attack->contract->uses[i].unowned && known_mentions(&attack->contract->uses[i], table))
      return true;
  return changes_by_itself(attack, table);
}

static const struct foreign_rows *judged(const struct attack *attack, struct text table)
{
  for (size_t i = 0; i < attack->foreign_count; i++)
    if (text_equal(attack->foreign[i].table, table)) return &attack->foreign[i];
  return NULL;
}

/* All that the caller may see, as text: their own rows, and tables that are not judged. */
static void write_visible(struct attack *attack, struct buffer *visible)
{
  const struct attack_run *run = attack->run;
  for (size_t i = 0; i < run->table_count; i++) {
    struct text table = run->tables[i].name;
    const struct foreign_rows *foreign = judged(attack, table);
    if (!is_granted(attack->contract, table)) continue;
    bool hides = foreign && !foreign->readable;
    struct json rows;
    struct text sql =
        arena_print(&attack->arena, "SELECT * FROM %.*s%s%.*s%s",
                    TEXT_ARGS(sql_quoted(table, &attack->arena)), hides ? " WHERE NOT (" : "",
                    TEXT_ARGS(hides ? foreign->condition : TEXT("")), hides ? ")" : "");
    if (!attack_rows(attack, sql, &attack->scene.caller->id, hides, &rows)) return;
    json_write(visible, &rows);
  }
}

/* Texts of rows that nobody but their owners may see. */
static void find_secrets(struct attack *attack)
{
  struct buffer visible = {0};
  attack->secret_count = 0;
  attack->secrets = arena_new_array(&attack->arena, SECRETS_MAX, sizeof *attack->secrets);
  for (size_t i = 0; i < attack->foreign_count; i++) {
    const struct foreign_rows *rows = &attack->foreign[i];
    if (visible.length == 0) write_visible(attack, &visible);
    for (uint32_t k = 0; k < rows->before.length && !rows->readable; k++)
      for (uint32_t m = 0; m < rows->before.items[k].length; m++) {
        struct text text = json_text(&rows->before.items[k].members[m].value);
        if (text.length >= SECRET_BYTES_MIN && attack->secret_count < SECRETS_MAX &&
            !text_contains(buffer_text(&visible), text))
          attack->secrets[attack->secret_count++] = text;
      }
  }
  buffer_deinit(&visible);
}

struct text foreign_seen(const struct attack *attack, const struct attempt *attempt,
                         const struct scratch_reply *reply)
{
  for (size_t i = 0; i < attack->secret_count; i++) {
    struct text secret = attack->secrets[i];
    if (text_contains(reply->body, secret) && !text_contains(attempt->request.body, secret) &&
        !text_contains(attempt->request.path, secret) &&
        !text_contains(attempt->request.query, secret))
      return secret;
  }
  return TEXT("");
}

void foreign_find(struct attack *attack)
{
  const struct attack_run *run = attack->run;
  const struct contract *contract = attack->contract;
  attack->foreign = arena_new_array(&attack->arena, run->table_count + 1, sizeof *attack->foreign);
  attack->foreign_count = 0;
  if (!attack->scene.caller || contract->privileged ||
      person_is_exempt(run, attack->scene.caller, contract))
    return;
  for (size_t i = 0; i < run->table_count && !attack->error.message[0]; i++) {
    struct text table = run->tables[i].name;
    if (!is_granted(contract, table)) continue;
    struct text condition = condition_of(attack, table, 0);
    if (condition.length == 0 || is_open(attack, table)) continue;
    struct foreign_rows *rows = &attack->foreign[attack->foreign_count++];
    rows->table = table;
    rows->condition = condition;
    rows->readable = json_get(json_get_text(policy_tables(attack), table), "readable") != NULL;
    rows->sql =
        arena_print(&attack->arena, "SELECT * FROM %.*s WHERE %.*s LIMIT %d",
                    TEXT_ARGS(sql_quoted(table, &attack->arena)), TEXT_ARGS(condition), ROWS_MAX);
    foreign_read(attack, rows, &rows->before);
  }
  find_secrets(attack);
}

bool foreign_read(struct attack *attack, const struct foreign_rows *rows, struct json *read)
{
  return attack_rows(attack, rows->sql, &attack->scene.caller->id, 1, read);
}

struct text foreign_changed(struct attack *attack)
{
  for (size_t i = 0; i < attack->foreign_count; i++) {
    struct json now;
    if (!foreign_read(attack, &attack->foreign[i], &now)) break;
    if (!json_equal(&now, &attack->foreign[i].before)) return attack->foreign[i].table;
  }
  return TEXT("");
}
