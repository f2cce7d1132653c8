/* place.c - names and directories (place.h). The lock and what is left behind: place_lock.c. */
#include "shm/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/address.h"

static const char *const file_names[WT_PLACE_FILE_COUNT] = {
    [WT_PLACE_LOCK] = "lock",
    [WT_PLACE_SOCKET] = "supervisor.ipc",
    [WT_PLACE_STORE] = "utilization.shm",
    [WT_PLACE_STORE_DIRECTORY] = "utilization.shm.dir",
    [WT_PLACE_RECORDERS] = "recorders.shm",
    [WT_PLACE_RECORDERS_WIDE] = "recorders-wide.shm",
};

/* ---- the default place ------------------------------------------------------------------- */

enum { CANDIDATES = 2, CANDIDATE_SIZE = 1024 };

struct candidate {
    char parent[CANDIDATE_SIZE];
    char directory[CANDIDATE_SIZE + 64];
    char socket[CANDIDATE_SIZE + 128];
};

static void set_candidate(struct candidate *candidate, const char *parent, const char *name) {
    snprintf(candidate->parent, sizeof candidate->parent, "%s", parent);
    snprintf(candidate->directory, sizeof candidate->directory, "%s/%s", candidate->parent, name);
    snprintf(candidate->socket, sizeof candidate->socket, "%s/%s", candidate->directory,
             file_names[WT_PLACE_SOCKET]);
}

/* The directories of the default place, best first. Returns how many. */
static int list_candidates(struct candidate out[CANDIDATES]) {
    int count = 0;
    char own[40];
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if (geteuid() == 0)
        set_candidate(&out[count++], "/run", "worktop");
    else if (runtime != NULL && runtime[0] == '/' && strlen(runtime) < CANDIDATE_SIZE)
        set_candidate(&out[count++], runtime, "worktop");
    snprintf(own, sizeof own, "worktop-%lu", (unsigned long)geteuid());
    set_candidate(&out[count++], "/dev/shm", own);
    return count;
}

/* Whether a directory that exists may be believed. */
static wt_status check_directory(const char *path, const struct stat *st, struct wt_error *err) {
    if (S_ISLNK(st->st_mode))
        return wt_fail(err, WT_EACCESS,
                       "%s is a symbolic link: somebody may have put it there, remove it", path);
    if (!S_ISDIR(st->st_mode))
        return wt_fail(err, WT_EACCESS, "%s is no directory: remove it", path);
    if (st->st_uid != geteuid())
        return wt_fail(err, WT_EACCESS,
                       "%s belongs to user %lu, not to user %lu who runs this: remove it, or name "
                       "another place with --socket",
                       path, (unsigned long)st->st_uid, (unsigned long)geteuid());
    return WT_OK;
}

static wt_status find_in_candidates(char *out, struct wt_error *err) {
    struct candidate candidates[CANDIDATES];
    int count = list_candidates(candidates);
    const struct candidate *possible = NULL;
    for (int i = 0; i < count; i++) {
        const struct candidate *candidate = &candidates[i];
        struct stat st;
        bool exists = lstat(candidate->directory, &st) == 0;
        if (exists) {
            wt_status status = check_directory(candidate->directory, &st, err);
            if (status != WT_OK)
                return status;
        }
        if (exists && access(candidate->socket, F_OK) == 0) {
            possible = candidate;
            break;
        }
        if (possible == NULL && (exists || access(candidate->parent, W_OK) == 0))
            possible = candidate;
    }
    snprintf(out, PATH_MAX, "%s", (possible != NULL ? possible : &candidates[0])->socket);
    return WT_OK;
}

/* The explicit path, else $WORKTOP_SOCKET, else NULL. */
static const char *named_socket(const char *explicit_path) {
    const char *variable = getenv("WORKTOP_SOCKET");
    if (explicit_path != NULL)
        return explicit_path;
    return variable != NULL && variable[0] != '\0' ? variable : NULL;
}

wt_status wt_place_find_socket(const char *explicit_path, char *out, struct wt_error *err) {
    const char *named = named_socket(explicit_path);
    if (named == NULL)
        return find_in_candidates(out, err);
    if (named[0] == '\0')
        return wt_fail(err, WT_EINVAL, "the socket's path is empty");
    return wt_path_absolute(named, out, err);
}

