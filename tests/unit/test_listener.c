/* Sockets that listen: who reaches them, who may have the same address, and that nobody who has
 * connected is lost when they close. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "http/listener.h"

static char folder[] = "/tmp/writ-listener-XXXXXX";
static char path[128]; /* of the socket, with "unix:" before it */

static int make_folder(void **state)
{
  (void)state;
  if (!mkdtemp(folder)) return -1;
  snprintf(path, sizeof path, "unix:%s/socket", folder);
  return 0;
}

static int remove_folder(void **state)
{
  (void)state;
  unlink(path + 5);
  return rmdir(folder);
}

static struct listener open_listener(const char *host, uint16_t port, bool reuse_port)
{
  struct listener listener;
  struct error error = {0};
  if (listener_open(host, port, reuse_port, &listener, &error) < 0) fail_msg("%s", error.message);
  return listener;
}

/* A client's socket that connects to a port, or to the unix socket for port 0; -1 with errno. */
static int try_connect(uint16_t port, int flags)
{
  struct sockaddr_in tcp = {.sin_family = AF_INET, .sin_port = htons(port)};
  struct sockaddr_un local = {.sun_family = AF_UNIX};
  tcp.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  strcpy(local.sun_path, path + 5);
  int fd = socket(port ? AF_INET : AF_UNIX, SOCK_STREAM | flags, 0);
  int result = port ? connect(fd, (struct sockaddr *)&tcp, sizeof tcp)
                    : connect(fd, (struct sockaddr *)&local, sizeof local);
  if (result == 0) return fd;
  int number = errno;
  close(fd);
  errno = number;
  return -1;
}

static int accept_client(const struct listener *listener)
{
  return accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);
}

static void assert_reached(const struct listener *listener, uint16_t port)
{
  int client = try_connect(port, 0);
  assert_true(client >= 0);
  int server = accept_client(listener);
  assert_true(server >= 0);
  close(server);
  close(client);
}

static void assert_refused(const char *host, uint16_t port, const char *why)
{
  struct listener listener;
  struct error error = {0};
  assert_int_equal(listener_open(host, port, false, &listener, &error), -1);
  if (!strstr(error.message, host) || !strstr(error.message, why)) fail_msg("%s", error.message);
}

