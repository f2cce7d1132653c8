#include "base/format.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

static size_t put(char *out, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static size_t put(char *out, size_t size, const char *format, ...) {
    if (size == 0)
        return 0;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(out, size, format, arguments);
    va_end(arguments);
    if (length < 0) {
        out[0] = '\0';
        return 0;
    }
    return (size_t)length < size ? (size_t)length : size - 1;
}

/* value with `decimals` digits behind a '.' whatever the locale says. value < 1e15. */
static size_t put_decimal(char *out, size_t size, const char *sign, double value, int decimals,
                          const char *suffix) {
    static const long long powers[] = {1, 10, 100, 1000};
    long long scaled = llround(value * (double)powers[decimals]);
    if (decimals == 0)
        return put(out, size, "%s%lld%s", sign, scaled, suffix);
    return put(out, size, "%s%lld.%0*lld%s", sign, scaled / powers[decimals], decimals,
               scaled % powers[decimals], suffix);
}

/* Digits behind the point that make three significant ones. */
static int decimals_of(double value) {
    return value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
}

size_t wt_format_si(char *out, size_t size, double value) {
    static const char units[] = "kMGTPEZY";
    if (isnan(value))
        return put(out, size, "-");
    const char *sign = value < 0 ? "-" : "";
    value = fabs(value);
    if (isinf(value))
        return put(out, size, "%sinf", sign);
    if (value < 999.5) {
        if (value == floor(value))
            return put_decimal(out, size, sign, value, 0, "");
        if (value < 0.0995 && value >= 0.0005)
            return put_decimal(out, size, sign, value, 3, "");
        return put_decimal(out, size, sign, value, decimals_of(value), "");
    }
    size_t unit = 0;
    value /= 1000;
    while (value >= 999.5 && unit + 1 < sizeof units - 1) {
        value /= 1000;
        unit++;
    }
    if (value >= 999.5) { /* beyond all units: a power of ten, by hand because of the locale */
        int exponent = (int)floor(log10(value));
        return put(out, size, "%s%.0fe%d", sign, value / pow(10, exponent),
                   exponent + 3 * (int)(sizeof units - 1));
    }
    const char suffix[] = {units[unit], '\0'};
    return put_decimal(out, size, sign, value, decimals_of(value), suffix);
}

size_t wt_format_bytes(char *out, size_t size, int64_t bytes) {
    static const char units[] = "KMGTPE";
    if (bytes < 0)
        return put(out, size, "-");
    if (bytes < 1024)
        return put(out, size, "%dB", (int)bytes);
    size_t unit = 0;
    int64_t scale = 1024;
    while (unit + 1 < sizeof units - 1 && bytes / scale >= 1024) {
        scale *= 1024;
        unit++;
    }
    if (bytes % scale != 0 && (double)bytes / (double)scale >= 1023.5 &&
        unit + 1 < sizeof units - 1) {
        scale *= 1024;
        unit++;
    }
    const char suffix[] = {units[unit], '\0'};
    double value = (double)bytes / (double)scale;
    return put_decimal(out, size, "", value, bytes % scale != 0 && value < 99.95 ? 1 : 0, suffix);
}

size_t wt_format_duration(char *out, size_t size, int64_t ns) {
    if (ns < 0)
        return put(out, size, "-");
    if (ns == 0)
        return put(out, size, "0s");
    if (ns < WT_NS_PER_MS)
        return put(out, size, "%dus", (int)(ns / 1000));
    if (ns < WT_NS_PER_S)
        return put(out, size, "%dms", (int)(ns / WT_NS_PER_MS));
    long long s = ns / WT_NS_PER_S;
    if (s < 10)
        return put(out, size, "%lld.%llds", s, (long long)(ns / (WT_NS_PER_S / 10) % 10));
    if (s < 60)
        return put(out, size, "%llds", s);
    if (s < 3600)
        return put(out, size, "%lldm%02llds", s / 60, s % 60);
    if (s < 86400)
        return put(out, size, "%lldh%02lldm", s / 3600, s / 60 % 60);
    return put(out, size, "%lldd%02lldh", s / 86400, s / 3600 % 24);
}

size_t wt_format_seconds(char *out, size_t size, double seconds) {
    const double most = 1e9; /* 30 years, in ns far below what 64 bits hold */
    if (isnan(seconds) || seconds < 0)
        return put(out, size, "-");
    seconds = seconds < most ? seconds : most;
    double unit = seconds < 0.9995e-3 ? 1e-6 : seconds < 0.9995 ? 1e-3 : seconds < 9.95 ? 0.1 : 1;
    return wt_format_duration(out, size,
                              llround(seconds / unit) * llround(unit * (double)WT_NS_PER_S));
}

size_t wt_format_percent(char *out, size_t size, double ratio) {
    if (!isfinite(ratio) || ratio < 0 || ratio > 1e12)
        return put(out, size, "?");
    return put_decimal(out, size, "", ratio * 100, 0, "%");
}

/* Whole seconds towards the past, and the nanoseconds after them. */
static time_t split(int64_t realtime_ns, long *ns) {
    int64_t s = realtime_ns / WT_NS_PER_S, rest = realtime_ns % WT_NS_PER_S;
    if (rest < 0) {
        s--;
        rest += WT_NS_PER_S;
    }
    *ns = (long)rest;
    return (time_t)s;
}

size_t wt_format_clock(char *out, size_t size, int64_t realtime_ns) {
    long ns;
    time_t s = split(realtime_ns, &ns);
    struct tm parts;
    if (localtime_r(&s, &parts) == NULL)
        return put(out, size, "-");
    return put(out, size, "%02d:%02d:%02d", parts.tm_hour, parts.tm_min, parts.tm_sec);
}

size_t wt_format_since(char *out, size_t size, int64_t realtime_ns, int64_t now_realtime_ns) {
    const int64_t day_s = 24 * 60 * 60;
    long ns;
    time_t s = split(realtime_ns, &ns);
    struct tm parts;
    if (split(now_realtime_ns, &ns) - s < day_s)
        return wt_format_clock(out, size, realtime_ns);
    if (localtime_r(&s, &parts) == NULL)
        return put(out, size, "-");
    return put(out, size, "%02d-%02d", parts.tm_mon + 1, parts.tm_mday);
}

size_t wt_format_rfc3339(char *out, size_t size, int64_t realtime_ns) {
    long ns;
    time_t s = split(realtime_ns, &ns);
    struct tm parts;
    if (gmtime_r(&s, &parts) == NULL)
        return put(out, size, "-");
    return put(out, size, "%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ", parts.tm_year + 1900,
               parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, ns);
}
