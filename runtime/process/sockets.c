/* See sockets.h. */
#include "process/sockets.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "config/config.h"
#include "process/service_manager.h"

int sockets_take_over(struct sockets *sockets, struct error *error)
{
  size_t count = service_sockets();
  if (count > SOCKETS_MAX)
    return error_set(error, "the service manager hands over more than %d sockets", SOCKETS_MAX);
  for (size_t i = 0; i < count; i++)
    if (listener_adopt(SERVICE_SOCKETS_FIRST + (int)i, &sockets->given[sockets->given_count++],
                       error))
      return -1;
  return 0;
}

static int open_admin(struct sockets *sockets, const struct config_admin *admin,
                      struct error *error)
{
  if (!admin->enabled) return 0;
  if (listener_open(admin->listen_host, admin->listen_port, false, &sockets->admin, error))
    return -1;
  log_message(LOG_INFO, "admin: listening on %s, port %u", admin->listen_host,
              (unsigned)listener_port(&sockets->admin));
  return 0;
}

int sockets_open(struct sockets *sockets, const struct config *config, size_t workers,
                 struct error *error)
{
  if (open_admin(sockets, &config->admin, error)) return -1;
  if (sockets->given_count > 0) return 0;
  const char *host = config->listen_host;
  uint16_t port = config->listen_port;
  bool local = strncmp(host, "unix:", 5) == 0;
  snprintf(sockets->host, sizeof sockets->host, "%s", host);
  if (listener_check_free(host, port, error)) return -1;
  for (size_t i = 0; i < (local ? 1 : workers); i++) {
    struct listener *own = &sockets->own[i];
    if (listener_open(host, port, !local, own, error)) return -1;
    sockets->own_count++;
    if (port == 0) port = listener_port(own); /* the others join the first */
  }
  return 0;
}

/* The worker before may have been taken over: whoever comes after it has sockets that listen. */
static int renewed(const struct listener *listener)
{
  listener_renew(listener);
  return listener->fd;
}

size_t sockets_of(const struct sockets *sockets, size_t worker, int fds[SOCKETS_MAX])
{
  for (size_t i = 0; i < sockets->given_count; i++) fds[i] = renewed(&sockets->given[i]);
  if (sockets->given_count > 0) return sockets->given_count;
  fds[0] = renewed(&sockets->own[sockets->own_count == 1 ? 0 : worker]);
  return 1;
}

bool socket_is_exposed(int fd)
{
  struct sockaddr_storage address = {0};
  socklen_t length = sizeof address;
  const struct sockaddr_in *four = (const struct sockaddr_in *)&address;
  const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&address;
  if (getsockname(fd, (struct sockaddr *)&address, &length) < 0) return true;
  if (address.ss_family == AF_INET) return ntohl(four->sin_addr.s_addr) >> 24 != IN_LOOPBACKNET;
  if (address.ss_family == AF_INET6) return !IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
  return address.ss_family != AF_UNIX;
}

void sockets_name(const struct sockets *sockets, const char *scheme, char name[SOCKETS_NAME_BYTES])
{
  bool given = sockets->given_count > 0;
  const struct listener *first = given ? &sockets->given[0] : &sockets->own[0];
  bool v6 = strchr(sockets->host, ':') != NULL;
  if (given)
    snprintf(name, SOCKETS_NAME_BYTES, "%zu sockets of the service manager", sockets->given_count);
  else if (first->local)
    snprintf(name, SOCKETS_NAME_BYTES, "%s", sockets->host);
  else
    snprintf(name, SOCKETS_NAME_BYTES, "%s://%s%s%s:%u", scheme, v6 ? "[" : "", sockets->host,
             v6 ? "]" : "", (unsigned)listener_port(first));
}

static void turn_away(const struct listener *listener)
{
  struct error error = {0};
  if (listener_turn_away(listener, &error)) log_message(LOG_WARNING, "%s", error.message);
}

void sockets_turn_away(const struct sockets *sockets)
{
  for (size_t i = 0; i < sockets->own_count; i++) turn_away(&sockets->own[i]);
}

void sockets_close(struct sockets *sockets)
{
  for (size_t i = 0; i < sockets->given_count; i++) listener_close(&sockets->given[i]);
  for (size_t i = 0; i < sockets->own_count; i++) listener_close(&sockets->own[i]);
  if (sockets->admin.fd > 0) listener_close(&sockets->admin);
  *sockets = (struct sockets){0};
}
