/* The generated C (target writ_guest) under one set of names: wabt 1.0.32 and 1.0.36 mangle
 * differently. */
#ifndef WRIT_SANDBOX_MODULE_H
#define WRIT_SANDBOX_MODULE_H

#include "guest_w2c.h"

#ifdef WRIT_WASM2C_OLD_NAMES
#define guest_module        Z_guest_instance_t
#define guest_link          Z_host_instance_t
#define guest_instantiate   Z_guest_instantiate
#define guest_release       Z_guest_free
#define GUEST(name)         Z_guestZ_##name
#define IMPORTED(name)      Z_hostZ_##name
#define guest_stack_pointer Z_guestZ___stack_pointer
#else
#define guest_module        w2c_guest
#define guest_link          w2c_host
#define guest_instantiate   wasm2c_guest_instantiate
#define guest_release       wasm2c_guest_free
#define GUEST(name)         w2c_guest_##name
#define IMPORTED(name)      w2c_host_##name
#define guest_stack_pointer w2c_guest_0x5F_stack_pointer
#endif

/* Once per process, before the first guest_instantiate. */
void module_init(void);

#endif
