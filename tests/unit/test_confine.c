/* What a confined process cannot do. Each attempt is made by a child of its own, and would succeed
 * without confinement (there is one test for that, too), so that it is confinement that refuses. */
#include "confined.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "process/confine_parts.h"

/* Opened before, as a worker's are. */
static int tcp, listening, other, terminal; /* other: somebody to connect to */
static int secret = 4711;                   /* the parent's, at the same address */

static int listen_on_loopback(void)
{
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
  assert_int_equal(listen(fd, 16), 0);
  return fd;
}

static void set_up_sockets(void)
{
  listening = listen_on_loopback();
  other = listen_on_loopback();
  tcp = socket(AF_INET, SOCK_STREAM, 0);
}

static void tear_down_sockets(void)
{
  close(listening);
  close(other);
  close(tcp);
}

static struct sockaddr_in others_address(void)
{
  struct sockaddr_in address = {0};
  socklen_t length = sizeof address;
  getsockname(other, (struct sockaddr *)&address, &length);
  return address;
}

/* --- The attempts. Each gives 0 if it succeeded, or errno. --- */

static int result(long code)
{
  return code < 0 ? errno : 0;
}

static int open_path(const char *folder, const char *name, int flags)
{
  char path[200];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return result(open(path, flags | O_CLOEXEC, 0600));
}

static int try_exec(const struct place *place)
{
  (void)place;
  char *arguments[] = {"true", NULL}, *environment[] = {NULL};
  return result(execve("/bin/true", arguments, environment));
}

static int try_exec_of_descriptor(const struct place *place)
{
  (void)place;
  char *arguments[] = {"true", NULL}, *environment[] = {NULL};
  return result(syscall(SYS_execveat, AT_FDCWD, "/bin/true", arguments, environment, 0));
}

static int try_fork(const struct place *place)
{
  (void)place;
  pid_t child = fork();
  if (child == 0) _exit(0);
  return result(child);
}

static int try_raw_fork(const struct place *place)
{
  (void)place;
  long child = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
  if (child == 0) _exit(0);
  return result(child);
}

/* Its flags are in memory, where no filter can see them. */
static int try_clone3(const struct place *place)
{
  (void)place;
  uint64_t arguments[8] = {[4] = SIGCHLD};
  long child = syscall(435, arguments, sizeof arguments);
  if (child == 0) _exit(0);
  return result(child);
}

static int try_passwd(const struct place *place)
{
  (void)place;
  return result(open("/etc/passwd", O_RDONLY));
}

static int try_app(const struct place *place)
{
  return open_path(place->folder, "contract.json", O_RDONLY);
}

static int try_write_outside(const struct place *place)
{
  return open_path(place->folder, "open/new", O_WRONLY | O_CREAT);
}

static int try_upwards(const struct place *place)
{
  return open_path(place->data, "../contract.json", O_RDONLY);
}

static int try_symlink(const struct place *place)
{
  return open_path(place->data, "leads_out", O_RDONLY);
}

static int try_make_symlink(const struct place *place)
{
  char path[200];
  snprintf(path, sizeof path, "%s/passwd", place->data);
  return result(symlink("/etc/passwd", path));
}

static int try_move_out(const struct place *place)
{
  char from[200], to[200];
  snprintf(from, sizeof from, "%s/file", place->data);
  snprintf(to, sizeof to, "%s/open/file", place->folder);
  return result(rename(from, to));
}

static int try_link_in(const struct place *place)
{
  char from[200], to[200];
  snprintf(from, sizeof from, "%s/contract.json", place->folder);
  snprintf(to, sizeof to, "%s/contract.json", place->data);
  return result(link(from, to));
}

static int try_remove_outside(const struct place *place)
{
  char path[200];
  snprintf(path, sizeof path, "%s/open/mine", place->folder);
  return result(unlink(path));
}

static int try_list_outside(const struct place *place)
{
  return result(open(place->folder, O_RDONLY | O_DIRECTORY));
}

static int try_own_memory(const struct place *place)
{
  (void)place;
  return result(open("/proc/self/mem", O_RDWR));
}

static int try_device(const struct place *place)
{
  (void)place;
  return result(open("/dev/zero", O_RDONLY));
}

static int try_chmod(const struct place *place)
{
  char path[200];
  snprintf(path, sizeof path, "%s/file", place->data);
  return result(chmod(path, 0777));
}

static int try_set_user_bit(const struct place *place)
{
  char path[200];
  snprintf(path, sizeof path, "%s/file", place->data);
  return result(fchmod(open(path, O_RDONLY), 04755));
}

