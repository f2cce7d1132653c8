#include <stdio.h>
#include <string.h>

#include "base/version.h"

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts("worktop " WT_VERSION);
        return 0;
    }
    fputs("usage: worktop --version\n", stderr);
    return 2;
}
