/* Reading one file of queries: private to query*.c. */
#ifndef WRIT_CONTRACT_QUERY_READ_H
#define WRIT_CONTRACT_QUERY_READ_H

#include "contract/query.h"
#include "store/sql.h"

/* What reading a file needs to know. */
struct query_reader {
  struct arena *arena;
  struct report *report;
  const struct source *source;
  struct text group; /* the file's name */
  struct query_list *list;
  size_t capacity;
  struct query *query; /* the one being read, or NULL */
  bool in_sql;         /* past its notes */
  bool skipping;       /* until the next name: what is here has been reported */
  struct text sql;
};

/* Where in the file this part of it stands. */
size_t query_reader_offset(const struct query_reader *reader, struct text text);

/* Room for `capacity` texts, and one more. */
struct text *query_reader_list(struct query_reader *reader, size_t capacity);

/* --- query_read.c --- */

/* Reads all queries of reader->source. */
void query_reader_run(struct query_reader *reader);

/* The parameter's name, without its colon. */
struct text query_parameter(struct sql_token token);

/* --- query_note.c --- */

/* Whether there is such a note; what it might have been meant to be, or NULL. */
bool query_note_known(struct text word);
const char *query_note_suggestion(struct text word);

/* `-- name: update_profile :one` begins reader->query, or leaves it NULL. */
void query_note_name(struct query_reader *reader, struct text value);

/* Every other note, of reader->query. */
void query_note_read(struct query_reader *reader, struct text word, struct text value);

#endif
