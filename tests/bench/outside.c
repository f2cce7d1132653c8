#include "bench/outside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/bench.h"
#include "net/socket.h"

void bench_die(const char *text) {
    fprintf(stderr, "worktop-bench: %s: %s\n", text, strerror(errno));
    exit(1);
}

void bench_find_program(const char *name, char out[static BENCH_PATH_SIZE]) {
    bool is_worker = strcmp(name, "worktop-demo-worker") == 0;
    const char *named = getenv(is_worker ? "WORKTOP_DEMO_WORKER" : "WORKTOP");
    if (named != NULL) {
        snprintf(out, BENCH_PATH_SIZE, "%s", named);
        return;
    }
    char self[BENCH_PATH_SIZE - 64];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0)
        bench_die("/proc/self/exe");
    self[length] = '\0';
    *strrchr(self, '/') = '\0';
    snprintf(out, BENCH_PATH_SIZE, "%s/../%s", self, name);
}

/* ---- A monitor ---------------------------------------------------------------------------- */

void bench_host_place(struct bench_host *host) {
    const char *top = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    host->pid = 0;
    snprintf(host->directory, sizeof host->directory, "%s/worktop-bench-XXXXXX", top);
    if (mkdtemp(host->directory) == NULL)
        bench_die(host->directory);
    snprintf(host->path, sizeof host->path, "%s/s.ipc", host->directory);
}

void bench_host_wait(const struct bench_host *host) {
    for (int i = 0; i < 5000; i++) {
        int fd;
        if (wt_socket_connect(host->path, &fd, NULL) == WT_OK) {
            close(fd);
            return;
        }
        usleep(1000);
    }
    bench_die("the server does not listen");
}

void bench_host_start(struct bench_host *host) {
    char program[BENCH_PATH_SIZE];
    bench_host_place(host);
    bench_find_program("worktop", program);
    host->pid = fork();
    if (host->pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        execl(program, program, "serve", "--socket", host->path, "--interval", "1", (char *)NULL);
        _exit(127);
    }
    bench_host_wait(host);
}

void bench_host_stop(struct bench_host *host) {
    if (host->pid > 0) {
        kill(host->pid, SIGTERM);
        waitpid(host->pid, NULL, 0);
    }
    unlink(host->path);
    rmdir(host->directory);
}

/* ---- Workers ------------------------------------------------------------------------------ */

/* One process with all workers of a service. */
static _Noreturn void become_workers(const char *socket_path, int service, int workers, int input) {
    static const char *const kinds[] = {"web", "api", "jobs", "cable"};
    enum { OPTIONS = 9 };
    const char *kind = kinds[service % 4];
    char program[BENCH_PATH_SIZE], epoch[32], mean[32];
    const char **argv = calloc((size_t)workers + OPTIONS + 1, sizeof *argv);
    bench_find_program("worktop-demo-worker", program);
    snprintf(epoch, sizeof epoch, "%lld", (long long)bench_now_ns());
    snprintf(mean, sizeof mean, "0.5");
    const char *const options[OPTIONS] = {program,  "--socket", socket_path, "--epoch", epoch,
                                          "--mean", mean,       "--seed",    "1"};
    if (argv == NULL)
        _exit(127);
    memcpy(argv, options, sizeof options);
    for (int i = 0; i < workers; i++) {
        enum { NAME_SIZE = 64 };
        char *name = malloc(NAME_SIZE);
        if (name == NULL)
            _exit(127);
        snprintf(name, NAME_SIZE, "%s:%s-%d:%d", kind, kind, service / 4 + 1, i);
        argv[OPTIONS + i] = name;
    }
    dup2(input, STDIN_FILENO);
    execv(program, (char *const *)(uintptr_t)argv);
    _exit(127);
}

void bench_crowd_start(struct bench_crowd *crowd, const char *socket_path, int services,
                       int workers) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        bench_die("a pipe");
    crowd->input = ends[1];
    crowd->count = services;
    for (int i = 0; i < services; i++) {
        crowd->pids[i] = fork();
        if (crowd->pids[i] == 0)
            become_workers(socket_path, i, workers / services, ends[0]);
    }
    close(ends[0]);
}

void bench_crowd_stop(struct bench_crowd *crowd) {
    close(crowd->input);
    for (int i = 0; i < crowd->count; i++)
        waitpid(crowd->pids[i], NULL, 0);
}

/* ---- What it costs ------------------------------------------------------------------------ */

double bench_cpu_s(pid_t pid) {
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
        return 0;
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

/* The number after `key` in a file of /proc; 0 without. */
static long read_number(const char *path, const char *key) {
    char line[256];
    long number = 0;
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, key, strlen(key)) == 0) {
            number = strtol(line + strlen(key), NULL, 10);
            break;
        }
    if (file != NULL)
        fclose(file);
    return number;
}

uint64_t bench_sleeps(pid_t pid) {
    char path[128];
    uint64_t count = 0;
    snprintf(path, sizeof path, "/proc/%ld/task", (long)pid);
    DIR *threads = opendir(path);
    struct dirent *entry;
    while (threads != NULL && (entry = readdir(threads)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/%ld/task/%.32s/status", (long)pid, entry->d_name);
        count += (uint64_t)read_number(path, "voluntary_ctxt_switches:");
    }
    if (threads != NULL)
        closedir(threads);
    return count;
}

double bench_memory_kb(pid_t pid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/smaps_rollup", (long)pid);
    return (double)(read_number(path, "Pss:") - read_number(path, "Pss_Shmem:"));
}

size_t bench_children(pid_t parent, pid_t *out, size_t size) {
    DIR *processes = opendir("/proc");
    struct dirent *entry;
    size_t count = 0;
    while (processes != NULL && count < size && (entry = readdir(processes)) != NULL) {
        long pid = strtol(entry->d_name, NULL, 10);
        char path[64];
        snprintf(path, sizeof path, "/proc/%ld/status", pid);
        if (pid > 0 && read_number(path, "PPid:") == parent)
            out[count++] = (pid_t)pid;
    }
    if (processes != NULL)
        closedir(processes);
    return count;
}