wt_status wt_place_find_beside(const char *socket, enum wt_place_file file, char *out,
                               struct wt_error *err) {
    const char *name = strrchr(socket, '/') + 1;
    bool is_plain = strcmp(name, file_names[WT_PLACE_SOCKET]) == 0;
    int length = snprintf(out, PATH_MAX, "%.*s%s%s%s", (int)(name - socket), socket,
                          is_plain ? "" : name, is_plain ? "" : ".", file_names[file]);
    if (length < 0 || length >= PATH_MAX)
        return wt_fail(err, WT_ERANGE, "the name of a file beside %s is longer than %d bytes",
                       socket, PATH_MAX - 1);
    return WT_OK;
}

/* ---- names ------------------------------------------------------------------------------- */

static mode_t directory_mode(mode_t file_mode) {
    mode_t mode = file_mode & 0777;
    for (int shift = 0; shift <= 6; shift += 3) {
        if ((mode >> shift & 06) != 0)
            mode |= (mode_t)1 << shift;
    }
    return mode;
}

static char *join(const char *directory, const char *prefix, const char *name) {
    char *out;
    const char *slash = strcmp(directory, "/") == 0 ? "" : "/";
    return asprintf(&out, "%s%s%s%s", directory, slash, prefix, name) < 0 ? NULL : out;
}

/* Fills directory and files from the socket's absolute path. */
static wt_status name_files(struct wt_place *place, const char *socket, const char *store,
                            struct wt_error *err) {
    const char *slash = strrchr(socket, '/');
    const char *name = slash + 1;
    place->directory = slash == socket ? strdup("/") : strndup(socket, (size_t)(slash - socket));
    char prefix[PATH_MAX + 2] = "";
    if (strcmp(name, file_names[WT_PLACE_SOCKET]) != 0)
        snprintf(prefix, sizeof prefix, "%s.", name);
    bool complete = place->directory != NULL;
    for (int i = 0; complete && i < WT_PLACE_FILE_COUNT; i++) {
        if (i == WT_PLACE_SOCKET)
            place->files[i] = strdup(socket);
        else if (i == WT_PLACE_STORE && store != NULL)
            place->files[i] = strdup(store);
        else if (i == WT_PLACE_STORE_DIRECTORY && store != NULL)
            place->files[i] = join("", store + 1, ".dir");
        else
            place->files[i] = join(place->directory, prefix, file_names[i]);
        complete = place->files[i] != NULL;
    }
    if (!complete)
        return wt_fail(err, WT_ENOMEM, "cannot name the files of %s: out of memory", socket);
    return WT_OK;
}

/* A place with everything but names. */
static struct wt_place blank(const struct wt_place_options *options) {
    mode_t mode = options->file_mode == 0 ? 0600 : options->file_mode & 0777;
    return (struct wt_place){
        .file_mode = mode,
        .directory_mode = directory_mode(mode),
        .gid = options->gid,
        .lock_fd = -1,
        .store_lock_fd = -1,
    };
}

/* Completes a place whose socket is known. */
static wt_status complete(struct wt_place *place, const char *socket,
                          const struct wt_place_options *options, struct wt_error *err) {
    char store[PATH_MAX];
    bool has_store = options->store_path != NULL;
    if (has_store && options->store_path[0] == '\0')
        return wt_fail(err, WT_EINVAL, "the store's path is empty");
    if (has_store) {
        wt_status status = wt_path_absolute(options->store_path, store, err);
        if (status != WT_OK)
            return status;
    }
    place->has_explicit_store = has_store;
    return name_files(place, socket, has_store ? store : NULL, err);
}

/* ---- making ------------------------------------------------------------------------------ */

/* Sets mode and group of a directory of ours, through a descriptor, so that it cannot be swapped
 * for another in between. */
static wt_status prepare_directory(const struct wt_place *place, const char *path,
                                   struct wt_error *err) {
    struct stat st;
    if (lstat(path, &st) != 0)
        return wt_fail_errno(err, errno, "cannot look at %s", path);
    wt_status status = check_directory(path, &st, err);
    if (status != WT_OK)
        return status;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return wt_fail_errno(err, errno, "cannot open the directory %s", path);
    if (fstat(fd, &st) != 0)
        status = wt_fail_errno(err, errno, "cannot look at %s", path);
    else
        status = check_directory(path, &st, err);
    if (status == WT_OK && place->gid != (gid_t)-1 && fchown(fd, (uid_t)-1, place->gid) != 0)
        status = wt_fail_errno(err, errno, "cannot give %s to group %lu", path,
                               (unsigned long)place->gid);
    if (status == WT_OK && fchmod(fd, place->directory_mode) != 0)
        status = wt_fail_errno(err, errno, "cannot set the mode of %s", path);
    close(fd);
    return status;
}

