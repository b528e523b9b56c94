/* error.h (room: base) - one status for programs, one sentence for people.
 *
 * Every function that can fail returns gt_status and takes a gt_error * last (NULL allowed):
 *
 *     gt_error err;
 *     if (gt_dataset_open(path, &set, &err)) fprintf(stderr, "%s\n", err.text);
 *
 * The sentence names the file, the value found and what was expected; callers add context
 * on the way up with gt_blame. No function of the library prints, exits or aborts; a broken
 * invariant of the library (GT_ASSERT) is the exception. Outputs are valid only on GT_OK.
 *
 * Threads: nothing here is shared; a gt_error belongs to whoever passes it. */
#ifndef GALATEA_ERROR_H
#define GALATEA_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/* Every status with its general meaning. GT_NO_MEMORY also for what a limit of the process
 * refuses; GT_USAGE for settings and arguments of a person, GT_BAD_ARGUMENT for a program's;
 * GT_INTERRUPTED when work was stopped in good order and can go on (interrupt.h). */
#define GT_STATUSES(X)                                                \
    X(OK, "ok")                                                       \
    X(NO_MEMORY, "out of memory")                                     \
    X(BAD_ARGUMENT, "an argument is out of range")                    \
    X(BAD_SHAPE, "shapes disagree")                                   \
    X(BAD_FORMAT, "a file does not hold what it should")              \
    X(IO, "reading or writing failed")                                \
    X(NOT_FOUND, "something named does not exist")                    \
    X(NOT_FINITE, "a NaN or an infinity")                             \
    X(MISMATCH, "a checkpoint, data set or tolerance does not match") \
    X(UNSUPPORTED, "not supported")                                   \
    X(INTERRUPTED, "interrupted")                                     \
    X(USAGE, "wrong usage")

typedef enum gt_status {
#define GT_STATUS_ENUM(name, text) GT_##name,
    GT_STATUSES(GT_STATUS_ENUM)
#undef GT_STATUS_ENUM
        GT_STATUS_COUNT
} gt_status;

/* One failure, in the caller's own storage; valid after a call that did not return GT_OK. text
 * is one line, no trailing newline, always terminated. */
typedef struct gt_error {
    gt_status status;
    char text[512];
} gt_error;

/* The compiler checks a format against its arguments, and that a status is looked at. */
#if defined(__GNUC__)
#define GT_PRINTF(format_index, first) __attribute__((format(printf, format_index, first)))
#define GT_MUST_CHECK __attribute__((warn_unused_result))
#else
#define GT_PRINTF(format_index, first)
#define GT_MUST_CHECK
#endif

/* Both expect a status of the list above. Short name of a status, for logs and JSON
 * ("BAD_SHAPE"), and its general meaning. Static. */
const char *gt_status_name(gt_status status);
const char *gt_status_text(gt_status status);

/* Records status and a formatted sentence in err (if not NULL) and returns status. Control
 * bytes in the formatted text become \xNN so that a message can never drive a terminal. */
gt_status gt_fail(gt_error *err, gt_status status, const char *format, ...) GT_PRINTF(3, 4);

/* The same for a system call that failed: ": " and the meaning of errno follow the sentence.
 * The status is GT_NOT_FOUND where a file or folder is missing, GT_NO_MEMORY, else GT_IO. */
gt_status gt_fail_errno(gt_error *err, const char *format, ...) GT_PRINTF(2, 3);

/* Puts "context: " before the sentence err already holds. It has no status to give: a caller
 * returns the one that it met, which is there even when err is NULL. */
void gt_blame(gt_error *err, const char *format, ...) GT_PRINTF(2, 3);

/* Puts "; advice" behind the sentence, in the same way: what is left, what to do. */
void gt_advise(gt_error *err, const char *format, ...) GT_PRINTF(2, 3);

/* Runs a fallible call; on failure stores its status in `status` and jumps to `done`. The
 * function must declare `gt_status status = GT_OK;` and a label `done:` that releases what it
 * owns. */
#define GT_TRY(call)                    \
    do {                                \
        status = (call);                \
        if (status != GT_OK) goto done; \
    } while (0)

/* The same for a failure found on the spot, in a function of the same form:
 *     GT_THROW(err, GT_BAD_SHAPE, "rank %d, expected 3", rank); */
#define GT_THROW(err, code, ...)                      \
    do {                                              \
        status = gt_fail((err), (code), __VA_ARGS__); \
        goto done;                                    \
    } while (0)

/* A broken invariant of the library itself: prints condition, file and line and aborts, in
 * every build. Not for what a caller, a file or the system can cause. */
#define GT_ASSERT(condition) \
    ((condition) ? (void)0 : gt_assert_failed(#condition, __FILE__, __LINE__))
#if defined(__GNUC__)
__attribute__((noreturn))
#endif
/* What GT_ASSERT calls; not to be called by itself. */
void gt_assert_failed(const char *condition, const char *file, int line);

#ifdef __cplusplus
}
#endif
#endif
