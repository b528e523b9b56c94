/* reading_message.c - whole messages through a socket. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "reading_internal.h"

enum { POLL_MILLISECONDS = 200, SMALL = 4096 };

static gt_status send_all(int socket, const void *bytes, size_t size, gt_error *err) {
    const unsigned char *at = bytes;
    while (size > 0) {
        ssize_t sent = send(socket, at, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return gt_fail_errno(err, "a message to another process");
        at += sent;
        size -= (size_t)sent;
    }
    return GT_OK;
}

gt_status gt_message_send(int socket, const gt_parcel *parcel, gt_error *err) {
    uint64_t size = parcel->size;
    unsigned char whole[sizeof size + SMALL];
    if (parcel->failed) return gt_fail(err, GT_NO_MEMORY, "out of memory for a message");
    if (size > GT_READER_MESSAGE)
        return gt_fail(err, GT_UNSUPPORTED, "a message of %llu bytes",
                       (unsigned long long)size);
    if (size > 0 && size <= SMALL) { /* at once: the other side is woken once */
        memcpy(whole, &size, sizeof size);
        memcpy(whole + sizeof size, parcel->bytes, (size_t)size);
        return send_all(socket, whole, sizeof size + (size_t)size, err);
    }
    gt_status status = send_all(socket, &size, sizeof size, err);
    return status ? status : send_all(socket, parcel->bytes, (size_t)size, err);
}

typedef struct waiting {
    gt_status (*wait)(void *user, gt_error *err);
    void *user;
} waiting;

/* *got is less than size only where the other side has ended. */
static gt_status receive_all(int socket, void *bytes, size_t size, size_t *got,
                             const waiting *w, gt_error *err) {
    *got = 0;
    while (*got < size) {
        struct pollfd ready = {.fd = socket, .events = POLLIN};
        int count = w->wait != NULL ? poll(&ready, 1, POLL_MILLISECONDS) : 1;
        gt_status status = count == 0 ? w->wait(w->user, err) : GT_OK;
        if (status) return status;
        if (count <= 0) continue; /* nothing yet, or a signal */
        ssize_t more = recv(socket, (unsigned char *)bytes + *got, size - *got, 0);
        if (more < 0 && errno == EINTR) continue;
        if (more == 0 || (more < 0 && errno == ECONNRESET)) break;
        if (more < 0) return gt_fail_errno(err, "a message of another process");
        *got += (size_t)more;
    }
    return GT_OK;
}

gt_status gt_message_receive(int socket, gt_parcel *parcel, bool *is_open,
                             gt_status (*wait)(void *user, gt_error *err), void *user,
                             gt_error *err) {
    gt_status status = GT_OK;
    const waiting w = {wait, user};
    uint64_t size = 0;
    size_t got;
    *is_open = false;
    gt_parcel_clear(parcel);
    GT_TRY(receive_all(socket, &size, sizeof size, &got, &w, err));
    if (got < sizeof size) goto done;
    if (size > GT_READER_MESSAGE)
        GT_THROW(err, GT_BAD_FORMAT, "a message of %llu bytes", (unsigned long long)size);
    void *bytes = gt_parcel_extend(parcel, (size_t)size);
    if (bytes == NULL && size > 0) GT_THROW(err, GT_NO_MEMORY, "out of memory for a message");
    GT_TRY(receive_all(socket, bytes, (size_t)size, &got, &w, err));
    *is_open = got == size;
done:
    return status;
}