/* The first candidate that is there or can be made. */
static wt_status make_default(struct wt_place *place, char *socket, struct wt_error *err) {
    struct candidate candidates[CANDIDATES];
    int count = list_candidates(candidates);
    int number = ENOENT;
    for (int i = 0; i < count; i++) {
        if (mkdir(candidates[i].directory, 0700) != 0 && errno != EEXIST) {
            number = errno;
            continue;
        }
        snprintf(socket, PATH_MAX, "%s", candidates[i].socket);
        return prepare_directory(place, candidates[i].directory, err);
    }
    return wt_fail_errno(err, number, "cannot make %s: name a place with --socket",
                         candidates[count - 1].directory);
}

static wt_status make_temporary(struct wt_place *place, char *socket, struct wt_error *err) {
    static const char *const parents[] = {"/dev/shm", "/tmp"};
    int number = ENOENT;
    for (size_t i = 0; i < sizeof parents / sizeof parents[0]; i++) {
        char directory[64];
        wt_place_sweep(parents[i]);
        snprintf(directory, sizeof directory, "%s/worktop-%ld-XXXXXX", parents[i], (long)getpid());
        if (mkdtemp(directory) == NULL) {
            number = errno;
            continue;
        }
        snprintf(socket, PATH_MAX, "%s/%s", directory, file_names[WT_PLACE_SOCKET]);
        wt_status status = prepare_directory(place, directory, err);
        if (status != WT_OK)
            rmdir(directory);
        return status;
    }
    return wt_fail_errno(err, number, "cannot make a private directory in /dev/shm or /tmp");
}

/* An explicit directory is the user's: it has to be there, and is left as it is. */
static wt_status check_explicit(const char *socket, struct wt_error *err) {
    char directory[PATH_MAX];
    snprintf(directory, sizeof directory, "%s", socket);
    char *slash = strrchr(directory, '/');
    slash[slash == directory ? 1 : 0] = '\0';
    struct stat st;
    if (stat(directory, &st) != 0)
        return wt_fail_errno(err, errno, "cannot use the directory %s of the socket", directory);
    if (!S_ISDIR(st.st_mode))
        return wt_fail(err, WT_EINVAL, "%s is no directory: the socket cannot lie in it",
                       directory);
    return WT_OK;
}

wt_status wt_place_open(struct wt_place *out, const struct wt_place_options *options,
                        struct wt_error *err) {
    char socket[PATH_MAX];
    struct wt_place place = blank(options);
    wt_status status;
    place.is_temporary = options->temporary;
    place.is_default = !options->temporary && named_socket(options->socket_path) == NULL;
    if (place.is_temporary) {
        status = make_temporary(&place, socket, err);
    } else if (place.is_default) {
        status = make_default(&place, socket, err);
    } else {
        status = wt_place_find_socket(options->socket_path, socket, err);
        if (status == WT_OK)
            status = check_explicit(socket, err);
    }
    if (status == WT_OK)
        status = complete(&place, socket, options, err);
    if (status != WT_OK) {
        wt_place_close(&place);
        return status;
    }
    *out = place;
    return WT_OK;
}

bool wt_place_disk_warning(const char *path, char *out, size_t size) {
    struct statfs fs;
    if (statfs(path, &fs) != 0) {
        char directory[PATH_MAX];
        snprintf(directory, sizeof directory, "%s", path);
        char *slash = strrchr(directory, '/');
        if (slash == NULL)
            return false;
        slash[slash == directory ? 1 : 0] = '\0';
        if (statfs(directory, &fs) != 0)
            return false;
    }
    switch ((unsigned long)fs.f_type) {
    case TMPFS_MAGIC:
    case RAMFS_MAGIC:
    case HUGETLBFS_MAGIC:
        return false;
    default:
        snprintf(out, size,
                 "%s lies on a disk file system, whose writeback may stall workers for "
                 "milliseconds: a tmpfs such as /dev/shm is better",
                 path);
        return true;
    }
}
