#include <stdio.h>

int main(void) {
    fputs("worktop-demo-worker: started by `worktop demo`\n", stderr);
    return 2;
}
