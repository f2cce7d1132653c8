#include "client/worker_object.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "client/groups.h"
#include "client/uplink.h"

/* What the monitor offers: a part of a file. */
struct offer {
    char path[PATH_MAX]; /* absolute */
    uint64_t size_bytes;
    uint64_t offset;
};

/* Checks the three arguments that both setups take. A relative path (a Ruby supervisor sends one)
 * means the directory that we share with the monitor. */
static wt_status read_offer(const struct wt_bus_value *arguments, struct offer *offer,
                            struct wt_error *err) {
    struct wt_bus_text text;
    if (!wt_bus_is_string(&arguments[0]) || !wt_bus_text_of(&arguments[0], &text))
        return wt_fail(err, WT_EINVAL, "path must be a string, not %s",
                       wt_bus_type_name(arguments[0].type));
    if (text.length == 0 || text.length >= PATH_MAX || memchr(text.data, '\0', text.length) != NULL)
        return wt_fail(err, WT_EINVAL, "path of %zu bytes is empty, too long, or holds a NUL",
                       text.length);
    if (!wt_bus_to_uint64(&arguments[1], &offer->size_bytes))
        return wt_fail(err, WT_EINVAL, "size must be a positive integer");
    if (!wt_bus_to_uint64(&arguments[2], &offer->offset))
        return wt_fail(err, WT_EINVAL, "offset must be an integer from 0 up");
    char path[PATH_MAX];
    memcpy(path, text.data, text.length);
    path[text.length] = '\0';
    return wt_path_absolute(path, offer->path, err);
}

static bool is_callers_fault(const struct wt_error *why) {
    return why->status == WT_EINVAL || why->status == WT_ERANGE;
}

/* Refuses a call for the reason in `why`, and keeps it for worktop_get_info. */
static void refuse(struct wt_uplink *uplink, struct wt_bus_peer *peer,
                   const struct wt_bus_invoke *invoke, const struct wt_error *why) {
    wt_bus_peer_error(peer, &invoke->id,
                      is_callers_fault(why) ? WT_BUS_ERROR_ARGUMENT : WT_BUS_ERROR_IO, "%s",
                      why->text);
    uplink->trouble = *why;
}

/* Ruby's names of types; a host that stores its numbers the other way round says so. */
static const char *type_name(enum worktop_type type) {
    switch (type) {
    case WORKTOP_U64:
        return WT_BYTES_HOST_IS_LITTLE ? "u64" : "U64";
    case WORKTOP_S64:
        return WT_BYTES_HOST_IS_LITTLE ? "s64" : "S64";
    case WORKTOP_F64:
        return WT_BYTES_HOST_IS_LITTLE ? "f64" : "F64";
    }
    return "u64";
}

/* The offset of a group's sequence word is its name. A Ruby supervisor does not look at it. */
static void write_hints(const struct wt_cells *cells, uint32_t group,
                        struct wt_bus_writer *writer) {
    wt_bus_write_map(writer, 1);
    wt_bus_write_symbol_z(writer, "group");
    wt_bus_write_uint(writer, wt_groups_find(cells, group)->offset);
}

static void write_schema(const struct wt_cells *cells, struct wt_buffer *out) {
    struct wt_bus_writer writer = wt_bus_writer_over(out);
    wt_bus_write_array(&writer, cells->count);
    for (uint32_t i = 0; i < cells->count; i++) {
        const struct wt_cell *cell = &cells->cells[i];
        wt_bus_write_array(&writer, cell->group != 0 ? 4 : 3);
        wt_bus_write_symbol_z(&writer, cell->key);
        wt_bus_write_symbol_z(&writer, type_name(cell->type));
        wt_bus_write_uint(&writer, cell->offset);
        if (cell->group != 0)
            write_hints(cells, cell->group, &writer);
    }
}

static void return_buffer(struct wt_bus_peer *peer, const struct wt_bus_invoke *invoke,
                          struct wt_buffer *value) {
    wt_bus_peer_return(peer, &invoke->id, value);
    wt_buffer_fini(value);
}

