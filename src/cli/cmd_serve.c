/* worktop serve - a monitor without a screen. One JSON line per interval, nothing else, goes to
 * standard output.
 *
 * Lines are written by libuv's thread pool, one write at a time; a few may wait. A reader that
 * stalls costs lines, which are dropped and counted in the log, and never delays a worker. The
 * descriptor stays as it is: O_NONBLOCK would be set for everybody who shares it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/host.h"
#include "config/config.h"
#include "export/export.h"
#include "net/signals.h"

/* How long the last line may take once the end was asked for. */
enum { GRACE_MS = 500 };

/* Lines that a reader may be behind. */
enum { MOST_WAITING = 8 };

struct serve {
    uv_loop_t loop;
    const struct wt_options *started; /* what it was started with */
    struct wt_config *config;         /* owned; NULL: the one it was started with */
    struct wt_host *host;
    char *log_path; /* owned; NULL: standard error */
    int64_t interval_ns;
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

/* ---- SIGHUP ---------------------------------------------------------------------------------- */

/* Without --log, only warnings are told, on standard error. */
static enum wt_log_level level_of(const struct wt_options *options) {
    bool chosen = options->log_path != NULL || wt_options_given(options, WT_OPTION_log_level);
    return chosen ? options->log_level : WT_LOG_WARN;
}

/* The same file again after a rotation, or another one. The old one stays when that cannot be. */
static wt_status open_log_again(struct serve *serve, const struct wt_options *wanted,
                                struct wt_error *err) {
    const char *path = wanted->log_path == NULL ? "" : wanted->log_path;
    const char *before = serve->log_path == NULL ? "" : serve->log_path;
    if (strcmp(path, before) == 0) {
        wt_log_set_level(level_of(wanted));
        return wt_log_reopen(err);
    }
    char *copy = wanted->log_path == NULL ? NULL : strdup(wanted->log_path);
    if (wanted->log_path != NULL && copy == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory for the name of the log");
    wt_status status = wt_log_open(wanted->log_path, level_of(wanted), err);
    if (status != WT_OK) {
        free(copy);
        return status;
    }
    free(serve->log_path);
    serve->log_path = copy;
    return WT_OK;
}

/* What the file says now, as far as that can change while workers are watched. */
static void take_over(struct serve *serve, const struct wt_options *wanted,
                      struct wt_config *config) {
    struct wt_monitor *monitor = wt_host_monitor(serve->host);
    char pending[160], text[320];
    if (wanted->interval_ns != serve->interval_ns)
        wt_host_set_interval(serve->host, wanted->interval_ns);
    serve->interval_ns = wanted->interval_ns;
    wt_host_set_look_rate(serve->host, (uint32_t)wanted->look_rate);
    serve->full = wanted->full;
    wt_monitor_set_rules(monitor, config == NULL ? NULL : &config->rules);
    wt_config_free(serve->config);
    serve->config = config;
    wt_config_pending(serve->started, wanted, pending, sizeof pending);
    snprintf(text, sizeof text, "needs a new start to take over: %s", pending);
    wt_monitor_config_told(monitor, WT_SEVERITY_INFO, pending[0] != '\0' ? text : "",
                           config == NULL ? "there is no configuration file: defaults"
                                          : "the configuration was read again",
                           wt_clock_now());
    if (pending[0] != '\0')
        wt_monitor_config_told(monitor, WT_SEVERITY_WARN, text, text, wt_clock_now());
}

static void on_reload(void *context) {
    struct serve *serve = context;
    struct wt_options wanted;
    struct wt_config *config;
    struct wt_error err;
    char text[sizeof err.text + 64];
    if (serve->host == NULL) /* it ends */
        return;
    if (wt_config_start(&wanted, &config, serve->started->argc, serve->started->argv, &err) ==
        WT_OK) {
        if (open_log_again(serve, &wanted, &err) != WT_OK)
            wt_log(WT_LOG_ERROR, "serve", "%s", err.text);
        take_over(serve, &wanted, config);
        return;
    }
    snprintf(text, sizeof text, "the configuration stays as it was: %s", err.text);
    if (wt_log_reopen(&err) != WT_OK)
        wt_log(WT_LOG_ERROR, "serve", "%s", err.text);
    wt_monitor_config_told(wt_host_monitor(serve->host), WT_SEVERITY_WARN, text, text,
                           wt_clock_now());
}

static wt_status run(struct serve *serve, const struct wt_options *options, struct wt_error *err) {
    struct wt_host_options host_options;
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
    status = wt_host_create(&serve->host, &serve->loop, &host_options, err);
    if (status == WT_OK) {
        uv_run(&serve->loop, UV_RUN_DEFAULT);
        struct wt_host *host = serve->host;
        serve->host = NULL;
        wt_host_destroy(host);
        finish_line(serve);
    }
    wt_signals_destroy(signals);
    if (status == WT_OK && serve->write_error < 0 && serve->write_error != UV_EPIPE)
        return wt_fail(err, WT_ESYS, "cannot write to standard output: %s",
                       uv_strerror(serve->write_error));
    return status;
}

int wt_cmd_serve(const struct wt_options *options) {
    struct serve serve = {
        .full = options->full, .started = options, .interval_ns = options->interval_ns};
    struct wt_error err;
    if (wt_log_open(NULL, level_of(options), &err) != WT_OK ||
        open_log_again(&serve, options, &err) != WT_OK)
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
    wt_config_free(serve.config);
    free(serve.log_path);
    wt_buffer_fini(&serve.line);
    wt_buffer_fini(&serve.waiting);
    return exit_code;
}
