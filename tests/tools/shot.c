/* shot.c - pictures and a film of a full-screen program: runs it on a pseudo-terminal, does what
 * the steps say, one after another, and writes its screen as SVG.
 *
 *     worktop-shot [OPTION|STEP]... COLSxROWS COMMAND [ARGUMENT...]
 *
 * Options:
 *     --light          the terminal is a light one
 *     --cast FILE      also record everything that the program writes, as an asciicast
 *     --title TEXT     the title in that file
 *
 * Steps:
 *     --after TEXT     wait until TEXT is on the screen, for at most four minutes
 *     --without TEXT   wait until it is no longer there
 *     --seconds S      go on for S seconds, for a graph to fill
 *     --keys TEXT      type TEXT; \n is Enter, \e Escape, \t Tab, \u \d \l \r the arrows
 *     --run COMMAND    let the shell do something meanwhile, such as kill a process
 *     --svg FILE       a picture of the screen, when no frame is under way
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tools/cast.h"
#include "tools/svg.h"

enum { MAX_STEPS = 64, WAIT_S = 240, QUIET_MS = 150, KEY_PAUSE_MS = 300 };

enum step_kind { AFTER, WITHOUT, SECONDS, KEYS, RUN, SVG, STEP_KIND_COUNT };

struct step {
    enum step_kind kind;
    const char *value;
};

struct shot {
    struct step steps[MAX_STEPS];
    size_t step_count;
    const char *cast_path, *title;
    struct wt_svg_options svg;
    const char *const *argv;
    struct wt_pty *pty;
    struct wt_cast cast;
};

static int usage(void) {
    fputs("usage: worktop-shot [--light] [--cast FILE] [--title TEXT] [--after TEXT | --without "
          "TEXT | --seconds S | --keys TEXT | --run COMMAND | --svg FILE]... COLSxROWS COMMAND "
          "[ARGUMENT...]\n",
          stderr);
    return 2;
}

/* Whether `name` is a step, which is then the next one. */
static bool add_step(struct shot *shot, const char *name, const char *value) {
    static const char *const names[STEP_KIND_COUNT] = {
        [AFTER] = "--after", [WITHOUT] = "--without", [SECONDS] = "--seconds",
        [KEYS] = "--keys",   [RUN] = "--run",         [SVG] = "--svg"};
    for (int kind = 0; kind < STEP_KIND_COUNT; kind++)
        if (strcmp(name, names[kind]) == 0 && shot->step_count < MAX_STEPS) {
            shot->steps[shot->step_count++] = (struct step){(enum step_kind)kind, value};
            return true;
        }
    return false;
}

static int parse(struct shot *shot, int argc, char **argv) {
    *shot = (struct shot){.svg = {.foreground = 0xcfd0d2, .background = 0x16161a}};
    int i = 1;
    for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        if (strcmp(argv[i], "--light") == 0) {
            shot->svg.foreground = 0x1b1b1f;
            shot->svg.background = 0xfbfbf9;
            continue;
        }
        const char *name = argv[i++];
        if (i >= argc)
            return usage();
        if (strcmp(name, "--cast") == 0)
            shot->cast_path = argv[i];
        else if (strcmp(name, "--title") == 0)
            shot->title = argv[i];
        else if (!add_step(shot, name, argv[i]))
            return usage();
    }
    if (argc - i < 2 || sscanf(argv[i], "%dx%d", &shot->svg.cols, &shot->svg.rows) != 2)
        return usage();
    shot->argv = (const char *const *)(argv + i + 1);
    return 0;
}

static int64_t now_ns(void) {
    return wt_clock_now().monotonic_ns;
}

/* Reads what comes within timeout_ms, and records it. False when nothing came. */
static bool pump(struct shot *shot, int64_t timeout_ms) {
    if (!wt_pty_pump(shot->pty, timeout_ms > 0 ? (int)timeout_ms : 0))
        return false;
    size_t length;
    const char *bytes = wt_pty_raw(shot->pty, &length);
    if (shot->cast_path != NULL)
        wt_cast_output(&shot->cast, now_ns(), bytes, length);
    wt_pty_mark(shot->pty);
    return true;
}

static void watch(struct shot *shot, int64_t duration_ns) {
    int64_t end_ns = now_ns() + duration_ns;
    for (int64_t now; (now = now_ns()) < end_ns;)
        pump(shot, (end_ns - now) / WT_NS_PER_MS + 1);
}

