#include "demo/routes.h"

#include <stdio.h>

enum { ROUTES = 6 };

struct shape {
    const char *name;
    unsigned numbers; /* followed by one below this; 0: none */
};

static const struct shape shapes[DEMO_KIND_COUNT][ROUTES] = {
    [DEMO_WEB] = {{"GET /", 0},
                  {"GET /search", 0},
                  {"GET /products/", 900},
                  {"POST /cart", 0},
                  {"GET /checkout", 0},
                  {"POST /checkout", 0}},
    [DEMO_API] = {{"GET /v1/orders", 0},
                  {"GET /v1/orders/", 90000},
                  {"POST /v1/orders", 0},
                  {"POST /v1/payments", 0},
                  {"GET /v1/stock/", 900},
                  {"PUT /v1/customers/", 5000}},
    [DEMO_JOBS] = {{"report ", 9000},
                   {"invoice ", 9000},
                   {"thumbnail ", 900},
                   {"mail digest", 0},
                   {"import ", 90},
                   {"search index", 0}},
    [DEMO_CABLE] = {{"broadcast", 0},
                    {"broadcast", 0},
                    {"broadcast", 0},
                    {"presence", 0},
                    {"presence", 0},
                    {"typing", 0}},
};

struct demo_route demo_route_draw(enum demo_kind kind, struct sim_rng *rng) {
    struct demo_route route;
    unsigned which = (unsigned)(sim_uniform(rng) * ROUTES);
    const struct shape *shape = &shapes[kind][which < ROUTES ? which : ROUTES - 1];
    if (shape->numbers > 0)
        snprintf(route.label, sizeof route.label, "%s%u", shape->name,
                 1 + (unsigned)(sim_uniform(rng) * shape->numbers));
    else
        snprintf(route.label, sizeof route.label, "%s", shape->name);
    snprintf(route.request_id, sizeof route.request_id, "%08x%08x",
             (unsigned)(sim_uniform(rng) * UINT32_MAX), (unsigned)(sim_uniform(rng) * UINT32_MAX));
    return route;
}
