/* sendmsg, recvmsg and SCM_RIGHTS (channel.h; unix(7), cmsg(3)). */
#include "process/channel.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Room for one file descriptor, aligned as the kernel wants it. */
union control {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
};

int channel_pair(int ends[2], struct error *error)
{
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0) return 0;
  return error_set(error, "cannot make a pair of sockets: %s", strerror(errno));
}

bool channel_send(int end, const struct channel_message *message, int fd)
{
  union control control = {0};
  struct iovec bytes = {.iov_base = (void *)(uintptr_t)message, .iov_len = sizeof *message};
  struct msghdr header = {.msg_iov = &bytes, .msg_iovlen = 1};
  if (fd >= 0) {
    header.msg_control = control.bytes;
    header.msg_controllen = sizeof control.bytes;
    struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(rights), &fd, sizeof fd);
  }
  ssize_t sent;
  do sent = sendmsg(end, &header, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent == (ssize_t)sizeof *message;
}

/* Alignment leaves room for a second one, which the kernel fills if two are sent. False, with none
 * left open, if more than one has come. None comes of one that was sent where this process may not
 * have another (MSG_CTRUNC). */
static bool take_fd(struct msghdr *header, int *fd)
{
  int fds[sizeof(union control) / sizeof(int)];
  struct cmsghdr *rights = CMSG_FIRSTHDR(header);
  if (!rights || rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS) return true;
  size_t count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  memcpy(fds, CMSG_DATA(rights), count * sizeof(int));
  if (count == 1) *fd = fds[0];
  for (size_t i = 0; i < count && count > 1; i++) close(fds[i]);
  return count <= 1;
}

enum channel_result channel_receive(int end, struct channel_message *message, int *fd)
{
  union control control = {0};
  struct iovec bytes = {.iov_base = message, .iov_len = sizeof *message};
  struct msghdr header = {.msg_iov = &bytes,
                          .msg_iovlen = 1,
                          .msg_control = control.bytes,
                          .msg_controllen = sizeof control.bytes};
  ssize_t received;
  do received = recvmsg(end, &header, MSG_CMSG_CLOEXEC);
  while (received < 0 && errno == EINTR);
  *fd = -1;
  if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return CHANNEL_NOTHING;
  if (received <= 0) return CHANNEL_ENDED;
  bool one = take_fd(&header, fd);
  message->text[CHANNEL_TEXT_BYTES - 1] = 0;
  if (one && received == (ssize_t)sizeof *message && message->kind >= CHANNEL_BUILD &&
      message->kind <= CHANNEL_ABORT && !(header.msg_flags & MSG_TRUNC))
    return CHANNEL_RECEIVED;
  if (*fd >= 0) close(*fd);
  *fd = -1;
  return CHANNEL_ENDED;
}

enum channel_result channel_wait(int end, struct channel_message *message, int *fd)
{
  for (;;) {
    enum channel_result result = channel_receive(end, message, fd);
    if (result != CHANNEL_NOTHING) return result;
    struct pollfd wait = {.fd = end, .events = POLLIN};
    if (poll(&wait, 1, -1) < 0 && errno != EINTR) return CHANNEL_ENDED;
  }
}
