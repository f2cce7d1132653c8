/* config.h - the configuration file: JSON with the options of options.h under their names,
 * thresholds of verdicts, and rules for services (docs/CONFIG.md).
 *
 *     {"interval": 2, "verdicts": {"warn-ratio": 0.7, "clear-ratio": 0.6},
 *      "services": {"web": {"verdicts": {"stuck-seconds": 120},
 *                           "fields": {"sessions": {"role": "busy", "unit": "sessions"}}}}}
 *
 * One file is read: the one that --config names, else the first that is there of
 * $XDG_CONFIG_HOME/worktop/config.json (~/.config without it) and /etc/worktop/config.json. The
 * command line wins over it, and so does $WORKTOP_SOCKET over "socket".
 *
 * All or nothing: a file with a mistake changes nothing. The error names file, line and key, the
 * value, and what would be right:
 *
 *     /etc/worktop/config.json:3: verdicts.warn-ration: no such key; did you mean warn-ratio?
 *
 * Every key is a row of one of three maps: WT_OPTION_MAP (those with WT_IN_FILE), WT_LIMIT_MAP and
 * WT_FIELD_KEY_MAP below. Parser, errors, `worktop config` and docs/CONFIG.md come from them.
 *
 * Ownership: a wt_config owns its texts; options and rules made from it borrow them.
 * Threads: read-only after it was read.
 */
#ifndef WT_CONFIG_CONFIG_H
#define WT_CONFIG_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/status.h"
#include "config/options.h"
#include "model/rules.h"
#include "json/json.h"

enum {
    WT_CONFIG_MAX_BYTES = 1 << 20,
    WT_CONFIG_MAX_SERVICES = 1024,
    WT_CONFIG_MAX_NAME_BYTES = 255,
    WT_CONFIG_MAX_LISTENS = 16 /* of a service; as many as are shown */
};

/* member of struct wt_health_limits, key, type (ratio: a share; number; ns: seconds), least, most,
 * help. The defaults are those of health.h. */
#define WT_LIMIT_MAP(X)                                                                            \
    X(crit_ratio, "crit-ratio", ratio, 0.01, 1,                                                    \
      "CRIT from this utilization on, while something is queued")                                  \
    X(warn_ratio, "warn-ratio", ratio, 0.01, 1, "WARN from this utilization on")                   \
    X(clear_ratio, "clear-ratio", ratio, 0.01, 1,                                                  \
      "OK again below this; less than warn-ratio. The cure aims at it")                            \
    X(stuck_crit_ratio, "stuck-crit-ratio", ratio, 0.001, 1,                                       \
      "CRIT when this share of the workers is stuck")                                              \
    X(crit_ns, "crit-seconds", ns, 0, 86400, "CRIT after so long at crit-ratio")                   \
    X(warn_ns, "warn-seconds", ns, 0, 86400, "WARN after so long at warn-ratio")                   \
    X(clear_ns, "clear-seconds", ns, 0, 86400, "OK again after so long below clear-ratio")         \
    X(stuck_ns, "stuck-seconds", ns, 1, 86400,                                                     \
      "a busy worker is stuck when no counter of it moved for so long")                            \
    X(stale_ns, "stale-seconds", ns, 1, 86400,                                                     \
      "a worker is stale when it had no heartbeat for so long")                                    \
    X(idle_ns, "idle-seconds", ns, 0, 86400, "IDLE after so long without anything busy or moving") \
    X(flap_starts, "flap-starts", number, 1, 1e6,                                                  \
      "flapping when more workers than this crash, or end again, within a minute ...")             \
    X(flap_ratio, "flap-ratio", ratio, 0.001, 1, "... and more than this share of the workers")    \
    X(queue_least, "queue-least", number, 1, 1e6,                                                  \
      "a queue shorter than this is not called growing")                                           \
    X(queue_ns, "queue-seconds", ns, 5, 86400,                                                     \
      "WARN when the queue grew steadily, by half at least, for so long")                          \
    X(errors_least, "errors-least", number, 0.001, 1e6,                                            \
      "fewer errors per second than this are not called rising")                                   \
    X(errors_factor, "errors-factor", number, 1.1, 1e6,                                            \
      "WARN from so many times the service's usual errors on")                                     \
    X(errors_crit_ratio, "errors-crit-ratio", ratio, 0.001, 1,                                     \
      "rising errors are CRIT from this share of the requests on")                                 \
    X(errors_ns, "errors-seconds", ns, 6, 86400,                                                   \
      "errors are counted over so long; the usual ones over the 20-fold time before")              \
    X(accept_ratio, "accept-ratio", ratio, 0.01, 1,                                                \
      "WARN when a listening socket's accept queue is so full; full is CRIT")                      \
    X(accept_ns, "accept-seconds", ns, 0, 86400, "for so long")                                    \
    X(memory_factor, "memory-factor", number, 1.1, 1e6,                                            \
      "WARN when a worker has so many times the resident memory of the median ...")                \
    X(memory_least_mib, "memory-least", number, 1, 1e6, "... and so many MiB more than it ...")    \
    X(memory_ns, "memory-seconds", ns, 0, 86400, "... for so long")

