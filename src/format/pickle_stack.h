/* pickle_stack.h (room: format) - what the pickle machine works on: values in an arena, a stack
 * with marks, the input. */
#ifndef GALATEA_FORMAT_PICKLE_STACK_H
#define GALATEA_FORMAT_PICKLE_STACK_H

#include "pickle.h"

enum { GT_PICKLE_MAX_NODES = 1 << 21, GT_PICKLE_MAX_MARKS = 64, GT_PICKLE_MAX_NAME = 64 };

typedef struct gt_pickle_block gt_pickle_block;

struct gt_pickle {
    gt_pickle_block *blocks;
    size_t nodes, bytes_left; /* bytes_left: for gt_pickle_take_bytes */
    const gt_pickle_value *root;
};

typedef struct gt_pickle_machine {
    gt_pickle *pickle;
    const uint8_t *bytes;
    size_t length, at, start; /* start: the opcode being run */
    gt_pickle_value **stack;
    size_t depth, stack_room;
    gt_pickle_value **memo;
    size_t memo_room, memo_count;                  /* memo_count: of those set */
    size_t marks[GT_PICKLE_MAX_MARKS], mark_count; /* stack depths */
    bool stopped;
} gt_pickle_machine;

/* A value without content. GT_UNSUPPORTED when there are too many. */
gt_status gt_pickle_node_create(gt_pickle_machine *m, gt_pickle_kind kind,
                                gt_pickle_value **out, gt_error *err);

/* Appends to the entries of a tuple, list or dict. */
gt_status gt_pickle_items_add(gt_pickle_machine *m, gt_pickle_value *into,
                              gt_pickle_value **from, size_t count, gt_error *err);

gt_status gt_pickle_push(gt_pickle_machine *m, gt_pickle_value *value, gt_error *err);
gt_status gt_pickle_push_new(gt_pickle_machine *m, gt_pickle_kind kind, gt_pickle_value **out,
                             gt_error *err);

/* At least count values above the last mark, else GT_BAD_FORMAT. */
gt_status gt_pickle_need_values(const gt_pickle_machine *m, size_t count, gt_error *err);

/* Takes the last mark and tells the stack depth at which it stood. */
gt_status gt_pickle_pop_mark(gt_pickle_machine *m, size_t *depth, gt_error *err);

/* The next bytes; an unsigned little-endian number of at most 8; a line without its end. */
gt_status gt_pickle_take(gt_pickle_machine *m, size_t count, const uint8_t **out,
                         gt_error *err);
gt_status gt_pickle_take_number(gt_pickle_machine *m, size_t width, uint64_t *out,
                                gt_error *err);
gt_status gt_pickle_take_line(gt_pickle_machine *m, char out[GT_PICKLE_MAX_NAME],
                              gt_error *err);

/* Frees the arena. */
void gt_pickle_release(gt_pickle *pickle);

#endif
