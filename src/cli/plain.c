#include "cli/plain.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "export/export.h"

void wt_plain_init(struct wt_plain *plain, uv_loop_t *loop, uint64_t frames,
                   void (*on_done)(void *context), void *context) {
    *plain =
        (struct wt_plain){.loop = loop, .frames = frames, .on_done = on_done, .context = context};
}

wt_status wt_plain_columns(struct wt_plain *plain, const struct wt_options *options, bool is_used,
                           struct wt_error *err) {
    const char *const names[] = {"columns", "worker-columns"};
    const char *const lists[] = {options->columns, options->worker_columns};
    struct wt_text_columns *const chosen[] = {&plain->services, &plain->workers};
    struct wt_error cause;
    for (int i = 0; i < 2; i++) {
        if (lists[i] == NULL) {
            continue;
        }
        if (!is_used) {
            return wt_fail(err, WT_EINVAL, "--%s %s: goes with --once or --frames N", names[i],
                           lists[i]);
        }
        wt_status status = wt_text_columns_parse(
            lists[i], i == 0 ? WT_TEXT_SERVICES : WT_TEXT_WORKERS, chosen[i], &cause);
        if (status != WT_OK) {
            return wt_fail(err, status, "--%s %s", names[i], cause.text);
        }
    }
    return WT_OK;
}

static size_t columns(void) {
    struct winsize size = {0};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return size.ws_col;
    }
    const char *text = getenv("COLUMNS");
    long cols = text != NULL ? strtol(text, NULL, 10) : 0;
    return cols > 0 && cols < 10000 ? (size_t)cols : WT_EXPORT_COLS_MIN;
}

static void end(struct wt_plain *plain, int error) {
    wt_buffer_fini(&plain->text);
    plain->error = error == UV_EPIPE ? 0 : error; /* A reader that has seen enough is no error. */
    plain->done = true;
    plain->on_done(plain->context);
}

static void on_written(uv_fs_t *request);

static void write_rest(struct wt_plain *plain) {
    uv_buf_t rest = uv_buf_init(plain->text.data, (unsigned)plain->text.length);
    plain->write.data = plain;
    int code = uv_fs_write(plain->loop, &plain->write, STDOUT_FILENO, &rest, 1, -1, on_written);
    if (code < 0) {
        end(plain, code);
    }
}

static void on_written(uv_fs_t *request) {
    struct wt_plain *plain = request->data;
    ssize_t written = request->result;
    uv_fs_req_cleanup(request);
    if (written < 0 && written != UV_EAGAIN && written != UV_EINTR) {
        end(plain, (int)written);
        return;
    }
    wt_buffer_consume(&plain->text, written > 0 ? (size_t)written : 0);
    if (written == UV_EAGAIN) {
        /* Somebody made the descriptor non-blocking: half a table is all there is room for. */
        wt_log(WT_LOG_WARN, "screen", "standard output takes no more: a table was cut");
        wt_buffer_clear(&plain->text);
    }
    if (plain->text.length > 0) {
        write_rest(plain);
        return;
    }
    wt_buffer_fini(&plain->text);
    if (plain->frames > 0 && plain->frame_count >= plain->frames) {
        end(plain, 0);
    }
}

void wt_plain_print(struct wt_plain *plain, const struct wt_snapshot *snapshot) {
    if (plain->done || plain->text.length > 0) {
        return;
    }
    if (plain->frame_count > 0) {
        wt_buffer_append_char(&plain->text, '\n');
    }
    wt_export_text_columns(snapshot, wt_clock_now(), columns(),
                           plain->services.count > 0 ? &plain->services : NULL,
                           plain->workers.count > 0 ? &plain->workers : NULL, &plain->text);
    if (plain->text.failed || plain->text.length == 0) {
        wt_log(WT_LOG_ERROR, "screen", "no memory for a table");
        wt_buffer_fini(&plain->text);
        return;
    }
    plain->frame_count++;
    write_rest(plain);
}

bool wt_plain_fini(struct wt_plain *plain) {
    if (plain->text.length > 0) {
        return false;
    }
    wt_buffer_fini(&plain->text);
    return true;
}
