/* queries.h - what the rows of tables can be asked for, see query.h. Room-internal. */
#ifndef WT_UI_VIEWS_QUERIES_H
#define WT_UI_VIEWS_QUERIES_H

#include "ui/query.h"

/* The context of all of them is the struct wt_app. */
extern const struct wt_query_source wt_services_query, wt_workers_query, wt_events_query;

#endif /* WT_UI_VIEWS_QUERIES_H */
