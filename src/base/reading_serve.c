/* reading_serve.c - the reader's end: one request after another. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "galatea/log.h"
#include "galatea/version.h"
#include "reading_internal.h"
#include "text.h"

static bool is_here;
static uint64_t memory_here = UINT64_MAX;
static unsigned char *shared;
static size_t shared_size;

/* What this process has to say besides the answer. */
static char remarks[GT_READER_REMARKS][sizeof(((gt_error *)0)->text)];
static size_t remark_count;

bool gt_reader_is_here(void) {
    return is_here;
}

void gt_reader_be_here(bool here) {
    is_here = here;
}

uint64_t gt_reader_memory_here(void) {
    return memory_here;
}

unsigned char *gt_reader_shared_here(size_t *size) {
    struct stat info;
    *size = 0;
    if (fstat(GT_READER_SHARED, &info) || info.st_size <= 0) return NULL;
    if ((size_t)info.st_size != shared_size) {
        if (shared != NULL) munmap(shared, shared_size);
        shared_size = (size_t)info.st_size;
        shared =
            mmap(NULL, shared_size, PROT_READ | PROT_WRITE, MAP_SHARED, GT_READER_SHARED, 0);
        if (shared == MAP_FAILED) shared = NULL;
    }
    if (shared != NULL) *size = shared_size;
    return shared;
}

static void keep_remark(void *user, const char *line) {
    if (remark_count == GT_READER_REMARKS) return;
    snprintf(remarks[remark_count++], sizeof *remarks, "%s", line);
}

/* Signals for the program that asks are not for its reader: it ends when the other side does,
 * which a socket tells even while a parser is at work. */
static void end_with_asker(int number) {
    struct pollfd other = {.fd = GT_READER_SOCKET, .events = POLLRDHUP};
    int before = errno;
    (void)number;
    if (poll(&other, 1, 0) > 0 && (other.revents & (POLLHUP | POLLRDHUP))) _exit(0);
    errno = before;
}

static void take_signals(void) {
    static const int ignored[] = {SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE};
    struct sigaction action = {.sa_handler = SIG_IGN};
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        sigaction(ignored[i], &action, NULL);
    action = (struct sigaction){.sa_handler = end_with_asker, .sa_flags = SA_RESTART};
    sigaction(SIGIO, &action, NULL);
    fcntl(GT_READER_SOCKET, F_SETOWN, getpid());
    fcntl(GT_READER_SOCKET, F_SETFL, fcntl(GT_READER_SOCKET, F_GETFL) | O_ASYNC);
}

/* Sends an answer: status, sentence, remarks, and the values of a service. */
static gt_status say(gt_status status, const gt_error *why, const gt_parcel *values,
                     gt_error *err) {
    static gt_parcel message;
    gt_parcel_clear(&message);
    gt_put_count(&message, status);
    gt_put_text(&message, status ? why->text : "");
    gt_put_count(&message, remark_count);
    for (size_t i = 0; i < remark_count; i++) gt_put_text(&message, remarks[i]);
    if (!status) gt_put_bytes(&message, values->bytes, values->size);
    remark_count = 0;
    return gt_message_send(GT_READER_SOCKET, &message, err);
}

static gt_status answer_one(const gt_reader_service *service, void **state, gt_parcel *request,
                            gt_parcel *values, gt_error *err) {
    gt_error why;
    gt_parcel_clear(values);
    gt_status status = service->answer(state, request, values, &why);
    if (!status && (request->failed || values->failed))
        status = gt_fail(&why, GT_NO_MEMORY, "out of memory for an answer");
    return say(status, &why, values, err);
}

/* Says which program this is, before anybody asks. */
static gt_status greet(uint64_t memory, gt_error *err) {
    gt_error why;
    gt_parcel name = {0};
    gt_status status = gt_reader_confine(memory, &why);
    gt_put_text(&name, gt_version());
    gt_status said = say(status, &why, &name, err);
    gt_parcel_free(&name);
    return status ? status : said;
}

int gt_reader_serve(int argc, char **argv, const gt_reader_service *services) {
    enum { ENDED, MISUSED, CONFINED, CUT_OFF };
    gt_error err;
    gt_parcel request = {0}, values = {0};
    void *state = NULL;
    int64_t memory;
    gt_plain_numbers_begin();
    if (argc != 3 || gt_text_to_int(argv[2], &memory, NULL) != GT_OK) return MISUSED;
    while (services->name != NULL && strcmp(services->name, argv[1]) != 0) services++;
    if (services->name == NULL) return MISUSED;
    is_here = true;
    memory_here = (uint64_t)memory;
    gt_log_to(keep_remark, NULL);
    take_signals();
    if (greet((uint64_t)memory, &err) != GT_OK) return CONFINED;
    for (bool is_open = true;;) {
        if (gt_message_receive(GT_READER_SOCKET, &request, &is_open, NULL, NULL, &err) != GT_OK)
            return CUT_OFF;
        if (!is_open) return ENDED;
        if (answer_one(services, &state, &request, &values, &err) != GT_OK) return CUT_OFF;
    }
}
