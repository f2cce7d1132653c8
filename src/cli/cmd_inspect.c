/* worktop inspect - what a monitor's file holds: its directory, or a store by the directory beside
 * it. Works on files of living, dead and stopped monitors, and on damaged ones as far as they go;
 * what is wrong is named first. Exit codes: 0 the file is whole, 1 it is not.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cli/command.h"
#include "cli/inspect.h"
#include "shm/directory_private.h"

enum { DIRECTORY_BYTES_MAX = 1 << 30, NEIGHBOURS_MAX = 256 };

void wt_inspect_wrong(struct wt_inspect *inspect, uint64_t byte, const char *format, ...) {
    va_list arguments;
    if (inspect->wrong_count++ >= WT_INSPECT_WRONG_MAX || inspect->wrong == NULL)
        return;
    struct wt_wrong *wrong = &inspect->wrong[inspect->wrong_count - 1];
    wrong->byte = byte;
    va_start(arguments, format);
    vsnprintf(wrong->text, sizeof wrong->text, format, arguments);
    va_end(arguments);
}

/* ---- the file -------------------------------------------------------------------------------- */

static bool open_file(struct wt_inspect *inspect) {
    struct stat st;
    inspect->fd = open(inspect->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (inspect->fd < 0 || fstat(inspect->fd, &st) != 0) {
        wt_inspect_wrong(inspect, WT_INSPECT_NOWHERE, "cannot be opened: %s", strerror(errno));
        return false;
    }
    if (!S_ISREG(st.st_mode)) {
        wt_inspect_wrong(inspect, WT_INSPECT_NOWHERE, "is %s, must be a file of a monitor",
                         S_ISDIR(st.st_mode)    ? "a directory"
                         : S_ISFIFO(st.st_mode) ? "a pipe"
                         : S_ISSOCK(st.st_mode) ? "a socket"
                                                : "no regular file");
        return false;
    }
    inspect->device = (uint64_t)st.st_dev;
    inspect->inode = (uint64_t)st.st_ino;
    inspect->bytes = (uint64_t)st.st_size;
    if (inspect->bytes == 0)
        wt_inspect_wrong(inspect, 0,
                         "the file is empty: nothing was written yet, or it was "
                         "truncated");
    return inspect->bytes > 0;
}

/* All of the file into inspect->copy; what is gone meanwhile is zeros. */
static bool copy_file(struct wt_inspect *inspect) {
    size_t at = 0, least = sizeof(struct wt_shared_directory_header);
    if (inspect->bytes > DIRECTORY_BYTES_MAX) {
        wt_inspect_wrong(inspect, WT_INSPECT_NOWHERE, "%" PRIu64 " bytes, must be less than %d",
                         inspect->bytes, DIRECTORY_BYTES_MAX);
        return false;
    }
    inspect->copy = calloc(1, (size_t)inspect->bytes + least + 8);
    if (inspect->copy == NULL) {
        wt_inspect_wrong(inspect, WT_INSPECT_NOWHERE, "no memory for its %" PRIu64 " bytes",
                         inspect->bytes);
        return false;
    }
    while (at < inspect->bytes) {
        ssize_t got =
            pread(inspect->fd, inspect->copy + at, (size_t)inspect->bytes - at, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        at += (size_t)got;
    }
    return true;
}

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

static bool has_directory_name(const char *path) {
    return ends_with(path, ".dir") || ends_with(path, ".dir.previous");
}

static bool begins_with_magic(const struct wt_inspect *inspect) {
    char found[8];
    return pread(inspect->fd, found, sizeof found, 0) == (ssize_t)sizeof found &&
           memcmp(found, WT_SHARED_DIRECTORY_MAGIC, sizeof found) == 0;
}

/* ---- a directory file ------------------------------------------------------------------------ */

static void look_at_directory(struct wt_inspect *inspect) {
    struct wt_error err = {.text = ""};
    inspect->kind = "directory";
    if (!copy_file(inspect) || !wt_inspect_survey(inspect))
        return;
    /* The file itself, where records are read until they agree; else the mended copy. */
    if (inspect->wrong_count > 0 ||
        wt_directory_view_open(&inspect->view, inspect->path, &err) != WT_OK) {
        uint64_t bytes = inspect->bytes;
        if (inspect->wrong_count == 0)
            wt_inspect_wrong(inspect, WT_INSPECT_NOWHERE, "%s", err.text);
        if (bytes < sizeof(struct wt_shared_directory_header))
            bytes = sizeof(struct wt_shared_directory_header);
        if (wt_directory_view_over(&inspect->view, inspect->copy, (size_t)bytes, inspect->path,
                                   &err) != WT_OK) {
            wt_inspect_wrong(inspect, WT_INSPECT_NOWHERE, "%s", err.text);
            return;
        }
    }
    wt_inspect_directory(inspect);
}

/* ---- a store file ---------------------------------------------------------------------------- */

static unsigned store_of(const struct wt_directory_view *view, const struct wt_inspect *inspect) {
    for (unsigned i = 0; i < WT_DIRECTORY_STORES; i++) {
        struct wt_shared_store_record record;
        if (wt_directory_view_store(view, i, &record) == WT_OK &&
            record.device == inspect->device && record.inode == inspect->inode)
            return i;
    }
    return WT_INSPECT_NO_STORE;
}

/* Whether this directory describes the very file; then its view is kept. */
static bool try_directory(struct wt_inspect *inspect, const char *path) {
    struct wt_directory_view *view;
    if (wt_directory_view_open(&view, path, NULL) != WT_OK)
        return false;
    inspect->store = store_of(view, inspect);
    if (inspect->store == WT_INSPECT_NO_STORE) {
        wt_directory_view_close(view);
        return false;
    }
    inspect->view = view;
    return true;
}

/* Looks at the directories beside the file, also those that were set aside. */
static bool find_directory(struct wt_inspect *inspect) {
    char copy[PATH_MAX], path[PATH_MAX + NAME_MAX + 2];
    if (snprintf(copy, sizeof copy, "%s", inspect->path) >= (int)sizeof copy)
        return false;
    const char *folder = dirname(copy);
    DIR *listing = opendir(folder);
    bool found = false;
    int looked = 0;
    for (struct dirent *entry; listing != NULL && !found && looked < NEIGHBOURS_MAX &&
                               (entry = readdir(listing)) != NULL;) {
        if (!has_directory_name(entry->d_name))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        looked++;
        found = try_directory(inspect, path);
    }
    if (listing != NULL)
        closedir(listing);
    return found;
}

/* A store without a directory: by its name, or by its size. */
static bool looks_like_store(const struct wt_inspect *inspect) {
    return ends_with(inspect->path, ".shm") || ends_with(inspect->path, ".shm.previous") ||
           inspect->bytes % 4096 == 0;
}

static void look_at_store(struct wt_inspect *inspect) {
    inspect->kind = "store";
    if (find_directory(inspect)) {
        wt_inspect_store(inspect);
    } else if (looks_like_store(inspect)) {
        wt_inspect_raw_store(inspect);
    } else {
        inspect->kind = "unknown";
        wt_inspect_wrong(
            inspect, 0,
            "this is no file of a monitor: a directory begins with \"%s\", a store has "
            "whole pages or a directory beside it",
            WT_SHARED_DIRECTORY_MAGIC);
    }
}

/* ---- what is said first, and last ------------------------------------------------------------ */

static void put_wrong(struct wt_inspect *inspect, struct wt_report *report) {
    static const struct wt_column columns[] = {{"byte", "byte", 0}, {"text", "what is wrong", 0}};
    size_t kept =
        inspect->wrong_count < WT_INSPECT_WRONG_MAX ? inspect->wrong_count : WT_INSPECT_WRONG_MAX;
    if (report->is_json) {
        wt_report_table(report, "problems", "", columns, 2);
        for (size_t i = 0; i < kept; i++) {
            const struct wt_wrong *wrong = &inspect->wrong[i];
            const struct wt_cell cells[] = {
                wrong->byte == WT_INSPECT_NOWHERE ? wt_cell_none() : wt_cell_count(wrong->byte),
                wt_cell_text(wrong->text)};
            wt_report_row(report, cells);
        }
        wt_report_end(report);
        return;
    }
    for (size_t i = 0; i < kept; i++) {
        char line[sizeof inspect->wrong->text + 64];
        const struct wt_wrong *wrong = &inspect->wrong[i];
        if (wrong->byte == WT_INSPECT_NOWHERE)
            snprintf(line, sizeof line, "%s", wrong->text);
        else
            snprintf(line, sizeof line, "byte %" PRIu64 ": %s", wrong->byte, wrong->text);
        wt_report_say(report, 2, line);
    }
    if (kept < inspect->wrong_count) {
        char line[64];
        snprintf(line, sizeof line, "and %zu more", inspect->wrong_count - kept);
        wt_report_say(report, 2, line);
    }
}

static bool print_all(const struct wt_buffer *text) {
    return !text->failed && fwrite(text->data, 1, text->length, stdout) == text->length &&
           fflush(stdout) == 0;
}

/* What is no file of a monitor at all has nothing to print. */
static bool refuse(const struct wt_inspect *inspect) {
    char path[512];
    wt_text_clean(path, sizeof path, inspect->path, strlen(inspect->path));
    fprintf(stderr, "worktop: %s: %s\n", path, inspect->wrong[0].text);
    return true;
}

static bool screen_size(struct winsize *size) {
    return isatty(1) && ioctl(1, TIOCGWINSZ, size) == 0 && size->ws_col > 0;
}

static size_t screen_cols(void) {
    enum { USUAL = 80 };
    struct winsize size;
    return screen_size(&size) ? size.ws_col : USUAL;
}

/* SIZE_MAX where nothing scrolls away. */
static size_t screen_rows(void) {
    struct winsize size;
    return screen_size(&size) && size.ws_row > 0 ? size.ws_row : SIZE_MAX;
}

static size_t count_lines(const struct wt_buffer *text) {
    size_t lines = 0;
    for (size_t i = 0; i < text->length; i++)
        lines += text->data[i] == '\n';
    return lines;
}

/* What a screen has scrolled away is said once more below. */
static void repeat_summary(struct wt_inspect *inspect, struct wt_report *report) {
    char line[sizeof inspect->summary + 64];
    if (count_lines(&report->out) < screen_rows())
        return;
    wt_buffer_append_char(&report->out, '\n');
    if (inspect->wrong_count > 0)
        snprintf(line, sizeof line, "%s; %zu thing%s wrong, named at the top", inspect->summary,
                 inspect->wrong_count, inspect->wrong_count == 1 ? " is" : "s are");
    else
        snprintf(line, sizeof line, "%s; the file is whole", inspect->summary);
    wt_report_say(report, 0, line);
}

/* The head stands before the body, but is known only after it. */
static bool print_text(struct wt_inspect *inspect) {
    struct wt_report head;
    char line[128];
    if (strcmp(inspect->kind, "unknown") == 0 && inspect->wrong_count > 0)
        return refuse(inspect);
    wt_report_init(&head, false, inspect->report.cols, inspect->now);
    wt_report_say(&head, 0, inspect->path);
    if (inspect->summary[0] != '\0')
        wt_report_say(&head, 2, inspect->summary);
    if (inspect->wrong_count > 0) {
        snprintf(line, sizeof line, "%zu thing%s wrong:", inspect->wrong_count,
                 inspect->wrong_count == 1 ? " is" : "s are");
        wt_report_say(&head, 0, line);
        put_wrong(inspect, &head);
    }
    if (inspect->report.out.length > 0 && inspect->report.out.data[0] != '\n')
        wt_buffer_append_char(&head.out, '\n');
    if (inspect->report.out.length > 0)
        wt_buffer_append(&head.out, inspect->report.out.data, inspect->report.out.length);
    head.out.failed = head.out.failed || inspect->report.out.failed;
    repeat_summary(inspect, &head);
    bool printed = print_all(&head.out);
    wt_report_fini(&head);
    return printed;
}

static bool print_json(struct wt_inspect *inspect) {
    struct wt_report *report = &inspect->report;
    wt_report_fact(report, "path", "", wt_cell_text(inspect->path));
    wt_report_fact(report, "kind", "", wt_cell_text(inspect->kind));
    wt_report_fact(report, "size_bytes", "",
                   inspect->fd < 0 ? wt_cell_none() : wt_cell_bytes(inspect->bytes));
    wt_report_fact(report, "summary", "", wt_cell_text(inspect->summary));
    wt_report_fact(report, "whole", "", wt_cell_bool(inspect->wrong_count == 0));
    wt_report_fact(report, "problem_count", "", wt_cell_count(inspect->wrong_count));
    put_wrong(inspect, report);
    wt_json_close(&report->json, '}');
    wt_buffer_append_char(&report->out, '\n');
    return print_all(&report->out);
}

int wt_cmd_inspect(const struct wt_options *options) {
    struct wt_inspect inspect = {.options = options,
                                 .path = options->operand,
                                 .now = wt_clock_now(),
                                 .fd = -1,
                                 .kind = "unknown",
                                 .store = WT_INSPECT_NO_STORE};
    struct wt_error err;
    wt_report_init(&inspect.report, options->json, screen_cols(), inspect.now);
    inspect.wrong = calloc(WT_INSPECT_WRONG_MAX, sizeof *inspect.wrong);
    bool ready = inspect.wrong != NULL && wt_guard_install(WT_GUARD_ALWAYS, &err) == WT_OK;
    if (ready && open_file(&inspect)) {
        if (has_directory_name(inspect.path) || begins_with_magic(&inspect))
            look_at_directory(&inspect);
        else
            look_at_store(&inspect);
    }
    bool printed = ready && (options->json ? print_json(&inspect) : print_text(&inspect));
    if (!printed)
        fprintf(stderr, "worktop: cannot print what %s holds: %s\n", inspect.path,
                inspect.report.out.failed || !ready ? "out of memory" : strerror(errno));
    wt_directory_view_close(inspect.view);
    wt_report_fini(&inspect.report);
    free(inspect.copy);
    free(inspect.wrong);
    if (inspect.fd >= 0)
        close(inspect.fd);
    return printed && inspect.wrong_count == 0 ? WT_EXIT_OK : WT_EXIT_FAILED;
}
