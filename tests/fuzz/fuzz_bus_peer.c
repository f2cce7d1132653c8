/* fuzz_bus_peer.c - a conversation of any bytes with a peer that has calls open.
 *
 * The first byte chooses the size of the pieces and the role, then come the bytes of the other
 * side. The same bytes in one piece must have the same effect: the same output, the same answers,
 * the same end.
 */
#include "bus/peer.h"
#include "fuzz/fuzz.h"

struct world {
    int calls, answers, gone;
    struct wt_bus_token kept;
    bool has_kept;
    struct wt_buffer answers_seen; /* what on_answer was told */
    struct wt_buffer written;      /* all output */
};

static void on_answer(void *context, struct wt_bus_peer *peer, const struct wt_bus_answer *answer) {
    struct world *world = context;
    struct wt_error err;
    (void)peer;
    (void)wt_bus_answer_status(answer, "call", &err);
    world->gone += answer->outcome == WT_BUS_GONE;
    world->answers++;
    struct wt_bus_writer w = wt_bus_writer_over(&world->answers_seen);
    wt_bus_write_uint(&w, answer->outcome);
    wt_bus_write_value(&w, answer->value);
}

static void call(struct wt_bus_peer *peer, struct world *world, uint32_t answer_bytes) {
    const struct wt_bus_call call = {.object = wt_bus_token_symbol("worker"),
                                     .method = "setup",
                                     .answer_bytes = answer_bytes,
                                     .on_answer = on_answer,
                                     .context = world};
    require(wt_bus_peer_call(peer, &call, NULL, NULL) == WT_OK);
    world->calls++;
}

static void answer_now(void *context, struct wt_bus_peer *peer,
                       const struct wt_bus_invoke *invoke) {
    (void)context;
    struct wt_buffer value = {0};
    struct wt_bus_writer w = wt_bus_writer_over(&value);
    wt_bus_write_array(&w, invoke->argument_count + 1);
    wt_bus_write_value(&w, invoke->options);
    for (uint32_t i = 0; i < invoke->argument_count; i++)
        wt_bus_write_value(&w, &invoke->arguments[i]);
    wt_bus_peer_return(peer, &invoke->id, &value);
    wt_buffer_fini(&value);
}

static void answer_later(void *context, struct wt_bus_peer *peer,
                         const struct wt_bus_invoke *invoke) {
    struct world *world = context;
    if (world->has_kept)
        wt_bus_peer_error(peer, &world->kept, WT_BUS_ERROR_RUNTIME, "late");
    world->kept = invoke->id;
    world->has_kept = true;
    if (world->calls < 20)
        call(peer, world, 0);
}

static const struct wt_bus_method methods[] = {
    {.name = "now", .most = 9, .call = answer_now},
    {.name = "later", .keywords = {{"a", true}, {"b", false}}, .call = answer_later},
    {.name = "keys", .call = answer_later},
};
static const struct wt_bus_object objects[] = {{"supervisor", "Supervisor", methods, 3}};
static const struct wt_bus_handlers handlers = {objects, 1};

/* Feeds all bytes; returns how it ended. */
static wt_status run(enum wt_bus_role role, const uint8_t *data, size_t size, size_t piece,
                     struct world *world) {
    const struct wt_bus_limits limits = {
        .message_bytes = 400, .values = 60, .open_invokes = 5, .output_bytes = 100};
    struct wt_bus_peer *peer;
    struct wt_error err;
    wt_status status = WT_OK;
    require(wt_bus_peer_create(&peer, role, &limits, &handlers, world, &err) == WT_OK);
    call(peer, world, 0);
    call(peer, world, 600);
    for (size_t at = 0; at < size && status == WT_OK;) {
        size_t step = piece < size - at ? piece : size - at;
        uint8_t *exact = malloc(step);
        require(exact != NULL);
        memcpy(exact, data + at, step);
        status = wt_bus_peer_feed(peer, exact, step, &err);
        free(exact);
        at += step;
        while (status == WT_OK && wt_bus_peer_is_paused(peer)) {
            struct wt_buffer *output = wt_bus_peer_output(peer);
            wt_buffer_append(&world->written, output->data, output->length);
            wt_bus_peer_sent(peer, output->length);
            status = wt_bus_peer_feed(peer, NULL, 0, &err);
        }
    }
    struct wt_buffer *output = wt_bus_peer_output(peer);
    if (output->length > 0)
        wt_buffer_append(&world->written, output->data, output->length);
    wt_bus_peer_destroy(peer);
    require(world->answers == world->calls);
    return status;
}

static void require_same(struct wt_buffer *a, struct wt_buffer *b) {
    require(!a->failed && !b->failed && a->length == b->length);
    require(a->length == 0 || memcmp(a->data, b->data, a->length) == 0);
    wt_buffer_fini(a);
    wt_buffer_fini(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct world whole = {0}, pieces = {0};
    if (size < 1)
        return 0;
    enum wt_bus_role role = data[0] & 32 ? WT_BUS_CONNECTING : WT_BUS_ACCEPTING;
    wt_status first = run(role, data + 1, size - 1, SIZE_MAX, &whole);
    wt_status second = run(role, data + 1, size - 1, 1 + data[0] % 32, &pieces);
    require(first == second);
    require(whole.answers == pieces.answers && whole.gone == pieces.gone);
    require_same(&whole.answers_seen, &pieces.answers_seen);
    require_same(&whole.written, &pieces.written);
    return 0;
}
