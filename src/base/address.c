#include "base/address.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sha1.h"

/* Appends the components of `path` to the absolute path in out. False when it does not fit. */
static bool append_components(char *out, size_t *length, const char *path) {
    while (*path != '\0') {
        size_t component = strcspn(path, "/");
        if (component == 2 && path[0] == '.' && path[1] == '.') {
            while (*length > 0 && out[--*length] != '/')
                ;
        } else if (component > 0 && !(component == 1 && path[0] == '.')) {
            if (*length + 1 + component >= PATH_MAX)
                return false;
            out[(*length)++] = '/';
            memcpy(out + *length, path, component);
            *length += component;
        }
        path += component;
        path += strspn(path, "/");
    }
    return true;
}

wt_status wt_path_absolute(const char *path, char *out, struct wt_error *err) {
    char directory[PATH_MAX];
    size_t length = 0;
    bool fits = true;
    if (path[0] != '/') {
        if (getcwd(directory, sizeof directory) == NULL)
            return wt_fail_errno(err, errno, "cannot find the working directory for '%s'", path);
        fits = append_components(out, &length, directory);
    }
    if (!fits || !append_components(out, &length, path))
        return wt_fail(err, WT_ERANGE, "path is longer than %d bytes: '%s'", PATH_MAX - 1, path);
    if (length == 0)
        out[length++] = '/';
    out[length] = '\0';
    return WT_OK;
}

static const char *temporary_directory(void) {
    const char *directory = getenv("TMPDIR");
    return directory != NULL && directory[0] != '\0' ? directory : "/tmp";
}

static wt_status set_path(struct wt_address *out, const char *path, size_t length) {
    memcpy(out->path, path, length);
    out->path[length] = '\0';
    out->un.sun_family = AF_UNIX;
    memcpy(out->un.sun_path, path, length);
    /* With room for it the NUL is counted; with all 108 bytes in use there is none. */
    size_t counted = length < WT_ADDRESS_MAX_BYTES ? length + 1 : length;
    out->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + counted);
    return WT_OK;
}

wt_status wt_address_resolve(const char *path, bool follow, struct wt_address *out,
                             struct wt_error *err) {
    *out = (struct wt_address){0};
    size_t length = strlen(path);
    if (length == 0)
        return wt_fail(err, WT_EINVAL, "the socket's path is empty");
    if (length <= WT_ADDRESS_MAX_BYTES)
        return set_path(out, path, length);

    out->is_short_name = true;
    char text[PATH_MAX];
    if (follow) {
        ssize_t target = readlink(path, text, sizeof text);
        if (target > 0 && target <= WT_ADDRESS_MAX_BYTES && text[0] == '/')
            return set_path(out, text, (size_t)target);
    }
    wt_status status = wt_path_absolute(path, text, err);
    if (status != WT_OK)
        return status;
    char hex[WT_SHA1_HEX_SIZE];
    wt_sha1_hex(text, strlen(text), hex);
    const char *directory = temporary_directory();
    size_t slash = strlen(directory) > 0 && directory[strlen(directory) - 1] == '/' ? 0 : 1;
    int written = snprintf(text, sizeof text, "%s%s%s.ipc", directory, slash ? "/" : "", hex);
    if (written < 0 || written > WT_ADDRESS_MAX_BYTES)
        return wt_fail(err, WT_ERANGE,
                       "TMPDIR '%s' is too long for the short name of socket '%s': at most %d "
                       "bytes fit",
                       directory, path, WT_ADDRESS_MAX_BYTES - WT_SHA1_HEX_SIZE - 4);
    return set_path(out, text, (size_t)written);
}
