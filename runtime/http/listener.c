/* Listening sockets (listener.h). */
#include "http/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "base/text.h"

enum {
  BACKLOG = 4096, /* the kernel makes it net.core.somaxconn if that is less */

  /* Of what is written to a client so much may wait in the kernel besides what is on its way, where
   * it would otherwise be tcp_wmem's maximum, 4 MB, for each client that does not read. */
  UNSENT_BYTES = 128 << 10,

  HOPS_MAX = 255
};

static const char UNIX_PREFIX[] = "unix:";

static int new_socket(int family)
{
  return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static int set_option(int fd, int level, int option, int value)
{
  return setsockopt(fd, level, option, &value, sizeof value);
}

/* TCP */

static bool parse_address(const char *host, uint16_t port, struct sockaddr_storage *address)
{
  return uv_ip4_addr(host, port, (struct sockaddr_in *)address) == 0 ||
         uv_ip6_addr(host, port, (struct sockaddr_in6 *)address) == 0;
}

static socklen_t address_length(const struct sockaddr_storage *address)
{
  return address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

/* Clients' sockets have these from the one that listens. Replies are written as a whole, so there
 * is nothing to wait for before one is sent. */
static int prepare_clients(int fd)
{
  if (set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1) < 0) return -1;
  return set_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_BYTES);
}

static int bind_tcp(int fd, const struct sockaddr_storage *address, bool reuse_port)
{
  if (set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) < 0) return -1;
  if (reuse_port && set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1) < 0) return -1;
  if (address->ss_family == AF_INET6 && set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0) < 0) return -1;
  return bind(fd, (const struct sockaddr *)address, address_length(address));
}

/* Of what has just failed with errno. Always -1. */
static int fail_tcp(int fd, const char *host, uint16_t port, struct error *error)
{
  const char *help = errno == EADDRINUSE ? ": end who listens there, or take another port" : "";
  error_set(error, "cannot listen on %s port %u: %s%s", host, (unsigned)port, strerror(errno),
            help);
  if (fd >= 0) close(fd);
  return -1;
}

static int open_tcp(const char *host, uint16_t port, bool reuse_port, struct error *error)
{
  struct sockaddr_storage address = {0};
  if (!parse_address(host, port, &address))
    return error_set(error, "cannot listen on %s: not a numeric address", host);
  int fd = new_socket(address.ss_family);
  if (fd >= 0 && bind_tcp(fd, &address, reuse_port) == 0 && prepare_clients(fd) == 0 &&
      listen(fd, BACKLOG) == 0)
    return fd;
  return fail_tcp(fd, host, port, error);
}

/* Unix sockets */

static int bind_path(int fd, const struct sockaddr_un *address)
{
  mode_t before = umask(0117);
  int result = bind(fd, (const struct sockaddr *)address, sizeof *address);
  umask(before);
  return result;
}

/* A socket's file outlives its process. True if it is one and nobody listens on it any more. */
static bool is_stale(const struct sockaddr_un *address)
{
  struct stat status;
  if (lstat(address->sun_path, &status) < 0 || !S_ISSOCK(status.st_mode)) return false;
  int fd = new_socket(AF_UNIX);
  if (fd < 0) return false;
  int result = connect(fd, (const struct sockaddr *)address, sizeof *address);
  bool refused = result < 0 && errno == ECONNREFUSED;
  close(fd);
  return refused;
}

static int listen_unix(int fd, const struct sockaddr_un *address)
{
  int result = bind_path(fd, address);
  if (result < 0 && errno == EADDRINUSE) {
    if (!is_stale(address)) {
      errno = EADDRINUSE;
      return -1;
    }
    if (unlink(address->sun_path) < 0) return -1;
    result = bind_path(fd, address);
  }
  return result < 0 ? -1 : listen(fd, BACKLOG);
}

/* The folder's lock: between looking whether a socket is stale and replacing it nobody else may do
 * the same. -1 if there is no such folder. */
static int lock_folder(const struct sockaddr_un *address)
{
  char path[sizeof address->sun_path];
  memcpy(path, address->sun_path, sizeof path);
  int fd = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) flock(fd, LOCK_EX);
  return fd;
}

