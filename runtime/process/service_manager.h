/* systemd, or whoever speaks its two small protocols: it is told how the service is doing
 * (sd_notify(3)), and may hand over sockets that listen already (sd_listen_fds(3)). */
#ifndef WRIT_PROCESS_SERVICE_MANAGER_H
#define WRIT_PROCESS_SERVICE_MANAGER_H

#include <stddef.h>
#include <stdint.h>

/* Sends "READY=1" and the like. Nothing happens where nobody listens (NOTIFY_SOCKET). */
void service_notify(const char *state);

/* "RELOADING=1" with the time that Type=notify-reload wants. */
void service_notify_reloading(void);

/* How often it wants to hear "WATCHDOG=1": half of what it waits; 0: never. */
uint64_t service_watchdog_ms(void);

/* How many sockets there are, from file descriptor 3 on; they are marked close-on-exec, and the
 * variables that said so are taken out of the environment. 0: none for this process. */
size_t service_sockets(void);

enum { SERVICE_SOCKETS_FIRST = 3 };

#endif
