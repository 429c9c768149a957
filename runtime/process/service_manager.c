/* The protocols are documented as stable, and are less than a library to depend on
 * (service_manager.h). */
#include "process/service_manager.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum { LISTEN_FDS_MAX = 16 };

/* A path, or with '@' a name in the abstract name space. */
static socklen_t address_of(const char *name, struct sockaddr_un *address)
{
  size_t length = strlen(name);
  if ((name[0] != '/' && name[0] != '@') || length >= sizeof address->sun_path) return 0;
  address->sun_family = AF_UNIX;
  memcpy(address->sun_path, name, length);
  if (name[0] == '@') address->sun_path[0] = 0;
  return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

void service_notify(const char *state)
{
  const char *name = getenv("NOTIFY_SOCKET");
  struct sockaddr_un address = {0};
  socklen_t length = name ? address_of(name, &address) : 0;
  if (length == 0) return;
  int end = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (end < 0) return;
  if (sendto(end, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&address,
             length) < 0)
    log_message(LOG_WARNING, "the service manager does not listen at %s", name);
  close(end);
}

void service_notify_reloading(void)
{
  char state[64];
  snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
           clock_monotonic_ns() / 1000);
  service_notify(state);
}

/* A whole number from the environment, or 0. */
static uint64_t number(const char *name)
{
  const char *text = getenv(name);
  char *end;
  if (!text || text[0] < '0' || text[0] > '9') return 0;
  unsigned long long value = strtoull(text, &end, 10);
  return *end ? 0 : value;
}

uint64_t service_watchdog_ms(void)
{
  uint64_t pid = number("WATCHDOG_PID");
  if (pid != 0 && pid != (uint64_t)getpid()) return 0;
  return number("WATCHDOG_USEC") / 2000;
}

size_t service_sockets(void)
{
  uint64_t count = number("LISTEN_PID") == (uint64_t)getpid() ? number("LISTEN_FDS") : 0;
  if (count > LISTEN_FDS_MAX) count = LISTEN_FDS_MAX;
  for (uint64_t i = 0; i < count; i++) fcntl(SERVICE_SOCKETS_FIRST + (int)i, F_SETFD, FD_CLOEXEC);
  unsetenv("LISTEN_PID");
  unsetenv("LISTEN_FDS");
  unsetenv("LISTEN_FDNAMES");
  return (size_t)count;
}
