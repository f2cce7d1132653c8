#include "model/endpoint.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

static bool parse_port(const char *text, uint16_t *port) {
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 5 || text[digits] != '\0')
        return false;
    unsigned long value = strtoul(text, NULL, 10);
    *port = (uint16_t)value;
    return value >= 1 && value <= 65535;
}

static bool parse_path(const char *path, struct wt_endpoint *out) {
    size_t length = strlen(path);
    out->family = WT_LISTENER_UNIX;
    if (length == 0 || length > sizeof out->path || (path[0] == '@' && length == 1))
        return false;
    memcpy(out->path, path, length);
    out->path_length = (uint8_t)length;
    if (path[0] == '@')
        out->path[0] = '\0';
    return true;
}

/* The host before the colon: nothing, *, IPv4, or IPv6 in brackets. */
static bool parse_host(const char *text, size_t length, struct wt_endpoint *out) {
    char host[INET6_ADDRSTRLEN];
    bool brackets = length >= 2 && text[0] == '[' && text[length - 1] == ']';
    out->any_host = length == 0 || (length == 1 && text[0] == '*');
    if (out->any_host)
        return true;
    text += brackets;
    length -= brackets ? 2 : 0;
    if (length >= sizeof host)
        return false;
    memcpy(host, text, length);
    host[length] = '\0';
    out->family = brackets ? WT_LISTENER_TCP6 : WT_LISTENER_TCP4;
    return inet_pton(brackets ? AF_INET6 : AF_INET, host, out->host) == 1;
}

bool wt_endpoint_parse(const char *text, struct wt_endpoint *out) {
    *out = (struct wt_endpoint){.any_host = false};
    if (strncmp(text, "unix:", 5) == 0)
        return parse_path(text + 5, out);
    const char *colon = strrchr(text, ':');
    if (colon == NULL) {
        out->any_host = true;
        return parse_port(text, &out->port);
    }
    return parse_port(colon + 1, &out->port) && parse_host(text, (size_t)(colon - text), out);
}

bool wt_endpoint_is_same(const struct wt_endpoint *a, const struct wt_endpoint *b) {
    return a->family == b->family && a->any_host == b->any_host && a->port == b->port &&
           a->path_length == b->path_length && memcmp(a->host, b->host, sizeof a->host) == 0 &&
           memcmp(a->path, b->path, a->path_length) == 0;
}

bool wt_endpoint_matches(const struct wt_endpoint *wanted, const struct wt_endpoint *place) {
    if (wanted->any_host)
        return place->family != WT_LISTENER_UNIX && place->port == wanted->port;
    return wt_endpoint_is_same(wanted, place);
}

void wt_endpoint_text(const struct wt_endpoint *endpoint, char out[static WT_ENDPOINT_TEXT_SIZE]) {
    char host[INET6_ADDRSTRLEN] = "", path[WT_ENDPOINT_PATH_BYTES];
    switch (endpoint->family) {
    case WT_LISTENER_TCP4:
        inet_ntop(AF_INET, endpoint->host, host, sizeof host);
        snprintf(out, WT_ENDPOINT_TEXT_SIZE, "%s:%u", endpoint->any_host ? "" : host,
                 endpoint->port);
        return;
    case WT_LISTENER_TCP6:
        inet_ntop(AF_INET6, endpoint->host, host, sizeof host);
        snprintf(out, WT_ENDPOINT_TEXT_SIZE, "[%s]:%u", host, endpoint->port);
        return;
    case WT_LISTENER_UNIX:
        break;
    }
    memcpy(path, endpoint->path, endpoint->path_length);
    if (endpoint->path_length > 0 && path[0] == '\0')
        path[0] = '@';
    memcpy(out, "unix:", 5);
    wt_text_clean(out + 5, WT_ENDPOINT_TEXT_SIZE - 5, path, endpoint->path_length);
}
