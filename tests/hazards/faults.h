/* faults.h - the log that faults.c writes and power_states.c reads: events with their texts
 * behind them. */
#ifndef GT_FAULTS_H
#define GT_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    FAULT_CREATE,      /* first: name; file: the new one's number */
    FAULT_WRITE,       /* file, offset, bytes */
    FAULT_CUT,         /* file, offset: its new size */
    FAULT_SYNC,        /* file */
    FAULT_SYNC_FOLDER, /* file: the folder's number */
    FAULT_RENAME,      /* first to second */
    FAULT_LINK,        /* first also as second */
    FAULT_UNLINK,      /* first */
    FAULT_MKDIR        /* first; file: the folder's number */
};

typedef struct fault_event {
    int32_t kind;
    uint32_t first, second; /* bytes of the names behind the event */
    uint32_t unused;
    uint64_t file, offset, size; /* size: bytes behind the names */
} fault_event;

#endif
