/* Which system calls a confined process has: data for confine_calls.c, and for whoever reviews it.
 * What is not named here is ENOSYS. Names that the machine or its libseccomp does not know are left
 * out.
 *
 * What is on the path of every request has no condition: the kernel answers that from a bitmap. */
#ifndef WRIT_PROCESS_CONFINE_LISTS_H
#define WRIT_PROCESS_CONFINE_LISTS_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "process/confine_parts.h"

/* KILL is by SIGSYS. What is not named is allowed only in a sanitized build (confine.h). */
#define YES       SCMP_ACT_ALLOW
#define NO        SCMP_ACT_ERRNO(EPERM)
#define KILL      SCMP_ACT_KILL_PROCESS
#define OTHERWISE (CONFINE_SANITIZED ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(ENOSYS))

enum { FOR_ALL, FOR_ACCEPTING };

/* Whatever the arguments are. */
static const struct calls {
  uint32_t action;
  int whom;
  const char *names;
} calls[] = {
    /* memory; mmap and mprotect are below */
    {YES, FOR_ALL, "brk munmap madvise mlock munlock msync mincore"},
    /* threads; clone is below, and clone3, whose flags no filter can see, is ENOSYS: glibc then
     * takes clone */
    {YES, FOR_ALL,
     "futex futex_waitv futex_wait futex_wake futex_requeue set_robust_list rseq set_tid_address "
     "gettid sched_yield sched_getaffinity getcpu membarrier exit exit_group restart_syscall"},
    /* signals; tgkill is allowed for this process's own threads */
    {YES, FOR_ALL,
     "rt_sigaction rt_sigprocmask rt_sigreturn rt_sigtimedwait rt_sigpending sigaltstack"},
    /* time, chance, and what the process is */
    {YES, FOR_ALL,
     "clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time getrandom getpid "
     "getppid getuid geteuid getgid getegid getresuid getresgid getrusage times sysinfo uname "
     "getcwd capget"},
    /* files: which, says Landlock */
    {YES, FOR_ALL,
     "open openat close read write pread64 pwrite64 readv writev preadv pwritev preadv2 pwritev2 "
     "lseek fsync fdatasync ftruncate fallocate flock stat lstat fstat newfstatat statx statfs "
     "fstatfs access faccessat faccessat2 readlink readlinkat getdents64 unlink unlinkat rename "
     "renameat renameat2 link linkat dup memfd_create"},
    /* the loop */
    {YES, FOR_ALL,
     "epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 poll ppoll eventfd2 pipe2 "
     "timerfd_create timerfd_settime timerfd_gettime"},
    /* sockets that are there; sendto, sendmsg and setsockopt are below */
    {YES, FOR_ALL, "recvmsg recvfrom getsockname getpeername getsockopt shutdown"},
    {YES, FOR_ACCEPTING, "accept accept4 listen"},

    /* Refused, and not as if the kernel lacked it: what leads out, or changes whose something is.
     */
    {NO, FOR_ALL, "socket socketpair connect bind sendmmsg recvmmsg"},
    {NO, FOR_ALL, "fork vfork setsid setpgid"},
    {NO, FOR_ALL, "kill tkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_open pidfd_send_signal"},
    {NO, FOR_ALL,
     "chmod fchmodat fchmodat2 chown fchown lchown fchownat setxattr fsetxattr lsetxattr mkdir "
     "mkdirat rmdir mknod mknodat symlink symlinkat truncate utimensat chdir fchdir"},
    {NO, FOR_ALL,
     "setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups capset "
     "setrlimit setpriority sched_setscheduler sched_setattr sched_setaffinity mbind "
     "set_mempolicy"},
    /* What is mapped of a file stays that part of it (process/board.h); realloc copies instead. */
    {NO, FOR_ALL, "mremap remap_file_pages"},
    {NO, FOR_ALL,
     "shmget shmat shmctl msgget semget mq_open pkey_mprotect inotify_init1 "
     "fanotify_init splice tee vmsplice sendfile copy_file_range"},

    /* Nothing that we link to ever calls these, so somebody else is in the process. */
    {KILL, FOR_ALL, "execve execveat"},
    {KILL, FOR_ALL,
     "ptrace process_vm_readv process_vm_writev process_madvise pidfd_getfd kcmp userfaultfd"},
    {KILL, FOR_ALL, "bpf perf_event_open keyctl add_key request_key personality modify_ldt"},
    {KILL, FOR_ALL,
     "mount umount2 pivot_root chroot move_mount open_tree fsopen fsconfig fsmount fspick "
     "mount_setattr unshare setns name_to_handle_at open_by_handle_at quotactl quotactl_fd acct"},
    {KILL, FOR_ALL,
     "kexec_load kexec_file_load init_module finit_module delete_module create_module reboot "
     "swapon swapoff iopl ioperm sethostname setdomainname settimeofday clock_settime adjtimex "
     "clock_adjtime syslog vhangup move_pages migrate_pages"},
};

/* How LeakSanitizer stops threads and looks into memory: left alone in a sanitized build. */
static const char *const of_sanitizers[] = {"ptrace", "process_vm_readv", "kill", "wait4", "clone",
                                            "prctl"};

