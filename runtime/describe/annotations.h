/* What an editor's language server needs to know of a contract's handler: LuaLS annotations.
 *
 * For the contract notes.create they declare the classes
 *
 *   writ.notes.create.input    its fields
 *   writ.notes.create.ctx      with exactly the granted queries under `db`
 *   writ.notes.create.error    the codes that ctx.fail takes
 *   writ.notes.create.body     what may be returned, writ.notes.create.status with which status
 *
 * which a handler names in three lines:
 *
 *   ---@param input writ.notes.create.input
 *   ---@param ctx writ.notes.create.ctx
 *   ---@return writ.notes.create.body?, writ.notes.create.status?
 *   return function(input, ctx)
 *
 * because LuaLS gives the parameters of a function that is returned no types by `---@type`. A row
 * is an alias for a table's type and no class: so it fits the body that has its fields. */
#ifndef WRIT_DESCRIBE_ANNOTATIONS_H
#define WRIT_DESCRIBE_ANNOTATIONS_H

#include "describe/brief.h"

/* Appends a file of them. */
void annotations_write(struct buffer *out, const struct brief *brief);

#endif
