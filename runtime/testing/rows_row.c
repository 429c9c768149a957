/* One row: its parents are chosen, its columns filled, and then the database is asked. */
#include "testing/rows_parts.h"

enum { TRIES = 32 };

/* A row of the parent's: of the same owner if there is one, else of nobody's, else any. */
static const struct rows_row *choose_parent(struct rows_maker *maker,
                                            const struct rows_table *table, int owner,
                                            uint32_t turn, uint32_t trial)
{
  for (int pass = 0; pass < 3; pass++) {
    uint32_t fitting = 0;
    for (uint32_t i = 0; i < table->row_count; i++) {
      int of = table->rows[i].owner;
      fitting += pass == 2 || of == (pass == 0 ? owner : -1);
    }
    if (fitting == 0) continue;
    uint32_t which = trial > 0                 ? dice_below(&maker->values.dice, fitting)
                     : pass == 1 && owner >= 0 ? ((uint32_t)owner * ROWS_OF_EACH + turn) % fitting
                                               : turn % fitting;
    for (uint32_t i = 0; i < table->row_count; i++) {
      int of = table->rows[i].owner;
      if ((pass == 2 || of == (pass == 0 ? owner : -1)) && which-- == 0) return &table->rows[i];
    }
  }
  return NULL;
}

static void set(struct rows_maker *maker, struct json_builder *row, struct text name,
                struct json value)
{
  for (uint32_t i = 0; i < row->length; i++)
    if (text_equal(json_text(&row->members[i].key), name)) return; /* another key says it already */
  json_builder_add(row, maker->arena, name, value);
}

/* False if a parent is needed and there is none. */
static bool set_references(struct rows_maker *maker, const struct rows_table *table, int owner,
                           uint32_t turn, uint32_t trial, struct json_builder *row)
{
  for (uint32_t i = 0; i < table->reference_count; i++) {
    const struct rows_reference *reference = &table->references[i];
    const struct rows_table *parent = rows_table_find(maker, reference->table);
    uint32_t again = 0; /* two keys to one table mean two of its rows */
    for (uint32_t k = 0; k < i; k++)
      again += text_equal_ignoring_case(table->references[k].table, reference->table);
    const struct rows_row *chosen =
        parent ? choose_parent(maker, parent, owner, turn + again, trial) : NULL;
    if (!chosen && !reference->nullable) return false;
    for (uint32_t k = 0; k < reference->count; k++) {
      const struct json *value = chosen ? json_get_text(&chosen->row, reference->to[k]) : NULL;
      set(maker, row, reference->from[k], value ? *value : json_null());
    }
  }
  return true;
}

static void set_columns(struct rows_maker *maker, const struct rows_table *table, int owner,
                        uint32_t turn, uint32_t trial, struct json_builder *row)
{
  maker->number++;
  for (uint32_t i = 0; i < table->column_count; i++) {
    const struct rows_column *column = &table->columns[i];
    bool plain = !column->role && !column->owner && !column->secret;
    if (column->referring || (column->has_default && plain)) continue;
    struct json value = rows_value(maker, table, column, owner, turn, trial);
    if (value.type == JSON_STRING && value.length == 0 && column->role) continue;
    set(maker, row, column->name, value);
  }
}

static void append_literal(struct buffer *sql, const struct json *value)
{
  if (value->type == JSON_NULL) {
    buffer_append_text(sql, TEXT("NULL"));
  } else if (value->type == JSON_STRING) {
    buffer_append_byte(sql, '\'');
    for (uint32_t i = 0; i < value->length; i++) {
      if (value->string[i] == '\'') buffer_append_byte(sql, '\'');
      buffer_append_byte(sql, value->string[i]);
    }
    buffer_append_byte(sql, '\'');
  } else {
    json_write(sql, value);
  }
}

static struct text insert_of(struct rows_maker *maker, const struct rows_table *table,
                             const struct json *row)
{
  struct buffer sql = {0};
  buffer_print(&sql, "INSERT INTO %.*s (", TEXT_ARGS(sql_quoted(table->name, maker->arena)));
  for (uint32_t i = 0; i < row->length; i++)
    buffer_print(&sql, "%s%.*s", i > 0 ? ", " : "",
                 TEXT_ARGS(sql_quoted(json_text(&row->members[i].key), maker->arena)));
  buffer_append_text(&sql, TEXT(") VALUES ("));
  for (uint32_t i = 0; i < row->length; i++) {
    if (i > 0) buffer_append_text(&sql, TEXT(", "));
    append_literal(&sql, &row->members[i].value);
  }
  buffer_append_byte(&sql, ')');
  struct text text = arena_copy(maker->arena, buffer_text(&sql));
  buffer_deinit(&sql);
  return text;
}

static void keep(struct rows_maker *maker, struct rows_table *table, struct json row, int owner)
{
  if (table->row_count == table->row_capacity) {
    table->row_capacity = 2 * table->row_capacity + 8;
    struct rows_row *grown = arena_new_array(maker->arena, table->row_capacity, sizeof *grown);
    if (table->row_count > 0) memcpy(grown, table->rows, table->row_count * sizeof *grown);
    table->rows = grown;
  }
  table->rows[table->row_count++] = (struct rows_row){row, owner};
  maker->out->count++;
}

bool rows_insert(struct rows_maker *maker, struct rows_table *table, int owner, uint32_t turn,
                 struct error *error)
{
  for (uint32_t trial = 0; trial < TRIES; trial++) {
    struct json_builder builder = {0};
    struct json rows;
    error_clear(error);
    if (!set_references(maker, table, owner, turn, trial, &builder)) {
      error_set(error, "it refers to a table without rows");
      return false;
    }
    set_columns(maker, table, owner, turn, trial, &builder);
    struct json row = json_builder_object(&builder);
    struct text sql = insert_of(maker, table, &row);
    struct text returning = arena_print(maker->arena, "%.*s RETURNING *", TEXT_ARGS(sql));
    if (rows_ask(maker, returning, &rows, error) || rows.length != 1) continue;
    keep(maker, table, rows.items[0], owner);
    buffer_print(&maker->sql, "%.*s;\n", TEXT_ARGS(sql));
    if (owner >= 0 && table->principals)
      maker->principals[owner].id = *json_get_text(&rows.items[0], maker->id_column);
    return true;
  }
  return false;
}
