/* See peer.h. */
#include "peer.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/memory.h"

struct peer {
  struct text document;
  json_t *value;
};

struct peer *peer_new(struct text document)
{
  json_t *value = json_loadb(document.data, document.length, JSON_REJECT_DUPLICATES, NULL);
  if (!value) return NULL;
  struct peer *peer = memory_new(sizeof *peer);
  *peer = (struct peer){document, value};
  return peer;
}

void peer_free(struct peer *peer)
{
  json_decref(peer->value);
  memory_free(peer);
}

void peer_read(void *context, long times)
{
  struct peer *peer = context;
  for (long i = 0; i < times; i++) {
    json_t *value =
        json_loadb(peer->document.data, peer->document.length, JSON_REJECT_DUPLICATES, NULL);
    if (!value) abort();
    json_decref(value);
  }
}

/* Into memory that is there, as ours does: json_dumps would allocate. */
void peer_write(void *context, long times)
{
  struct peer *peer = context;
  char out[4096];
  for (long i = 0; i < times; i++)
    if (json_dumpb(peer->value, out, sizeof out, JSON_COMPACT) == 0) abort();
}