/* Numbers that older headers do not have, or not by these names. */
enum {
  PRCTL_SET_VMA = 0x53564d41,
  OFD_GETLK = 36,
  OFD_SETLK = 37,
  OFD_SETLKW = 38,
  ADD_SEALS = 1033,
  GET_SEALS = 1034,
  NEW_NAMESPACES = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                   CLONE_NEWPID | CLONE_NEWNET
};

#define HAS(argument, bits)                                                                        \
  {                                                                                                \
    argument, SCMP_CMP_MASKED_EQ, bits, bits                                                       \
  }
#define LACKS(argument, bits)                                                                      \
  {                                                                                                \
    argument, SCMP_CMP_MASKED_EQ, bits, 0                                                          \
  }
#define IS(argument, value)                                                                        \
  {                                                                                                \
    argument, SCMP_CMP_EQ, value, 0                                                                \
  }
#define IS_NOT(argument, value)                                                                    \
  {                                                                                                \
    argument, SCMP_CMP_NE, value, 0                                                                \
  }

/* For some arguments only. */
static const struct condition {
  const char *name;
  uint32_t action;
  struct scmp_arg_cmp argument;
} conditions[] = {
    /* Memory is writable, or it was code from the start. */
    {"mmap", YES, LACKS(2, PROT_EXEC)},
    {"mmap", NO, HAS(2, PROT_EXEC)},
    {"mprotect", YES, LACKS(2, PROT_EXEC)},
    {"mprotect", NO, HAS(2, PROT_EXEC)},
    /* A thread, never a process. */
    {"clone", YES, {0, SCMP_CMP_MASKED_EQ, CLONE_THREAD | NEW_NAMESPACES, CLONE_THREAD}},
    {"clone", NO, LACKS(0, CLONE_THREAD)},
    /* SQLite gives its files the permissions of the database; no bits beyond those. */
    {"fchmod", YES, LACKS(1, 0xffffffff & ~UINT64_C(0777))},
    /* No data that opens a connection: a listening socket could do that once it is shut down. */
    {"sendto", YES, LACKS(3, MSG_FASTOPEN)},
    {"sendto", NO, HAS(3, MSG_FASTOPEN)},
    {"sendmsg", YES, LACKS(2, MSG_FASTOPEN)},
    {"sendmsg", NO, HAS(2, MSG_FASTOPEN)},
    /* Locks, flags, seals; no F_SETOWN, whose owner the kernel sends signals. */
    {"fcntl", YES, IS(1, F_DUPFD_CLOEXEC)},
    {"fcntl", YES, IS(1, F_GETFD)},
    {"fcntl", YES, IS(1, F_SETFD)},
    {"fcntl", YES, IS(1, F_GETFL)},
    {"fcntl", YES, IS(1, F_SETFL)},
    {"fcntl", YES, IS(1, F_GETLK)},
    {"fcntl", YES, IS(1, F_SETLK)},
    {"fcntl", YES, IS(1, F_SETLKW)},
    {"fcntl", YES, IS(1, OFD_GETLK)},
    {"fcntl", YES, IS(1, OFD_SETLK)},
    {"fcntl", YES, IS(1, OFD_SETLKW)},
    {"fcntl", YES, IS(1, ADD_SEALS)},
    {"fcntl", YES, IS(1, GET_SEALS)},
    /* Whether it is a terminal, and how much is waiting; nothing is typed (TIOCSTI). */
    {"ioctl", YES, IS(1, FIONBIO)},
    {"ioctl", YES, IS(1, FIOCLEX)},
    {"ioctl", YES, IS(1, FIONREAD)},
    {"ioctl", YES, IS(1, TIOCOUTQ)},
    {"ioctl", YES, IS(1, TCGETS)},
    {"ioctl", YES, IS(1, TIOCGWINSZ)},
    /* Names of threads and of memory. */
    {"prctl", YES, IS(0, PR_SET_NAME)},
    {"prctl", YES, IS(0, PR_GET_NAME)},
    {"prctl", YES, IS(0, PRCTL_SET_VMA)},
    /* Limits are asked for, not set. */
    {"prlimit64", YES, IS(2, 0)},
    {"prlimit64", NO, IS_NOT(2, 0)},
};

/* Of setsockopt, for who accepts: no program (SO_ATTACH_FILTER), no protocol above (TCP_ULP), no
 * netfilter. */
static const struct socket_option {
  int level, option;
} socket_options[] = {
    {SOL_SOCKET, SO_KEEPALIVE},       {SOL_SOCKET, SO_LINGER},     {SOL_SOCKET, SO_SNDBUF},
    {SOL_SOCKET, SO_RCVBUF},          {SOL_SOCKET, SO_REUSEADDR},  {IPPROTO_TCP, TCP_NODELAY},
    {IPPROTO_TCP, TCP_CORK},          {IPPROTO_TCP, TCP_QUICKACK}, {IPPROTO_TCP, TCP_KEEPIDLE},
    {IPPROTO_TCP, TCP_KEEPINTVL},     {IPPROTO_TCP, TCP_KEEPCNT},  {IPPROTO_TCP, TCP_USER_TIMEOUT},
    {IPPROTO_TCP, TCP_NOTSENT_LOWAT}, {IPPROTO_IP, IP_MINTTL},     {IPPROTO_IPV6, IPV6_MINHOPCOUNT},
};

#endif
