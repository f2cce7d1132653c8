#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"
#include "config/table.h"

/* Which file is read, and how. */

static const char system_path[] = "/etc/worktop/config.json";

/* A file that is there, or that cannot be told from one: opening it will say what is wrong. */
static bool is_there(const char *path) {
    struct stat found;
    return lstat(path, &found) == 0;
}

void wt_config_find(const struct wt_config_places *places, char out[static PATH_MAX]) {
    int length = -1;
    if (places->xdg_config_home != NULL && places->xdg_config_home[0] == '/')
        length = snprintf(out, PATH_MAX, "%s/worktop/config.json", places->xdg_config_home);
    else if (places->home != NULL && places->home[0] == '/')
        length = snprintf(out, PATH_MAX, "%s/.config/worktop/config.json", places->home);
    if (length > 0 && length < PATH_MAX && is_there(out))
        return;
    length = snprintf(out, PATH_MAX, "%s", places->system == NULL ? "" : places->system);
    if (length < 0 || length >= PATH_MAX || !is_there(out))
        out[0] = '\0';
}

static bool is_null_device(const struct stat *found) {
    struct stat null;
    return S_ISCHR(found->st_mode) && stat("/dev/null", &null) == 0 &&
           null.st_rdev == found->st_rdev;
}

/* A named pipe would be waited for, a file of somebody else's would let him say where we write. */
static wt_status check_file(int fd, const char *path, bool found, struct wt_error *err) {
    struct stat file;
    if (fstat(fd, &file) != 0)
        return wt_fail_errno(err, errno, "cannot read the configuration %s", path);
    if (!S_ISREG(file.st_mode) && !is_null_device(&file))
        return wt_fail(err, WT_EINVAL, "%s: is no regular file", path);
    if (file.st_size > WT_CONFIG_MAX_BYTES)
        return wt_fail(err, WT_ELIMIT, "%s: is larger than %d bytes", path,
                       (int)WT_CONFIG_MAX_BYTES);
    if (found && file.st_uid != geteuid() && file.st_uid != 0)
        return wt_fail(err, WT_EACCESS,
                       "%s: belongs to user %lu, neither to you nor to root: name it with --config "
                       "if it is meant",
                       path, (unsigned long)file.st_uid);
    if (found && (file.st_mode & S_IWOTH) != 0)
        return wt_fail(err, WT_EACCESS,
                       "%s: everybody may write it: chmod o-w, or name it with "
                       "--config if it is meant",
                       path);
    return WT_OK;
}

static wt_status read_all(int fd, const char *path, struct wt_buffer *out, struct wt_error *err) {
    char piece[16384];
    for (;;) {
        ssize_t length = read(fd, piece, sizeof piece);
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return wt_fail_errno(err, errno, "cannot read the configuration %s", path);
        if (length == 0)
            return WT_OK;
        wt_buffer_append(out, piece, (size_t)length);
        if (out->failed)
            return wt_fail(err, WT_ENOMEM, "%s: no memory for the configuration", path);
        if (out->length > WT_CONFIG_MAX_BYTES)
            return wt_fail(err, WT_ELIMIT, "%s: is larger than %d bytes", path,
                           (int)WT_CONFIG_MAX_BYTES);
    }
}

wt_status wt_config_load(struct wt_config **out, const char *path, bool found,
                         struct wt_error *err) {
    struct wt_buffer text = {0};
    *out = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return wt_fail_errno(err, errno, "cannot read the configuration %s", path);
    wt_status status = check_file(fd, path, found, err);
    if (status == WT_OK)
        status = read_all(fd, path, &text, err);
    close(fd);
    if (status == WT_OK)
        status = wt_config_parse(out, path, wt_buffer_text(&text), text.length, err);
    wt_buffer_fini(&text);
    return status;
}

static wt_status load_for(const struct wt_options *options, struct wt_config **config,
                          struct wt_error *err) {
    char path[PATH_MAX];
    const struct wt_config_places places = {.xdg_config_home = getenv("XDG_CONFIG_HOME"),
                                            .home = getenv("HOME"),
                                            .system = system_path};
    if ((wt_option_rows[WT_OPTION_config_path].commands >> options->command & 1) == 0)
        return WT_OK;
    if (options->config_path != NULL)
        return wt_config_load(config, options->config_path, false, err);
    wt_config_find(&places, path);
    return path[0] != '\0' ? wt_config_load(config, path, true, err) : WT_OK;
}

wt_status wt_config_start(struct wt_options *options, struct wt_config **config, int argc,
                          char *const *argv, struct wt_error *err) {
    *config = NULL;
    wt_status status = wt_options_read(options, argc, argv, err);
    if (status != WT_OK || options->help || options->version)
        return status;
    struct wt_error cause;
    status = load_for(options, config, &cause);
    if (status != WT_OK)
        return wt_fail(err, status, "worktop: %s", cause.text);
    wt_config_apply(*config, options);
    status = wt_options_check(options, err);
    if (status != WT_OK) {
        wt_config_free(*config);
        *config = NULL;
    }
    return status;
}
