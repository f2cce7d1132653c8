/* shot.c - a picture of a full-screen program: runs it on a pseudo-terminal and writes its screen
 * as SVG.
 *
 *     worktop-shot [OPTIONS] COLSxROWS OUT.svg COMMAND [ARGUMENT...]
 *
 *     --after TEXT     wait until TEXT is on the screen (may be given several times, one after
 * another)
 *     --seconds S      then go on for S seconds
 *     --keys TEXT      then type TEXT, and look again a second later
 *     --light          the terminal is a light one
 *     --ansi FILE      also write the raw bytes
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tools/svg.h"

enum { MAX_TEXTS = 8 };

struct request {
    const char *after[MAX_TEXTS];
    size_t after_count;
    double seconds;
    const char *keys, *ansi_path, *svg_path;
    struct wt_svg_options svg;
    const char *const *argv;
};

static int usage(void) {
    fputs("usage: worktop-shot [--after TEXT] [--seconds S] [--keys TEXT] [--light] [--ansi FILE] "
          "COLSxROWS OUT.svg COMMAND [ARGUMENT...]\n",
          stderr);
    return 2;
}

static int parse(struct request *request, int argc, char **argv) {
    *request = (struct request){.svg = {.foreground = 0xcfd0d2, .background = 0x16161a}};
    int i = 1;
    for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(argv[i], "--light") == 0) {
            request->svg.foreground = 0x1b1b1f;
            request->svg.background = 0xfbfbf9;
            continue;
        }
        if (value == NULL)
            return usage();
        if (strcmp(argv[i], "--after") == 0 && request->after_count < MAX_TEXTS)
            request->after[request->after_count++] = value;
        else if (strcmp(argv[i], "--seconds") == 0)
            request->seconds = strtod(value, NULL);
        else if (strcmp(argv[i], "--keys") == 0)
            request->keys = value;
        else if (strcmp(argv[i], "--ansi") == 0)
            request->ansi_path = value;
        else
            return usage();
        i++;
    }
    if (argc - i < 3 || sscanf(argv[i], "%dx%d", &request->svg.cols, &request->svg.rows) != 2)
        return usage();
    request->svg_path = argv[i + 1];
    request->argv = (const char *const *)(argv + i + 2);
    return 0;
}

static void watch(struct wt_pty *pty, double seconds) {
    int64_t end_ns = wt_clock_now().monotonic_ns + (int64_t)(seconds * WT_NS_PER_S);
    for (int64_t now_ns; (now_ns = wt_clock_now().monotonic_ns) < end_ns;)
        wt_pty_pump(pty, (int)((end_ns - now_ns) / WT_NS_PER_MS) + 1);
    /* Not in the middle of a frame. */
    for (int i = 0; i < 20 && wt_pty_pump(pty, 100); i++)
        continue;
}

static int write_file(const char *path, const char *bytes, size_t length) {
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, length, file) != length || fclose(file) != 0) {
        perror(path);
        return 1;
    }
    return 0;
}

static int shoot(const struct request *request, struct wt_pty *pty) {
    for (size_t i = 0; i < request->after_count; i++) {
        if (!wt_pty_wait_text(pty, request->after[i])) {
            char *screen = wt_pty_screen(pty);
            fprintf(stderr, "worktop-shot: \"%s\" never came; the screen is\n%s\n",
                    request->after[i], screen != NULL ? screen : "");
            free(screen);
            return 1;
        }
    }
    watch(pty, request->seconds);
    if (request->keys != NULL) {
        wt_pty_type(pty, request->keys);
        watch(pty, 1);
    }
    struct wt_buffer svg = {0};
    wt_svg_write(pty, &request->svg, &svg);
    int code = svg.failed ? 1 : write_file(request->svg_path, svg.data, svg.length);
    wt_buffer_fini(&svg);
    if (code == 0 && request->ansi_path != NULL) {
        size_t length;
        const char *raw = wt_pty_raw(pty, &length);
        code = write_file(request->ansi_path, raw, length);
    }
    return code;
}

int main(int argc, char **argv) {
    struct request request;
    int code = parse(&request, argc, argv);
    if (code != 0)
        return code;
    struct wt_pty *pty = wt_pty_start(&(struct wt_pty_options){
        .argv = request.argv, .cols = request.svg.cols, .rows = request.svg.rows});
    if (pty == NULL)
        return 1;
    code = shoot(&request, pty);
    wt_pty_signal(pty, 15);
    int status;
    wt_pty_wait_exit(pty, &status);
    wt_pty_close(pty);
    return code;
}
