/* The filter of system calls, made of confine_lists.h by libseccomp. */
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "process/confine_lists.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static bool is_of_sanitizers(const char *name)
{
  for (size_t i = 0; CONFINE_SANITIZED && i < COUNT(of_sanitizers); i++)
    if (strcmp(of_sanitizers[i], name) == 0) return true;
  return false;
}

static int add(scmp_filter_ctx filter, uint32_t action, const char *name, unsigned count,
               const struct scmp_arg_cmp *arguments)
{
  int number = seccomp_syscall_resolve_name(name);
  if (number == __NR_SCMP_ERROR || is_of_sanitizers(name) || action == OTHERWISE) return 0;
  return seccomp_rule_add_array(filter, action, number, count, arguments);
}

static int add_calls(scmp_filter_ctx filter, bool accepts)
{
  int result = 0;
  for (size_t i = 0; i < COUNT(calls); i++) {
    struct text names = text_of(calls[i].names), name;
    if (calls[i].whom == FOR_ACCEPTING && !accepts) continue;
    while (result == 0 && text_split(&names, ' ', &name)) {
      char text[32] = "";
      if (name.length >= sizeof text) return -EINVAL;
      memcpy(text, name.data, name.length);
      result = add(filter, calls[i].action, text, 0, NULL);
    }
  }
  return result;
}

static int add_conditions(scmp_filter_ctx filter)
{
  int result = 0;
  for (size_t i = 0; i < COUNT(conditions) && result == 0; i++)
    result = add(filter, conditions[i].action, conditions[i].name, 1, &conditions[i].argument);
  return result;
}

/* Signals to threads of this process, such as the watchdog's to the loop's. */
static int add_signals(scmp_filter_ctx filter)
{
  struct scmp_arg_cmp own = IS(0, (scmp_datum_t)getpid());
  struct scmp_arg_cmp others = IS_NOT(0, (scmp_datum_t)getpid());
  int result = add(filter, YES, "tgkill", 1, &own);
  return result ? result : add(filter, NO, "tgkill", 1, &others);
}

static int add_socket_options(scmp_filter_ctx filter)
{
  int result = 0;
  for (size_t i = 0; i < COUNT(socket_options) && result == 0; i++) {
    const struct socket_option *option = &socket_options[i];
    struct scmp_arg_cmp both[] = {IS(1, (scmp_datum_t)option->level),
                                  IS(2, (scmp_datum_t)option->option)};
    result = add(filter, YES, "setsockopt", 2, both);
  }
  return result;
}

/* All threads get it: there is only this one, and it says so to the kernel. As a binary tree, which
 * costs fcntl and mprotect 35 ns less than one comparison after another. */
static int fill(scmp_filter_ctx filter, bool accepts)
{
  enum { BINARY_TREE = 2 };
  int result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
  if (result == 0) result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, BINARY_TREE);
  if (result == 0) result = add_calls(filter, accepts);
  if (result == 0) result = add_conditions(filter);
  if (result == 0) result = add_signals(filter);
  if (result == 0 && accepts) result = add_socket_options(filter);
  return result;
}

/* Given no filter, a kernel that would take one says EFAULT. */
static bool is_missing(void)
{
  enum { MODE_FILTER = 2 };
  return prctl(PR_SET_SECCOMP, MODE_FILTER, NULL, 0, 0) < 0 && errno == EINVAL;
}

int confine_calls(bool accepts, bool *missing, struct error *error)
{
  *missing = is_missing();
  if (*missing) return 0;
  scmp_filter_ctx filter = seccomp_init(OTHERWISE);
  int result = filter ? fill(filter, accepts) : -ENOMEM;
  if (result == 0) result = seccomp_load(filter);
  seccomp_release(filter);
  if (result == 0) return 0;
  return error_set(error, "cannot filter system calls: %s", strerror(-result));
}
