/* fixture_usage.h - what the kernel would say of the fixtures' processes and listeners. */
#ifndef WT_TESTS_FIXTURE_USAGE_H
#define WT_TESTS_FIXTURE_USAGE_H

#include <stddef.h>

#include "base/arena.h"
#include "model/snapshot.h"

/* Appends the processes of a cohort to the list, and sums them up in the service. */
void wt_fixture_put_processes(struct wt_process *processes, size_t *count,
                              const struct wt_cohort *cohort, struct wt_service *service, int tick);

/* The service "web" listens, at two addresses. */
void wt_fixture_put_listeners(struct wt_arena *arena, struct wt_service *service, int tick);

#endif /* WT_TESTS_FIXTURE_USAGE_H */
