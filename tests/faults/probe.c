/* Somebody who has taken over a process, for specs: LD_PRELOAD puts it under a server. When a
 * worker accepts its first client, it tries what WRIT_PROBE_WORKER names ("passwd,socket,exec");
 * when a builder makes its bundle, what WRIT_PROBE_BUILDER does. It writes on stderr, a line for
 * each, what came of it. The kernel ends the process for some of them: then the line before says
 * which it was. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int try_exec(void)
{
  char *arguments[] = {"true", NULL}, *environment[] = {NULL};
  return execve("/bin/true", arguments, environment);
}

static int try_passwd(void)
{
  return open("/etc/passwd", O_RDONLY | O_CLOEXEC);
}

static int try_app(void)
{
  return open("contracts/policy.json", O_RDONLY | O_CLOEXEC);
}

static int try_outside(void)
{
  return open("/tmp/writ-probe", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static int try_socket(void)
{
  return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

/* From any socket that the process has. */
static int try_connect(void)
{
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};
  int result = -1, why = EBADF;
  for (int fd = 3; fd < 64 && result < 0; fd++) {
    result = connect(fd, (struct sockaddr *)&address, sizeof address);
    if (result < 0 && errno != ENOTSOCK && errno != EBADF) why = errno;
  }
  errno = why;
  return result;
}

static int try_ptrace(void)
{
  return (int)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static int try_kill(void)
{
  return kill(getppid(), 0);
}

static int try_code(void)
{
  void *code =
      mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return code == MAP_FAILED ? -1 : 0;
}

static int try_fork(void)
{
  pid_t child = fork();
  if (child == 0) _exit(0);
  return child < 0 ? -1 : 0;
}

static int try_root(void)
{
  if (getuid() != 0) return setuid(0);
  return chown("/", 0, 0); /* it is, but by name only */
}

/* What the process has mapped that others see: the last ones. */
static struct mapping {
  void *place;
  size_t length;
  bool writable;
} mappings[16];
static size_t mapping_count;

/* Of memory that others write, to make it writable; of memory of its own, to reach what follows it
 * in the file. */
static int try_board(void)
{
  int result = -1, why = ENOENT;
  for (size_t i = 0; i < mapping_count && i < sizeof mappings / sizeof *mappings && result < 0;
       i++) {
    const struct mapping *mapping = &mappings[i];
    if (!mapping->writable)
      result = mprotect(mapping->place, 4096, PROT_READ | PROT_WRITE);
    else if (mremap(mapping->place, mapping->length, 2 * mapping->length, MREMAP_MAYMOVE) !=
             MAP_FAILED)
      result = 0;
    if (result < 0) why = errno;
  }
  errno = why;
  return result;
}

static const struct {
  const char *name;
  int (*attempt)(void);
} attempts[] = {{"passwd", try_passwd}, {"app", try_app},         {"outside", try_outside},
                {"socket", try_socket}, {"connect", try_connect}, {"kill", try_kill},
                {"code", try_code},     {"root", try_root},       {"fork", try_fork},
                {"board", try_board},   {"ptrace", try_ptrace},   {"exec", try_exec}};

/* One write a line. */
static void say(const char *process, const char *name, const char *result)
{
  dprintf(STDERR_FILENO, "probe: %s: %s: %s\n", process, name, result);
}

static bool is_named(const char *list, const char *name)
{
  size_t length = strlen(name);
  for (const char *at = list; (at = strstr(at, name)) != NULL; at += length)
    if ((at == list || at[-1] == ',') && (at[length] == ',' || at[length] == 0)) return true;
  return false;
}

static void probe(const char *process, const char *variable)
{
  static bool done;
  char name[16] = "";
  const char *list = getenv(variable);
  prctl(PR_GET_NAME, name);
  if (done || !list || strcmp(name, process) != 0) return;
  done = true;
  for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
    if (!is_named(list, attempts[i].name)) continue;
    say(process, attempts[i].name, "trying");
    int result = attempts[i].attempt();
    say(process, attempts[i].name, result < 0 ? strerror(errno) : "succeeded");
  }
}

/* The function of this name that the probe hides, as type `function`. */
#define REAL(function, name)                                                                       \
  static function *real;                                                                           \
  if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, name)

typedef int accept_function(int fd, __SOCKADDR_ARG address, socklen_t *restrict length, int flags);
typedef int memfd_function(const char *name, unsigned flags);

void *mmap(void *place, size_t length, int protection, int flags, int fd, off_t offset)
{
  void *mapped = (void *)syscall(SYS_mmap, place, length, protection, flags, fd, offset);
  if (mapped != MAP_FAILED && (flags & MAP_TYPE) == MAP_SHARED)
    mappings[mapping_count++ % (sizeof mappings / sizeof *mappings)] =
        (struct mapping){mapped, length, (protection & PROT_WRITE) != 0};
  return mapped;
}

int accept4(int fd, __SOCKADDR_ARG address, socklen_t *restrict length, int flags)
{
  REAL(accept_function, "accept4");
  probe("writ-worker", "WRIT_PROBE_WORKER");
  return real(fd, address, length, flags);
}

int memfd_create(const char *name, unsigned flags)
{
  REAL(memfd_function, "memfd_create");
  probe("writ-builder", "WRIT_PROBE_BUILDER");
  return real(name, flags);
}
