/* What the memory of all processes says of them: for the admin listener of any worker. */
#ifndef WRIT_PROCESS_BOARD_TELL_H
#define WRIT_PROCESS_BOARD_TELL_H

#include "process/admin.h"

/* Fills the status; `board` is a struct board. */
void board_tell(void *board, struct admin_status *status);

#endif