static int try_chown(const struct place *place)
{
  char path[200];
  snprintf(path, sizeof path, "%s/file", place->data);
  return result(chown(path, getuid(), getgid()));
}

static int try_socket(const struct place *place)
{
  (void)place;
  return result(socket(AF_INET, SOCK_STREAM, 0));
}

static int try_socket_pair(const struct place *place)
{
  (void)place;
  int ends[2];
  return result(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
}

static int try_connect(const struct place *place)
{
  (void)place;
  struct sockaddr_in address = others_address();
  return result(connect(tcp, (struct sockaddr *)&address, sizeof address));
}

static int try_bind(const struct place *place)
{
  (void)place;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  return result(bind(tcp, (struct sockaddr *)&address, sizeof address));
}

static int try_connect_by_sending(const struct place *place)
{
  (void)place;
  struct sockaddr_in address = others_address();
  return result(sendto(tcp, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&address, sizeof address));
}

/* A listening socket, too, is one to connect with once it has been shut down. */
static int try_connect_a_listener(const struct place *place)
{
  (void)place;
  struct sockaddr_in address = others_address();
  struct iovec bytes = {.iov_base = "x", .iov_len = 1};
  struct msghdr header = {
      .msg_name = &address, .msg_namelen = sizeof address, .msg_iov = &bytes, .msg_iovlen = 1};
  shutdown(listening, SHUT_RD);
  return result(sendmsg(listening, &header, MSG_FASTOPEN));
}

static int try_socket_program(const struct place *place)
{
  (void)place;
  struct sock_filter all = {.code = BPF_RET, .k = 0xffff};
  struct sock_fprog program = {.len = 1, .filter = &all};
  return result(setsockopt(tcp, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
}

static int try_other_protocol(const struct place *place)
{
  (void)place;
  return result(setsockopt(tcp, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
}

static int try_type(const struct place *place)
{
  (void)place;
  return result(ioctl(terminal, TIOCSTI, "x"));
}

static int try_signals_by_file(const struct place *place)
{
  (void)place;
  return result(fcntl(tcp, F_SETOWN, getpid()));
}

static int try_kill_parent(const struct place *place)
{
  (void)place;
  return result(kill(getppid(), 0));
}

static int try_kill_thread_of_parent(const struct place *place)
{
  (void)place;
  return result(syscall(SYS_tgkill, getppid(), getppid(), 0));
}

static int try_queue_signal(const struct place *place)
{
  (void)place;
  siginfo_t info = {.si_code = SI_QUEUE};
  return result(syscall(SYS_rt_sigqueueinfo, getppid(), SIGURG, &info));
}

static int try_ptrace(const struct place *place)
{
  (void)place;
  return result(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}

static int try_read_parent(const struct place *place)
{
  (void)place;
  int copy;
  struct iovec here = {&copy, sizeof copy}, there = {&secret, sizeof secret};
  return result(process_vm_readv(getppid(), &here, 1, &there, 1, 0));
}

static int try_write_parent(const struct place *place)
{
  (void)place;
  struct iovec here = {&secret, sizeof secret}, there = {&secret, sizeof secret};
  return result(process_vm_writev(getppid(), &here, 1, &there, 1, 0));
}

static int try_root(const struct place *place)
{
  (void)place;
  return result(setuid(0));
}

static int try_raw_root(const struct place *place)
{
  (void)place;
  return result(syscall(SYS_setresuid, 0, 0, 0));
}

static int try_groups(const struct place *place)
{
  (void)place;
  gid_t none = 0;
  return result(syscall(SYS_setgroups, 0, &none));
}

static int try_dumpable(const struct place *place)
{
  (void)place;
  return result(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static int try_limit(const struct place *place)
{
  (void)place;
  struct rlimit limit = {64, 64};
  return result(setrlimit(RLIMIT_NOFILE, &limit));
}

static int try_code(const struct place *place)
{
  (void)place;
  void *memory =
      mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? errno : 0;
}

static int try_make_code(const struct place *place)
{
  (void)place;
  void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return result(mprotect(memory, 4096, PROT_READ | PROT_EXEC));
}

static int try_code_of_file(const struct place *place)
{
  (void)place;
  int file = memfd_create("code", 0);
  void *memory = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
  return memory == MAP_FAILED ? errno : 0;
}

static int try_io_uring(const struct place *place)
{
  (void)place;
  struct io_uring_params parameters = {0};
  return result(syscall(SYS_io_uring_setup, 4, &parameters));
}

static int try_keyring(const struct place *place)
{
  (void)place;
  return result(syscall(SYS_keyctl, 0 /* KEYCTL_GET_KEYRING_ID */, -4, 0));
}

static int try_namespace(const struct place *place)
{
  (void)place;
  return result(unshare(CLONE_NEWUSER));
}

static int try_mount(const struct place *place)
{
  return result(syscall(SYS_mount, "none", place->data, "tmpfs", 0, NULL));
}

static int try_bpf(const struct place *place)
{
  (void)place;
  char attributes[128] = {0};
  return result(syscall(SYS_bpf, 0, attributes, sizeof attributes));
}

static int try_userfaultfd(const struct place *place)
{
  (void)place;
  return result(syscall(SYS_userfaultfd, 1 /* UFFD_USER_MODE_ONLY */));
}

static int try_perf(const struct place *place)
{
  (void)place;
  char attributes[128] = {0};
  return result(syscall(SYS_perf_event_open, attributes, 0, -1, -1, 0));
}

static int try_personality(const struct place *place)
{
  (void)place;
  return result(syscall(SYS_personality, 0x0400000 /* READ_IMPLIES_EXEC */));
}

static int try_watch(const struct place *place)
{
  (void)place;
  return result(syscall(SYS_inotify_init1, 0));
}

static int try_unknown(const struct place *place)
{
  (void)place;
  return result(syscall(1000));
}

/* --- What each comes to. --- */

enum { DIFFERS = 512 };
enum without { NOT_TRIED, ROOT, ANYBODY };

static const struct attempt {
  const char *name;
  int (*attempt)(const struct place *place);
  int comes_to;         /* errno, or KILLED (SIGSYS) */
  int sanitized;        /* in a sanitized build; 0: the same, DIFFERS: anything */
  enum without without; /* who succeeds without confinement */
} attempts[] = {
    {"execute a program", try_exec, KILLED, 0, ANYBODY},
    {"execute a program by execveat", try_exec_of_descriptor, KILLED, 0, ANYBODY},
    {"fork", try_fork, EPERM, DIFFERS, ANYBODY},
    {"fork by the system call", try_raw_fork, EPERM, DIFFERS, ANYBODY},
    {"fork by clone3", try_clone3, ENOSYS, DIFFERS, ANYBODY},
    {"read /etc/passwd", try_passwd, EACCES, 0, ANYBODY},
    {"read the app", try_app, EACCES, 0, ANYBODY},
    {"make a file outside", try_write_outside, EACCES, 0, ANYBODY},
    {"read by way of ..", try_upwards, EACCES, 0, ANYBODY},
    {"read by a link that leads out", try_symlink, EACCES, 0, ANYBODY},
    {"make a symbolic link", try_make_symlink, EPERM, 0, ANYBODY},
    {"move a file out", try_move_out, EACCES, 0, ANYBODY},
    {"link a file in", try_link_in, EACCES, 0, ANYBODY},
    {"remove a file outside", try_remove_outside, EACCES, 0, ANYBODY},
    {"list a folder outside", try_list_outside, EACCES, 0, ANYBODY},
    {"open its own memory", try_own_memory, EACCES, 0, ANYBODY},
    {"open a device", try_device, EACCES, 0, ANYBODY},
    {"chmod", try_chmod, EPERM, 0, ANYBODY},
    {"set the set-user-ID bit", try_set_user_bit, ENOSYS, DIFFERS, ANYBODY},
    {"chown", try_chown, EPERM, 0, ANYBODY},
    {"make a socket", try_socket, EPERM, 0, ANYBODY},
    {"make a pair of sockets", try_socket_pair, EPERM, 0, ANYBODY},
    {"connect", try_connect, EPERM, 0, ANYBODY},
    {"bind", try_bind, EPERM, 0, ANYBODY},
    {"connect by sending", try_connect_by_sending, EPERM, 0, ANYBODY},
    {"connect a listening socket", try_connect_a_listener, EPERM, 0, ANYBODY},
    {"give a socket a program", try_socket_program, ENOSYS, DIFFERS, ROOT},
    {"set another socket option", try_other_protocol, ENOSYS, DIFFERS, ANYBODY},
    {"type into the terminal", try_type, ENOSYS, DIFFERS, NOT_TRIED},
    {"have signals sent by a file", try_signals_by_file, ENOSYS, DIFFERS, ANYBODY},
    {"signal the parent", try_kill_parent, EPERM, DIFFERS, ANYBODY},
    {"signal a thread of the parent", try_kill_thread_of_parent, EPERM, 0, ANYBODY},
    {"queue a signal to the parent", try_queue_signal, EPERM, 0, ANYBODY},
    {"trace the parent", try_ptrace, KILLED, EPERM, NOT_TRIED},
    {"read the parent's memory", try_read_parent, KILLED, EPERM, ROOT},
    {"write the parent's memory", try_write_parent, KILLED, 0, ROOT},
    {"become root", try_root, EPERM, 0, ROOT},
    {"become root by the system call", try_raw_root, EPERM, 0, ROOT},
    {"drop a group", try_groups, EPERM, 0, ROOT},
    {"let others look", try_dumpable, ENOSYS, DIFFERS, ANYBODY},
    {"set a limit", try_limit, EPERM, 0, ANYBODY},
    {"map writable code", try_code, EPERM, 0, ANYBODY},
    {"make code of memory", try_make_code, EPERM, 0, ANYBODY},
    {"map code of a file", try_code_of_file, EPERM, 0, NOT_TRIED},
    {"io_uring", try_io_uring, ENOSYS, DIFFERS, NOT_TRIED},
    {"the keyring", try_keyring, KILLED, 0, NOT_TRIED},
    {"a user namespace", try_namespace, KILLED, 0, NOT_TRIED},
    {"mount", try_mount, KILLED, 0, NOT_TRIED},
    {"bpf", try_bpf, KILLED, 0, NOT_TRIED},
    {"userfaultfd", try_userfaultfd, KILLED, 0, NOT_TRIED},
    {"perf_event_open", try_perf, KILLED, 0, NOT_TRIED},
    {"make all memory executable", try_personality, KILLED, 0, ANYBODY},
    {"watch files", try_watch, EPERM, 0, ANYBODY},
    {"call what no kernel has", try_unknown, ENOSYS, 0, NOT_TRIED},
};

enum { COUNT = sizeof attempts / sizeof attempts[0] };

static void make_files(const struct place *place)
{
  char command[600];
  snprintf(command, sizeof command,
           "cd %s && echo {} >contract.json && mkdir -p -m 777 open && echo >open/mine && "
           "echo >data/file && chmod 666 contract.json open/mine data/file && "
           "rm -f data/contract.json && ln -sf ../contract.json data/leads_out && "
           "chown -R --reference=data data contract.json open/mine",
           place->folder);
  assert_int_equal(system(command), 0);
}

static bool has_landlock(void)
{
  return syscall(444 /* landlock_create_ruleset */, NULL, 0, 1) > 0;
}

static int expected(const struct attempt *attempt)
{
  if (attempt->comes_to == EACCES && !has_landlock()) return DIFFERS;
  return CONFINE_SANITIZED && attempt->sanitized ? attempt->sanitized : attempt->comes_to;
}

static void test_nothing_leads_out(void **state)
{
  (void)state;
  struct place place;
  place_begin(&place);
  for (size_t i = 0; i < COUNT; i++) {
    const struct attempt *attempt = &attempts[i];
    make_files(&place);
    int comes_to = expected(attempt), came_to = outcome(confined(&place, attempt->attempt));
    if (came_to == EXDEV) came_to = EACCES; /* Landlock's, too, by its version */
    if (came_to != comes_to && comes_to != DIFFERS)
      fail_msg("%s: %d instead of %d", attempt->name, came_to, comes_to);
  }
  assert_int_equal(secret, 4711);
  place_end(&place);
}

static int unconfined(const struct place *place, const struct attempt *attempt)
{
  int status;
  pid_t child = fork();
  if (child == 0) _exit(attempt->attempt(place));
  assert_int_equal(waitpid(child, &status, 0), child);
  return status;
}

/* So that the test above does not say that something is refused which was never possible. */
static void test_it_is_confinement_that_refuses(void **state)
{
  (void)state;
  struct place place;
  place_begin(&place);
  for (size_t i = 0; i < COUNT; i++) {
    const struct attempt *attempt = &attempts[i];
    if (attempt->without == NOT_TRIED || (attempt->without == ROOT && geteuid() != 0)) continue;
    make_files(&place);
    tear_down_sockets();
    set_up_sockets();
    int came_to = outcome(unconfined(&place, attempt));
    if (came_to != 0) fail_msg("%s: %d", attempt->name, came_to);
  }
  place_end(&place);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_nothing_leads_out),
                                     cmocka_unit_test(test_it_is_confinement_that_refuses)};
  terminal = open("/dev/null", O_RDWR | O_CLOEXEC);
  set_up_sockets();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