static void test_tcp(void **state)
{
  (void)state;
  struct listener listener = open_listener("127.0.0.1", 0, false);
  assert_false(listener.local);
  assert_int_not_equal(listener_port(&listener), 0);
  assert_int_equal(fcntl(listener.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  assert_int_equal(accept_client(&listener), -1); /* does not block */
  assert_int_equal(errno, EAGAIN);
  assert_reached(&listener, listener_port(&listener));
  assert_refused("127.0.0.1", listener_port(&listener), "in use");
  listener_close(&listener);
  listener_close(&listener); /* does nothing */
  assert_refused("example", 0, "numeric");
  assert_refused("192.0.2.1", 0, "assign");
}

static void test_reuse_port(void **state)
{
  (void)state;
  struct listener first = open_listener("127.0.0.1", 0, true);
  struct listener second = open_listener("127.0.0.1", listener_port(&first), true);
  assert_int_equal(listener_port(&first), listener_port(&second));
  assert_refused("127.0.0.1", listener_port(&first), "in use");
  listener_close(&first);
  assert_reached(&second, listener_port(&second));

  struct error error = {0};
  uint16_t port = listener_port(&second);
  assert_int_equal(listener_check_free("127.0.0.1", port, &error), -1);
  assert_non_null(strstr(error.message, "in use: end who listens there"));
  listener_close(&second);
  assert_int_equal(listener_check_free("127.0.0.1", port, &error), 0);
  assert_int_equal(listener_check_free("unix:/nowhere", 0, &error), 0);
}

/* A process that shares it can do that; in its place comes another. */
static void test_renew(void **state)
{
  (void)state;
  struct listener any = open_listener("127.0.0.1", 0, true), adopted;
  struct error error = {0};
  uint16_t port = listener_port(&any);
  struct listener listener = open_listener("127.0.0.1", port, true);
  listener_close(&any);
  listener_renew(&listener); /* does nothing */
  assert_reached(&listener, port);
  assert_int_equal(shutdown(listener.fd, SHUT_RDWR), 0);
  assert_int_equal(listener_adopt(listener.fd, &adopted, &error), -1);
  listener_renew(&listener);
  assert_int_equal(listener_adopt(listener.fd, &adopted, &error), 0);
  assert_reached(&listener, port);
  listener_close(&listener);
}

static void test_unix_socket(void **state)
{
  (void)state;
  struct stat status;
  struct listener listener = open_listener(path, 0, false);
  assert_true(listener.local);
  assert_int_equal(listener_port(&listener), 0);
  assert_int_equal(stat(path + 5, &status), 0);
  assert_int_equal(status.st_mode & 0777, 0660);
  assert_reached(&listener, 0);
  assert_refused(path, 0, "in use"); /* somebody answers there */
  assert_reached(&listener, 0);
  listener_close(&listener);

  listener = open_listener(path, 0, false); /* nobody did */
  assert_reached(&listener, 0);
  listener_close(&listener);
}

static void test_unix_socket_is_no_other_file(void **state)
{
  (void)state;
  unlink(path + 5);
  int file = open(path + 5, O_CREAT | O_WRONLY, 0600);
  assert_true(file >= 0);
  close(file);
  assert_refused(path, 0, "in use");
  struct stat status;
  assert_int_equal(stat(path + 5, &status), 0);
  unlink(path + 5);
  assert_refused("unix:relative", 0, "full path");
  assert_refused("unix:/nowhere/at/all", 0, "No such");
  char longer[200];
  memset(longer, 'a', sizeof longer);
  memcpy(longer, "unix:/", 6);
  longer[199] = '\0';
  assert_refused(longer, 0, "longer");
}

static void test_adopt(void **state)
{
  (void)state;
  struct listener opened = open_listener("127.0.0.1", 0, false), adopted;
  fcntl(opened.fd, F_SETFL, 0);
  fcntl(opened.fd, F_SETFD, 0);
  assert_int_equal(listener_adopt(opened.fd, &adopted, NULL), 0);
  assert_false(adopted.local);
  assert_int_equal(fcntl(opened.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  assert_int_equal(accept_client(&adopted), -1);
  int client = try_connect(listener_port(&opened), 0);
  assert_int_equal(listener_adopt(client, &adopted, NULL), -1); /* does not listen */
  assert_int_equal(listener_adopt(999, &adopted, NULL), -1);
  close(client);
  listener_close(&opened);

  opened = open_listener(path, 0, false);
  assert_int_equal(listener_adopt(opened.fd, &adopted, NULL), 0);
  assert_true(adopted.local);
  listener_close(&opened);
}

/* Who is in the queue can still be accepted; nobody comes into it. */
static void assert_turns_away(void)
{
  struct listener listener = open_listener("127.0.0.1", 0, false);
  uint16_t port = listener_port(&listener);
  int early = try_connect(port, 0);
  assert_int_equal(listener_turn_away(&listener, NULL), 0);
  int late = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  assert_int_equal(connect(late, (struct sockaddr *)&address, sizeof address), -1);
  assert_int_equal(errno, EINPROGRESS); /* loopback would have connected at once */
  struct pollfd look = {.fd = late, .events = POLLOUT};
  assert_int_equal(poll(&look, 1, 20), 0);
  int accepted = accept_client(&listener);
  assert_true(accepted >= 0);
  assert_int_equal(accept_client(&listener), -1);
  int unsent = 0; /* the listener's options are its clients' */
  socklen_t length = sizeof unsent;
  assert_int_equal(getsockopt(accepted, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, &length), 0);
  assert_int_equal(unsent, 128 << 10);
  assert_int_equal(getsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &unsent, &length), 0);
  assert_int_equal(unsent, 1);
  assert_int_equal(send(early, "x", 1, MSG_NOSIGNAL), 1); /* and the filter lets it speak */
  char byte;
  assert_int_equal(recv(accepted, &byte, 1, 0), 1);
  close(accepted);
  close(early);
  close(late);
  listener_close(&listener);
}

/* Newer kernels let only root do it in the one way. */
static void test_turn_away(void **state)
{
  (void)state;
  bool root = geteuid() == 0;
  assert_turns_away();
  if (root && seteuid(65534) == 0) {
    assert_turns_away();
    assert_int_equal(seteuid(0), 0);
  }

  struct listener listener = open_listener(path, 0, false);
  int early = try_connect(0, 0);
  assert_int_equal(listener_turn_away(&listener, NULL), 0);
  assert_int_equal(try_connect(0, 0), -1);
  assert_int_equal(errno, ECONNREFUSED);
  int accepted = accept_client(&listener);
  assert_true(accepted >= 0);
  close(accepted);
  close(early);
  listener_close(&listener);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_tcp),
      cmocka_unit_test(test_reuse_port),
      cmocka_unit_test(test_renew),
      cmocka_unit_test(test_unix_socket),
      cmocka_unit_test(test_unix_socket_is_no_other_file),
      cmocka_unit_test(test_adopt),
      cmocka_unit_test(test_turn_away),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
