/* Rows of others, as the policy says whose they are: read from beside before a call and after it.
 *
 * Not looked at are tables whose owners a query tells (`in`), those of queries that the contract
 * calls unowned, and those that foreign keys or triggers change by themselves: that is the schema's
 * own doing. */
#include "contract/document.h"
#include "testing/attack_parts.h"

enum { ROWS_MAX = 200, PARENTS_MAX = 8 };

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
    return arena_print(arena, "\"%.*s\" IS NOT ?1", TEXT_ARGS(owner));
  if (!parent || parent->length != 2 || depth == PARENTS_MAX) return TEXT("");
  struct text column = json_text(&parent->items[0]), of = json_text(&parent->items[1]);
  struct text to = referred(attack, table, column, of);
  struct text above = condition_of(attack, of, depth + 1);
  if (to.length == 0 || above.length == 0) return TEXT("");
  return arena_print(arena, "\"%.*s\" IN (SELECT \"%.*s\" FROM \"%.*s\" WHERE %.*s)",
                     TEXT_ARGS(column), TEXT_ARGS(to), TEXT_ARGS(of), TEXT_ARGS(above));
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

static bool is_open(struct attack *attack, struct text table)
{
  for (size_t i = 0; i < attack->contract->use_count; i++)
    if (attack->contract->uses[i].unowned && known_mentions(&attack->contract->uses[i], table))
      return true;
  return changes_by_itself(attack, table);
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
    bool granted = false;
    for (size_t k = 0; k < contract->use_count && !granted; k++)
      granted = known_mentions(&contract->uses[k], table);
    if (!granted) continue;
    struct text condition = condition_of(attack, table, 0);
    if (condition.length == 0 || is_open(attack, table)) continue;
    struct foreign_rows *rows = &attack->foreign[attack->foreign_count++];
    rows->table = table;
    rows->sql = arena_print(&attack->arena, "SELECT * FROM \"%.*s\" WHERE %.*s LIMIT %d",
                            TEXT_ARGS(table), TEXT_ARGS(condition), ROWS_MAX);
    foreign_read(attack, rows, &rows->before);
  }
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
