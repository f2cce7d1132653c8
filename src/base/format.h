/* format.h - numbers for people: three significant digits, SI for rates and
 * counts, IEC for bytes, durations as 6m12s; absent is "-", never 0.
 *
 * Each function writes at most `size` bytes with a NUL and returns the length without it. out of
 * WT_FORMAT_SIZE bytes is always enough.
 */
#ifndef WT_BASE_FORMAT_H
#define WT_BASE_FORMAT_H

#include <stddef.h>
#include <stdint.h>

enum { WT_FORMAT_SIZE = 32 };

/* 0, 7, 42, 999, 1.24k, 87.5k, 1.00M; fractions below 100 as 0.25, 3.14, 12.5, below 0.1 as 0.004;
 * "0.00" is less than that, but not 0; NAN as "-". */
size_t wt_format_si(char *out, size_t size, double value);

/* 512B, 64K, 1.5M, 3.1G, 12.5G, 644M (units of 1024, no fraction when exact); negative as "-". */
size_t wt_format_bytes(char *out, size_t size, int64_t bytes);

/* 0s, 42us (below 1 ms), 850ms (below 1 s), 1.9s (below 10 s), 94s -> 1m34s, 6m12s, 6h02m, 12d04h;
 * negative as "-". */
size_t wt_format_duration(char *out, size_t size, int64_t ns);

/* The same of seconds, rounded to the finest unit that is shown; NAN as "-". */
size_t wt_format_seconds(char *out, size_t size, double seconds);

/* 0.873 as "87%", 0.0004 as "0%", 1.0 as "100%"; NAN as "?". */
size_t wt_format_percent(char *out, size_t size, double ratio);

/* Local wall-clock time "13:49:31" of nanoseconds since 1970. */
size_t wt_format_clock(char *out, size_t size, int64_t realtime_ns);

/* The same of a moment before now_realtime_ns; of one a day or more ago its day, "11-28". */
size_t wt_format_since(char *out, size_t size, int64_t realtime_ns, int64_t now_realtime_ns);

/* RFC 3339 in UTC with nanoseconds: 2026-11-20T13:49:31.123456789Z. size >= 36. */
size_t wt_format_rfc3339(char *out, size_t size, int64_t realtime_ns);

#endif /* WT_BASE_FORMAT_H */
