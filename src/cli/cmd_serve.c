/* worktop serve - a monitor without a screen. One JSON line per interval, nothing else, goes to
 * standard output.
 *
 * Lines are written by libuv's thread pool, one write at a time; a few may wait. A reader that
 * stalls costs lines, which are dropped and counted in the log, and never delays a worker. The
 * descriptor stays as it is: O_NONBLOCK would be set for everybody who shares it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/host.h"
#include "export/export.h"
#include "net/signals.h"

/* How long the last line may take once the end was asked for. */
enum { GRACE_MS = 500 };

/* Lines that a reader may be behind. */
enum { MOST_WAITING = 8 };

struct serve {
    uv_loop_t loop;
    bool full;
    struct wt_buffer line;    /* being written; empty when none is */
    struct wt_buffer waiting; /* whole lines that came meanwhile */
    unsigned waiting_count;
    uv_fs_t write;
    uint64_t dropped_count;
    int write_error; /* libuv's code of the write that ended it all, 0 without */
};

static void on_written(uv_fs_t *request);

/* Told at 1, 2, 4, 8 ... lines. */
static void note_dropped(struct serve *serve) {
    uint64_t count = ++serve->dropped_count;
    if ((count & (count - 1)) == 0)
        wt_log(WT_LOG_WARN, "serve", "standard output is not read: %llu lines dropped",
               (unsigned long long)count);
}

static void write_line(struct serve *serve) {
    uv_buf_t rest = uv_buf_init(serve->line.data, (unsigned)serve->line.length);
    serve->write.data = serve;
    serve->write_error =
        uv_fs_write(&serve->loop, &serve->write, STDOUT_FILENO, &rest, 1, -1, on_written);
    if (serve->write_error < 0)
        uv_stop(&serve->loop);
}

/* What waited is written next, in one piece. */
static void take_waiting(struct serve *serve) {
    wt_buffer_fini(&serve->line);
    serve->line = serve->waiting;
    wt_buffer_init(&serve->waiting);
    serve->waiting_count = 0;
}

static void on_written(uv_fs_t *request) {
    struct serve *serve = request->data;
    ssize_t written = request->result;
    uv_fs_req_cleanup(request);
    if (written < 0 && written != UV_EAGAIN && written != UV_EINTR) {
        serve->write_error = (int)written;
        wt_buffer_fini(&serve->line);
        uv_stop(&serve->loop);
        return;
    }
    if (written < 0) {
        /* Somebody made the descriptor non-blocking: this line is lost, the next may not be. */
        note_dropped(serve);
        wt_buffer_clear(&serve->line);
    } else {
        wt_buffer_consume(&serve->line, (size_t)written);
    }
    if (serve->line.length == 0)
        take_waiting(serve);
    if (serve->line.length > 0)
        write_line(serve);
}

static void on_look(void *context, const struct wt_snapshot *snapshot, bool emit) {
    struct serve *serve = context;
    if (!emit)
        return;
    if (serve->waiting_count == MOST_WAITING) {
        note_dropped(serve);
        return;
    }
    bool is_writing = serve->line.length > 0;
    struct wt_buffer *out = is_writing ? &serve->waiting : &serve->line;
    if (serve->full)
        wt_export_json(snapshot, wt_clock_now(), out);
    else
        wt_export_data_json(snapshot, out);
    wt_buffer_append_char(out, '\n');
    if (out->failed) {
        wt_buffer_fini(out);
        serve->waiting_count = 0;
    } else if (is_writing) {
        serve->waiting_count++;
    } else {
        write_line(serve);
    }
}

static void on_grace_over(uv_timer_t *timer) {
    (void)timer;
}

static void on_grace_closed(uv_handle_t *timer) {
    bool *is_open = timer->data;
    *is_open = false;
}

/* At the end: the line that is being written gets a moment to be written whole. */
static void finish_line(struct serve *serve) {
    uv_timer_t grace;
    bool is_open = true;
    uv_update_time(&serve->loop);
    uv_timer_init(&serve->loop, &grace);
    uv_timer_start(&grace, on_grace_over, GRACE_MS, 0);
    grace.data = &is_open;
    while (serve->line.length > 0 && uv_is_active((uv_handle_t *)&grace))
        uv_run(&serve->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&grace, on_grace_closed);
    while (is_open)
        uv_run(&serve->loop, UV_RUN_ONCE);
}

static void on_stop(void *context, int number) {
    struct serve *serve = context;
    wt_log(WT_LOG_INFO, "serve", "ends: %s", strsignal(number));
    uv_stop(&serve->loop);
}

static void on_reload(void *context) {
    (void)context;
    struct wt_error err;
    if (wt_log_reopen(&err) != WT_OK)
        wt_log(WT_LOG_ERROR, "serve", "%s", err.text);
}

static wt_status run(struct serve *serve, const struct wt_options *options, struct wt_error *err) {
    struct wt_host_options host_options;
    struct wt_host *host;
    struct wt_signals *signals;
    const struct wt_signals_options signal_options = {
        .on_stop = on_stop, .on_reload = on_reload, .context = serve};
    wt_status status = wt_host_options_of(options, &host_options, err);
    if (status != WT_OK)
        return status;
    host_options.on_look = on_look;
    host_options.context = serve;
    status = wt_signals_create(&signals, &serve->loop, &signal_options, err);
    if (status != WT_OK)
        return status;
    status = wt_host_create(&host, &serve->loop, &host_options, err);
    if (status == WT_OK) {
        uv_run(&serve->loop, UV_RUN_DEFAULT);
        wt_host_destroy(host);
        finish_line(serve);
    }
    wt_signals_destroy(signals);
    if (status == WT_OK && serve->write_error < 0 && serve->write_error != UV_EPIPE)
        return wt_fail(err, WT_ESYS, "cannot write to standard output: %s",
                       uv_strerror(serve->write_error));
    return status;
}

/* Without --log, only warnings are told, on standard error. */
static wt_status open_log(const struct wt_options *options, struct wt_error *err) {
    bool chosen = options->log_path != NULL || wt_options_given(options, WT_OPTION_log_level);
    return wt_log_open(options->log_path, chosen ? options->log_level : WT_LOG_WARN, err);
}

int wt_cmd_serve(const struct wt_options *options) {
    struct serve serve = {.full = options->full};
    struct wt_error err;
    if (open_log(options, &err) != WT_OK)
        return wt_cli_fail(&err);
    int code = uv_loop_init(&serve.loop);
    if (code < 0) {
        wt_fail(&err, WT_ESYS, "cannot make a loop: %s", uv_strerror(code));
        return wt_cli_fail(&err);
    }
    wt_status status = run(&serve, options, &err);
    int exit_code = status == WT_OK ? WT_EXIT_OK : wt_cli_fail(&err);
    wt_log_close();
    /* A write that never returns would be waited for at exit(3), by libuv's thread pool. */
    if (serve.line.length > 0 && serve.write_error == 0)
        _exit(exit_code);
    uv_loop_close(&serve.loop);
    wt_buffer_fini(&serve.line);
    wt_buffer_fini(&serve.waiting);
    return exit_code;
}
