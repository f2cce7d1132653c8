/* routes.h - what the demo's requests and jobs are called. */
#ifndef WT_DEMO_ROUTES_H
#define WT_DEMO_ROUTES_H

#include "demo/scenario.h"
#include "demo/sim.h"

enum { DEMO_ROUTE_SIZE = 48, DEMO_REQUEST_ID_SIZE = 17 };

struct demo_route {
    char label[DEMO_ROUTE_SIZE];           /* "GET /checkout", "report 4711" */
    char request_id[DEMO_REQUEST_ID_SIZE]; /* 16 hexadecimal digits */
};

/* The next one of a service of this kind. The same seeds give the same ones. */
struct demo_route demo_route_draw(enum demo_kind kind, struct sim_rng *rng);

#endif /* WT_DEMO_ROUTES_H */