static void setup_utilization_observer(void *context, struct wt_bus_peer *peer,
                                       const struct wt_bus_invoke *invoke) {
    struct wt_uplink *uplink = context;
    struct offer offer;
    struct wt_error err;
    if (read_offer(invoke->arguments, &offer, &err) != WT_OK ||
        wt_cells_attach(uplink->cells, offer.path, offer.size_bytes, offer.offset, &err) != WT_OK) {
        refuse(uplink, peer, invoke, &err);
        if (!is_callers_fault(&err))
            wt_uplink_miss_segment(uplink);
        return;
    }
    uplink->segment_lost = false;
    struct wt_buffer schema = {0};
    write_schema(uplink->cells, &schema);
    return_buffer(peer, invoke, &schema);
}

static void setup_recorder(void *context, struct wt_bus_peer *peer,
                           const struct wt_bus_invoke *invoke) {
    struct wt_uplink *uplink = context;
    struct offer offer;
    struct wt_error err;
    uint64_t now_ns = (uint64_t)wt_clock_now().monotonic_ns;
    if (read_offer(invoke->arguments, &offer, &err) != WT_OK ||
        wt_recorder_attach(uplink->recorder, offer.path, offer.size_bytes, offer.offset, now_ns,
                           &err) != WT_OK) {
        refuse(uplink, peer, invoke, &err);
        return;
    }
    uplink->region_lost = false;
    struct wt_buffer yes = {0};
    struct wt_bus_writer writer = wt_bus_writer_over(&yes);
    wt_bus_write_bool(&writer, true);
    return_buffer(peer, invoke, &yes);
}

static const struct wt_bus_method methods[] = {
    {.name = "setup_utilization_observer",
     .least = 3,
     .most = 3,
     .call = setup_utilization_observer},
    {.name = "setup_recorder", .least = 3, .most = 3, .call = setup_recorder},
};

static const struct wt_bus_object objects[] = {
    {.name = "worker",
     .class_name = "Worktop::Worker",
     .methods = methods,
     .method_count = sizeof methods / sizeof *methods},
};

static const struct wt_bus_handlers handlers = {.objects = objects, .object_count = 1};

const struct wt_bus_handlers *wt_worker_object_handlers(void) {
    return &handlers;
}

wt_status wt_worker_object_register(struct wt_uplink *uplink, wt_bus_answer_fn on_answer,
                                    struct wt_error *err) {
    struct wt_buffer arguments = {0}, options = {0};
    struct wt_bus_writer writer = wt_bus_writer_over(&arguments);
    struct wt_bus_token worker = wt_bus_token_symbol("worker");
    wt_bus_write_proxy(&writer, &worker);

    writer = wt_bus_writer_over(&options);
    wt_bus_write_symbol_z(&writer, "process_id");
    wt_bus_write_uint(&writer, (uint64_t)getpid());
    wt_bus_write_symbol_z(&writer, "state");
    wt_bus_write_map(&writer, uplink->service != NULL ? 3 : 2);
    if (uplink->service != NULL) {
        wt_bus_write_symbol_z(&writer, "name");
        wt_bus_write_string_z(&writer, uplink->service);
    }
    wt_bus_write_symbol_z(&writer, "instance");
    wt_bus_write_string_z(&writer, uplink->instance);
    wt_bus_write_symbol_z(&writer, "threads");
    wt_bus_write_uint(&writer, uplink->recorder->slot_count);

    const struct wt_bus_call call = {.object = wt_bus_token_symbol("supervisor"),
                                     .method = "register",
                                     .arguments = &arguments,
                                     .argument_count = 1,
                                     .options = &options,
                                     .option_count = 2,
                                     .on_answer = on_answer,
                                     .context = uplink};
    wt_status status = wt_bus_peer_call(uplink->peer, &call, NULL, err);
    wt_buffer_fini(&arguments);
    wt_buffer_fini(&options);
    return status;
}
