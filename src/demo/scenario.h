/* scenario.h - what happens in the demo, and when.
 *
 * One timeline for everybody: the workers read the load from it, the spawner (cli/cmd_demo.c) the
 * kills, the rolling restart and the newcomers. Times are seconds since the demo began; the whole
 * story is told within the first 90 s and repeats every DEMO_CYCLE_S (the rest is calm, so that
 * the verdicts clear again). Only the seed and the time
 * decide, so that two runs with one seed tell the same story.
 *
 *      0    5   10   15   20   25   30   35   40   45   50   55   60   65   70   75   80   85   90
 *      |----|----|----|----|----|----|----|----|----|----|----|----|----|----|----|----|----|----|
 * web  ~~~~~~~~~~~~~~~~~~~~ a wave of load, 40 s long ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
 * web    [========= one worker gets too much: the queue grows =]
 * api            [=========== more work than it can do: saturated, queue grows ====]
 * jobs      [================ one worker stuck: busy, no progress =======================]
 * jobs      [x x x x x] flapping: one of the others is killed every 4 s
 * web                      x killed with SIGKILL, replaced after a second
 * web                                              [+ newcomers: the store grows +++++++++++++++]
 * cable                                                                 [== rolling restart ===]
 * web                                                                 [===== errors rise =======]
 *
 * The verdicts follow with the delays of model/health.h: the growing queue, stuck and saturated
 * after 30 s, flapping with the fourth exit, errors after some 15 s. The rolling restart comes, and
 * newcomers leave again (at 115 s), when these workers are more than a minute old: before that it
 * would look like flapping.
 */
#ifndef WT_DEMO_SCENARIO_H
#define WT_DEMO_SCENARIO_H

#include <stdbool.h>

#define DEMO_CYCLE_S 240.0
#define DEMO_STUCK_BEGIN_S 5.0
#define DEMO_STUCK_END_S 75.0
#define DEMO_SATURATED_BEGIN_S 12.0
#define DEMO_SATURATED_END_S 62.0
#define DEMO_KILL_S 20.0
#define DEMO_KILL_PAUSE_S 1.0
#define DEMO_ROLLING_BEGIN_S 64.0
#define DEMO_ROLLING_END_S 76.0
#define DEMO_HOT_BEGIN_S 2.0
#define DEMO_HOT_END_S 42.0
#define DEMO_FLAPPING_BEGIN_S 6.0
#define DEMO_FLAPPING_END_S 26.0
#define DEMO_FLAPPING_EACH_S 4.0
#define DEMO_ERRORS_BEGIN_S 62.0
#define DEMO_ERRORS_END_S 90.0
#define DEMO_GROWTH_BEGIN_S 44.0
#define DEMO_GROWTH_END_S 115.0

enum demo_kind { DEMO_WEB, DEMO_API, DEMO_JOBS, DEMO_CABLE, DEMO_KIND_COUNT };

/* "web", "api", "jobs", "cable". */
const char *demo_kind_name(enum demo_kind kind);

/* Seconds since the current cycle began. */
double demo_cycle_time(double seconds);

/* Offered load of a service, as a share of its capacity (above 1: more than it can do). */
double demo_load(enum demo_kind kind, double seconds);

/* The same of the worker with this index within its service: the first worker of web gets too much
 * for a while. */
double demo_worker_load(enum demo_kind kind, unsigned index, double seconds);

/* How many times as often as usual its requests fail. */
double demo_failures(enum demo_kind kind, double seconds);

/* Which of the service's processes is killed at the moment that lies in (before_s, now_s] of the
 * flapping, as a number to be taken modulo how many there are besides the first, which is stuck; -1
 * for none. */
int demo_flapping_victim(enum demo_kind kind, double before_s, double now_s);

/* Whether the worker with this index within its service is stuck now: the first worker of jobs. */
bool demo_is_stuck(enum demo_kind kind, unsigned index, double seconds);

/* Workers of a service at work besides its regular ones. web doubles: with the 24 workers that are
 * the default, that leaves the store less than an eighth free, and it grows. */
unsigned demo_newcomers(enum demo_kind kind, unsigned regular, double seconds);

#endif /* WT_DEMO_SCENARIO_H */
