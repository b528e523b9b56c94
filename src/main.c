/* The program `galatea`: what it does is in src/cli and tools/, here is how its process must
 * have been started. */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "address_space.h"
#include "cli.h"
#include "commands.h"

static char one_thread[] = "OPENBLAS_NUM_THREADS=1";

/* The environment with that line in it; false when it was there already. */
static int add_line(char *const *from, char **to) {
    const size_t name = sizeof one_thread - sizeof "1";
    int changed = 1;
    *to++ = one_thread;
    for (; *from; from++) {
        if (strcmp(*from, one_thread) == 0) changed = 0;
        if (strncmp(*from, one_thread, name) != 0) *to++ = *from;
    }
    *to = NULL;
    return changed;
}

/* OpenBLAS starts its threads while it is loaded. Under a limit of the address space (ulimit
 * -v), or of data (-d), one that gets no memory for its buffer asks for ever, the end of the
 * program waits for it, and without room for a stack the process is killed. LAPACK runs on one
 * thread here in any case, so under a limit the program starts itself again and says so
 * beforehand. */
static void start_without_blas_threads(int argc, char **argv, char **environment) {
    char program[PATH_MAX] = "";
    size_t count = 2;
    (void)argc;
    if (!gt_address_space_is_limited()) return;
    while (environment[count - 2]) count++;
    char **changed = calloc(count, sizeof *changed);
    if (changed && add_line(environment, changed) &&
        readlink("/proc/self/exe", program, sizeof program - 1) > 0)
        execve(program, argv, changed);
    free(changed);
}

/* What stands in this section runs before the initialisers of all shared libraries. */
__attribute__((section(".preinit_array"), used)) static void (*const before_libraries)(
    int, char **, char **) = start_without_blas_threads;

int main(int argc, char **argv) {
    return gt_cli_main(argc, argv, gt_commands);
}
