/* peak.c - peak FILE COMMAND...: runs a command and writes its largest resident memory, in KiB,
 * to FILE. */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **words) {
    struct rusage used;
    int how = 0;
    if (count < 3) return 125;
    pid_t child = fork();
    if (child == 0) {
        execv(words[2], words + 2);
        _exit(126);
    }
    if (child < 0 || wait4(child, &how, 0, &used) != child) return 125;
    FILE *file = fopen(words[1], "we");
    if (!file || fprintf(file, "%ld\n", used.ru_maxrss) < 0 || fclose(file)) return 125;
    return WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
}
