/* What the access log is told of a connection's requests. */
#include "base/clock.h"
#include "http/connection.h"

static bool is_on(const struct server *server)
{
  return server->access_log && server->policy.access_log;
}

void connection_log_start(struct connection *connection)
{
  connection->started_ns = is_on(connection->server) ? clock_monotonic_ns() : 0;
}

void connection_log(struct connection *connection, const struct reply *reply, size_t bytes,
                    int64_t now_ms)
{
  const struct server *server = connection->server;
  const struct request *request = &connection->message.request;
  uint64_t started_ns = connection->started_ns;
  connection->started_ns = 0;
  if (!is_on(server)) return;
  struct access_entry entry = {
      .request = request,
      .reply = reply,
      .address = request->address.data
                     ? request->address
                     : text_of(connection->address[0] ? connection->address : "unix"),
      .bytes = bytes,
      .now_ms = now_ms,
      .duration_ns = started_ns > 0 ? clock_monotonic_ns() - started_ns : 0};
  access_log_add(server->access_log, &entry);
}
