/* WebAssembly has no setjmp; Lua includes the header and, configured by guestconf.h, uses nothing
 * of it. */