static bool wait_for(struct shot *shot, const char *text, bool is_wanted) {
    int64_t end_ns = now_ns() + WAIT_S * WT_NS_PER_S;
    while (wt_pty_shows(shot->pty, text) != is_wanted) {
        int64_t left_ns = end_ns - now_ns();
        if (left_ns <= 0) {
            char *screen = wt_pty_screen(shot->pty);
            fprintf(stderr, "worktop-shot: \"%s\" %s; the screen is\n%s\n", text,
                    is_wanted ? "never came" : "never went", screen != NULL ? screen : "");
            free(screen);
            return false;
        }
        pump(shot, left_ns / WT_NS_PER_MS < 1000 ? left_ns / WT_NS_PER_MS + 1 : 1000);
    }
    return true;
}

/* Each key is sent alone, as a hand would: a frame comes between two of them. */
static void type(struct shot *shot, const char *keys) {
    static const struct {
        char name;
        const char *bytes;
    } named[] = {{'n', "\r"},     {'e', "\033"},   {'t', "\t"},    {'u', "\033[A"},
                 {'d', "\033[B"}, {'r', "\033[C"}, {'l', "\033[D"}};
    for (; *keys != '\0'; keys++) {
        char single[2] = {*keys, '\0'};
        const char *bytes = single;
        if (keys[0] == '\\' && keys[1] != '\0') {
            keys++;
            for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
                if (named[i].name == *keys)
                    bytes = named[i].bytes;
        }
        wt_pty_type(shot->pty, bytes);
        watch(shot, KEY_PAUSE_MS * WT_NS_PER_MS);
    }
}

static int write_file(const char *path, const struct wt_buffer *bytes) {
    FILE *file = bytes->failed ? NULL : fopen(path, "wb");
    if (file == NULL || fwrite(bytes->data, 1, bytes->length, file) != bytes->length ||
        fclose(file) != 0) {
        perror(path);
        return 1;
    }
    return 0;
}

static int picture(struct shot *shot, const char *path) {
    for (int i = 0; i < 20 && pump(shot, QUIET_MS); i++)
        continue;
    struct wt_buffer svg = {0};
    wt_svg_write(shot->pty, &shot->svg, &svg);
    int code = write_file(path, &svg);
    wt_buffer_fini(&svg);
    return code;
}

static int take(struct shot *shot, const struct step *step) {
    switch (step->kind) {
    case AFTER:
    case WITHOUT:
        return wait_for(shot, step->value, step->kind == AFTER) ? 0 : 1;
    case SECONDS:
        watch(shot, (int64_t)(strtod(step->value, NULL) * WT_NS_PER_S));
        return 0;
    case KEYS:
        type(shot, step->value);
        return 0;
    case RUN:
        return system(step->value) == 0 ? 0 : 1;
    case SVG:
        return picture(shot, step->value);
    case STEP_KIND_COUNT:
        break;
    }
    return 1;
}

/* The program is asked to end, and puts its terminal right: that belongs to the film. */
static void end(struct shot *shot) {
    wt_pty_signal(shot->pty, 15);
    int status;
    wt_pty_wait_exit(shot->pty, &status);
    size_t length;
    const char *bytes = wt_pty_raw(shot->pty, &length);
    if (shot->cast_path != NULL)
        wt_cast_output(&shot->cast, now_ns(), bytes, length);
    wt_pty_close(shot->pty);
}

int main(int argc, char **argv) {
    struct shot shot;
    int code = parse(&shot, argc, argv);
    if (code != 0)
        return code;
    wt_cast_begin(&shot.cast, now_ns(), shot.svg.cols, shot.svg.rows, shot.title);
    shot.pty = wt_pty_start(
        &(struct wt_pty_options){.argv = shot.argv, .cols = shot.svg.cols, .rows = shot.svg.rows});
    if (shot.pty == NULL)
        return 1;
    for (size_t i = 0; i < shot.step_count && code == 0; i++)
        code = take(&shot, &shot.steps[i]);
    end(&shot);
    struct wt_buffer *film = wt_cast_end(&shot.cast);
    if (code == 0 && shot.cast_path != NULL)
        code = write_file(shot.cast_path, film);
    wt_cast_fini(&shot.cast);
    return code;
}