static int open_unix(const char *path, struct error *error)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (path[0] != '/') return error_set(error, "cannot listen on unix:%s: not a full path", path);
  if (strlen(path) >= sizeof address.sun_path)
    return error_set(error, "cannot listen on unix:%s: longer than %zu bytes", path,
                     sizeof address.sun_path - 1);
  memcpy(address.sun_path, path, strlen(path) + 1);
  int folder = lock_folder(&address);
  int fd = folder < 0 ? -1 : new_socket(AF_UNIX);
  bool listening = fd >= 0 && listen_unix(fd, &address) == 0;
  if (!listening) error_set(error, "cannot listen on unix:%s: %s", path, strerror(errno));
  if (!listening && fd >= 0) close(fd);
  if (folder >= 0) close(folder);
  return listening ? fd : -1;
}

/* Both */

int listener_open(const char *host, uint16_t port, bool reuse_port, struct listener *listener,
                  struct error *error)
{
  bool local = text_starts_with(text_of(host), UNIX_PREFIX);
  int fd = local ? open_unix(host + sizeof UNIX_PREFIX - 1, error)
                 : open_tcp(host, port, reuse_port, error);
  if (fd < 0) return -1;
  *listener = (struct listener){.fd = fd, .local = local};
  return 0;
}

int listener_check_free(const char *host, uint16_t port, struct error *error)
{
  struct sockaddr_storage address = {0};
  if (!parse_address(host, port, &address)) return 0;
  int fd = new_socket(address.ss_family);
  if (fd >= 0 && bind_tcp(fd, &address, false) == 0) {
    close(fd);
    return 0;
  }
  return fail_tcp(fd, host, port, error);
}

static int get_option(int fd, int option)
{
  int value = -1;
  socklen_t length = sizeof value;
  return getsockopt(fd, SOL_SOCKET, option, &value, &length) == 0 ? value : -1;
}

int listener_adopt(int fd, struct listener *listener, struct error *error)
{
  int family = get_option(fd, SO_DOMAIN);
  if (get_option(fd, SO_ACCEPTCONN) != 1 || get_option(fd, SO_TYPE) != SOCK_STREAM ||
      (family != AF_UNIX && family != AF_INET && family != AF_INET6))
    return error_set(error, "descriptor %d is no socket that listens", fd);
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
      fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || (family != AF_UNIX && prepare_clients(fd) < 0))
    return error_set(error, "descriptor %d: %s", fd, strerror(errno));
  *listener = (struct listener){.fd = fd, .local = family == AF_UNIX};
  return 0;
}

/* It is still bound to its address. */
void listener_renew(const struct listener *listener)
{
  if (!listener->local && get_option(listener->fd, SO_ACCEPTCONN) == 0)
    listen(listener->fd, BACKLOG);
}

uint16_t listener_port(const struct listener *listener)
{
  struct sockaddr_storage address = {0};
  socklen_t length = sizeof address;
  if (getsockname(listener->fd, (struct sockaddr *)&address, &length) < 0) return 0;
  if (address.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
  if (address.ss_family == AF_INET) return ntohs(((struct sockaddr_in *)&address)->sin_port);
  return 0;
}

/* Drops what begins a connection (a segment with SYN, RFC 9293 section 3.1: byte 13 holds the
 * flags) and lets the rest of handshakes pass that have begun. */
static int drop_syn(int fd)
{
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x02, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
  };
  struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

/* Segments must have so many hops left (RFC 5082). Whichever option is not of the socket's family
 * fails, and matters to nobody. */
static int demand_hops(int fd, int hops)
{
  int four = set_option(fd, IPPROTO_IP, IP_MINTTL, hops);
  int six = set_option(fd, IPPROTO_IPV6, IPV6_MINHOPCOUNT, hops);
  return four < 0 && six < 0 ? -1 : 0;
}

/* Newer kernels let only root filter TCP. Clients begin with 64 hops, or 128, so none has all of
 * them left. Who shakes hands already comes in, and listener_welcome lets it speak. */
static int turn_away_tcp(int fd)
{
  int result = drop_syn(fd);
  return result < 0 && errno == EPERM ? demand_hops(fd, HOPS_MAX) : result;
}

void listener_welcome(int fd)
{
  demand_hops(fd, 0);
}

int listener_turn_away(const struct listener *listener, struct error *error)
{
  int result = listener->local ? shutdown(listener->fd, SHUT_RD) : turn_away_tcp(listener->fd);
  return result < 0 ? error_set(error, "cannot turn clients away: %s", strerror(errno)) : 0;
}

void listener_close(struct listener *listener)
{
  if (listener->fd >= 0) close(listener->fd);
  listener->fd = -1;
}
