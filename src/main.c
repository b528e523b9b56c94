/* The program `galatea`: everything is in src/cli. */
#include "cli.h"

int main(int argc, char **argv) {
    return gt_cli_main(argc, argv);
}
