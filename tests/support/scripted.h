/* scripted.h - a monitor that does what a test tells it: for tests of libworktop.
 *
 * It listens on a unix socket, speaks through src/bus in the accepting role, answers register, and
 * calls what the test wants called. It runs in the test's own thread: test_monitor_until turns the
 * crank until a condition holds, and fails the test when that takes too long.
 */
#ifndef WT_TESTS_SUPPORT_SCRIPTED_H
#define WT_TESTS_SUPPORT_SCRIPTED_H

#include <stdbool.h>
#include <stdint.h>

#include <worktop/worktop.h>

#include "base/buffer.h"
#include "bus/peer.h"

enum { TEST_MONITOR_PATH_BYTES = 512 };

enum test_monitor_manner {
    TEST_MONITOR_ANSWERS, /* register gives 1, 2, 3 ... */
    TEST_MONITOR_REFUSES, /* register gives an Error */
    TEST_MONITOR_SILENT,  /* register gets no answer */
    TEST_MONITOR_CLOSES   /* the connection ends as soon as register is there */
};

struct test_monitor {
    char *directory;
    char socket_path[TEST_MONITOR_PATH_BYTES];
    char store_path[TEST_MONITOR_PATH_BYTES];
    int store_fd;
    int listen_fd;
    int fd;                   /* of the connection, -1 without */
    struct wt_bus_peer *peer; /* NULL without a connection */
    enum test_monitor_manner manner;
    bool close_wanted;
    struct worktop *dispatched; /* a worktop without a thread: dispatched while we wait */

    /* What was seen. */
    uint32_t connections;
    uint32_t registrations;
    struct wt_buffer received; /* every byte of the current connection */
    uint64_t process_id;
    bool has_service;
    char service[256];
    char instance[64];
    uint64_t threads;
    char proxy[64]; /* the name inside register's first argument, encoded */

    /* The last call of ours. */
    bool has_answer;
    enum wt_bus_outcome outcome;
    struct wt_buffer value; /* as it was encoded */
    char error_class[64];
    char message[512];
};

/* A fresh directory with a store of `store_bytes` zeros; nobody listens yet. */
void test_monitor_open(struct test_monitor *monitor, size_t store_bytes);
void test_monitor_close(struct test_monitor *monitor);

/* Comes to life at socket_path, and dies: the connection and the socket are gone. */
void test_monitor_listen(struct test_monitor *monitor);
void test_monitor_die(struct test_monitor *monitor);

/* Ends the connection only. */
void test_monitor_hang_up(struct test_monitor *monitor);

/* Serves until the condition holds; fails the test after ten seconds. */
typedef bool (*test_monitor_condition)(const struct test_monitor *monitor, void *context);
void test_monitor_until(struct test_monitor *monitor, test_monitor_condition condition,
                        void *context);
void test_monitor_until_registered(struct test_monitor *monitor, uint32_t registrations);

/* Until worktop_get_info says so. */
void test_monitor_until_state(struct test_monitor *monitor, struct worktop *worktop,
                              enum worktop_state state);

/* Serves for this long, whatever happens. */
void test_monitor_serve(struct test_monitor *monitor, int64_t ns);

/* Calls a method of :worker with (path, size, offset), or with no arguments when path is NULL, and
 * waits for the answer. */
void test_monitor_offer(struct test_monitor *monitor, const char *method, const char *path,
                        uint64_t size, int64_t offset);

/* Segments of 512 bytes, by number: setup_utilization_observer that must succeed. */
void test_monitor_give_segment(struct test_monitor *monitor, uint32_t number);

/* The 8-byte word at an offset of the store's file. */
uint64_t test_monitor_word(const struct test_monitor *monitor, uint64_t offset);

struct worktop_info test_info(struct worktop *worktop);

#endif /* WT_TESTS_SUPPORT_SCRIPTED_H */