/* key, the words that are right, help */
#define WT_FIELD_KEY_MAP(X)                                                                        \
    X(kind, "gauge or counter", "whether it goes up and down, or only up")                         \
    X(role, "none, busy, capacity, queue or errors", "what it is for the service")                 \
    X(aggregate, "sum, min, max or mean",                                                          \
      "which figure of all workers stands for the service in serve's lines and status")            \
    X(unit, "a text of at most 31 bytes", "what is counted")

enum wt_limit {
#define WT_LIMIT_ENUM(member, ...) WT_LIMIT_##member,
    WT_LIMIT_MAP(WT_LIMIT_ENUM)
#undef WT_LIMIT_ENUM
        WT_LIMIT_COUNT
};

struct wt_config {
    char *path;                           /* of the file; owned */
    struct wt_json_document *document;    /* owned */
    struct wt_rules rules;                /* its arrays are owned */
    const struct wt_json *keys, *columns; /* objects about the screen, not checked here
                                             (ui/settings.h); NULL without. Of the document */
};

/*
 * wt_config_parse reads and checks the text of a file; `path` stands in errors. An empty text is an
 * empty object.
 *   WT_EFORMAT, WT_ELIMIT  as the error says: then *out is NULL     WT_ENOMEM
 */
wt_status wt_config_parse(struct wt_config **out, const char *path, const char *text, size_t length,
                          struct wt_error *err);

/* The same from a file. WT_ENOENT, WT_EACCESS, WT_ESYS; WT_EINVAL when it is no regular file.
 * `found` files (not named by anybody) must belong to us or to root, and not be writable by all. */
wt_status wt_config_load(struct wt_config **out, const char *path, bool found,
                         struct wt_error *err);
void wt_config_free(struct wt_config *config); /* NULL is fine */

/* Where a file is looked for, when none is named. */
struct wt_config_places {
    const char *xdg_config_home; /* $XDG_CONFIG_HOME; NULL, "" and relative ones count as not set */
    const char *home;            /* $HOME, likewise */
    const char *system;          /* /etc/worktop/config.json */
};

/* The first that is there, or "". */
void wt_config_find(const struct wt_config_places *places, char out[static PATH_MAX]);

/* Values of the file for the options that options->subject takes and the command line did not give.
 */
void wt_config_apply(const struct wt_config *config, struct wt_options *options);

/*
 * The command line, the file that it names or that is found, and the checks: what main does first,
 * and what is done again to read the file anew. *config (NULL: no file) is the caller's and must
 * live as long as *options. With --help and --version no file is read.
 * Errors are those of wt_options_parse and wt_config_load; nothing is left behind then.
 */
wt_status wt_config_start(struct wt_options *options, struct wt_config **config, int argc,
                          char *const *argv, struct wt_error *err);

/* "PATH:LINE: key" of an option that the file sets. */
void wt_config_label(const struct wt_config *config, const char *key, char *out, size_t size);

/* The names, separated by ", ", of options in which `wanted` differs from `running` and which only
 * a new start takes over; "" when there are none. */
void wt_config_pending(const struct wt_options *running, const struct wt_options *wanted, char *out,
                       size_t size);

/* ---- what is in effect (report.c) ------------------------------------------------------------ */

/* The values for options->subject and where each is from: a table of 80 columns, or JSON. Texts
 * are clean. */
void wt_config_report(const struct wt_options *options, struct wt_buffer *out);
void wt_config_report_json(const struct wt_options *options, struct wt_buffer *out);

/* The tables of docs/CONFIG.md. */
void wt_config_document(struct wt_buffer *out);

#endif /* WT_CONFIG_CONFIG_H */
