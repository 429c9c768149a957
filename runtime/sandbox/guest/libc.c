/* What Lua's unused parts would drag in from the C library: files, a clock, the end of the process.
 * With these here the module needs nothing of WASI. None is ever called but abort, by Lua's panic.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int guest_errno;

_Noreturn void abort(void)
{
  __builtin_trap();
}
time_t time(time_t *result)
{
  return result ? *result = 0 : 0;
}
clock_t clock(void)
{
  return 0;
}

FILE *fopen(const char *path, const char *mode)
{
  return (void)path, (void)mode, NULL;
}
FILE *freopen(const char *path, const char *mode, FILE *file)
{
  return (void)path, (void)mode, (void)file, NULL;
}
/* printf and strtod would complain here of long doubles, which Lua does not use. */
char __stderr_FILE[1];
int fputs(const char *text, FILE *file)
{
  (void)text, (void)file;
  __builtin_trap();
}
int fclose(FILE *file)
{
  return (void)file, EOF;
}
int getc(FILE *file)
{
  return (void)file, EOF;
}
int ungetc(int byte, FILE *file)
{
  return (void)file, byte;
}
int feof(FILE *file)
{
  return (void)file, 1;
}
int ferror(FILE *file)
{
  return (void)file, 1;
}
int fflush(FILE *file)
{
  return (void)file, EOF;
}
size_t fread(void *to, size_t size, size_t count, FILE *file)
{
  return (void)to, (void)size, (void)count, (void)file, 0;
}
