#include "net/signals.h"

#include <signal.h>
#include <stdlib.h>

static const int watched[] = {SIGINT, SIGTERM, SIGHUP};
enum { WATCHED_COUNT = sizeof watched / sizeof watched[0] };

struct wt_signals {
    uv_loop_t *loop;
    struct wt_signals_options options;
    uv_signal_t handles[WATCHED_COUNT];
    size_t made_count; /* of handles */
    size_t open_count;
};

static void on_signal(uv_signal_t *handle, int number) {
    struct wt_signals *signals = handle->data;
    const struct wt_signals_options *options = &signals->options;
    if (number == SIGHUP && options->on_reload != NULL)
        options->on_reload(options->context);
    else
        options->on_stop(options->context, number);
}

void wt_ignore_sigpipe(void) {
    signal(SIGPIPE, SIG_IGN);
}

wt_status wt_signals_create(struct wt_signals **out, uv_loop_t *loop,
                            const struct wt_signals_options *options, struct wt_error *err) {
    *out = NULL;
    struct wt_signals *signals = calloc(1, sizeof *signals);
    if (signals == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory for signals");
    signals->loop = loop;
    signals->options = *options;
    wt_ignore_sigpipe();
    int code = 0;
    for (size_t i = 0; code == 0 && i < WATCHED_COUNT; i++) {
        uv_signal_t *handle = &signals->handles[i];
        code = uv_signal_init(loop, handle);
        if (code != 0)
            break;
        handle->data = signals;
        signals->made_count++;
        signals->open_count++;
        code = uv_signal_start(handle, on_signal, watched[i]);
    }
    if (code != 0) {
        wt_signals_destroy(signals);
        return wt_fail(err, WT_ESYS, "cannot watch signals: %s", uv_strerror(code));
    }
    *out = signals;
    return WT_OK;
}

static void on_closed(uv_handle_t *handle) {
    struct wt_signals *signals = handle->data;
    signals->open_count--;
}

void wt_signals_destroy(struct wt_signals *signals) {
    if (signals == NULL)
        return;
    for (size_t i = 0; i < signals->made_count; i++)
        uv_close((uv_handle_t *)&signals->handles[i], on_closed);
    while (signals->open_count > 0)
        uv_run(signals->loop, UV_RUN_ONCE);
    free(signals);
}
