/* dispatch.c - calls to our own objects: found, checked, answered as Ruby would. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bus/peer_internal.h"

/* One call on its way to its method. */
struct dispatch {
    struct wt_bus_peer *peer;
    struct wt_bus_token id;
    const struct wt_bus_object *object;
    struct wt_bus_text method;
    const struct wt_bus_value *arguments; /* behind the method */
    uint32_t argument_count;
    const struct wt_bus_value *options;
    bool block_given;
};

/* Texts in our error lines are cut: an error must not be as long as what caused it. */
enum { SHOWN_BYTES = 120 };

static int shown(struct wt_bus_text text) {
    return text.length < SHOWN_BYTES ? (int)text.length : SHOWN_BYTES;
}

/* What Ruby's "#{value}" gives for the values that occur, a word for the others. */
static void describe(const struct wt_bus_value *value, char *out, size_t size) {
    switch (value->type) {
    case WT_BUS_NIL:
        snprintf(out, size, "nil");
        break;
    case WT_BUS_BOOL:
        snprintf(out, size, "%s", value->boolean ? "true" : "false");
        break;
    case WT_BUS_INT:
        snprintf(out, size, "%" PRId64, value->integer);
        break;
    case WT_BUS_UINT:
        snprintf(out, size, "%" PRIu64, value->uint);
        break;
    case WT_BUS_FLOAT:
        snprintf(out, size, "%g", value->real);
        break;
    case WT_BUS_STRING:
    case WT_BUS_BINARY:
    case WT_BUS_SYMBOL:
    case WT_BUS_CLASS:
        snprintf(out, size, "%.*s", shown(value->text), value->text.data);
        break;
    case WT_BUS_ARRAY:
    case WT_BUS_MAP:
    case WT_BUS_EXCEPTION:
    case WT_BUS_PROXY:
    case WT_BUS_CONTROLLER:
        snprintf(out, size, "%s", wt_bus_type_name(value->type));
        break;
    }
}

static void answer_bool(const struct dispatch *call, bool value) {
    struct wt_buffer buffer = {0};
    struct wt_bus_writer writer = wt_bus_writer_over(&buffer);
    wt_bus_write_bool(&writer, value);
    wt_bus_peer_return(call->peer, &call->id, &buffer);
    wt_buffer_fini(&buffer);
}

static void answer_wrong_count(const struct dispatch *call, uint64_t given, uint32_t least,
                               uint32_t most) {
    char expected[32];
    if (least == most)
        snprintf(expected, sizeof expected, "%" PRIu32, least);
    else
        snprintf(expected, sizeof expected, "%" PRIu32 "..%" PRIu32, least, most);
    wt_bus_peer_error(call->peer, &call->id, WT_BUS_ERROR_ARGUMENT,
                      "wrong number of arguments (given %" PRIu64 ", expected %s)", given,
                      expected);
}

/* ---- What every object answers ---- */

static const struct wt_bus_method *find_method(const struct wt_bus_object *object,
                                               struct wt_bus_text name) {
    for (size_t i = 0; i < object->method_count; i++) {
        if (wt_bus_text_equals(name, object->methods[i].name))
            return &object->methods[i];
    }
    return NULL;
}

/* A proxy of one of our objects comes back as its name; a name is only ours as a symbol. */
static bool is_same_object(const struct dispatch *call, const struct wt_bus_value *other) {
    return wt_bus_is_symbol(wt_bus_proxy_name(other), call->object->name);
}

static void generic_equal(const struct dispatch *call) {
    answer_bool(call, is_same_object(call, &call->arguments[0]));
}

static void generic_not_equal(const struct dispatch *call) {
    answer_bool(call, !is_same_object(call, &call->arguments[0]));
}

static void generic_false(const struct dispatch *call) {
    answer_bool(call, false);
}

/* The name of a class that the caller does not know would end its connection: so the one that
 * everybody knows. */
static void generic_class(const struct dispatch *call) {
    struct wt_buffer buffer = {0};
    struct wt_bus_writer writer = wt_bus_writer_over(&buffer);
    wt_bus_write_class(&writer, "Object", strlen("Object"));
    wt_bus_peer_return(call->peer, &call->id, &buffer);
    wt_buffer_fini(&buffer);
}

static void generic_is_a(const struct dispatch *call) {
    const struct wt_bus_value *class = &call->arguments[0];
    if (class->type != WT_BUS_CLASS) {
        wt_bus_peer_error(call->peer, &call->id, WT_BUS_ERROR_TYPE, "class or module required");
        return;
    }
    answer_bool(call, wt_bus_text_equals(class->text, "Object") ||
                          wt_bus_text_equals(class->text, "BasicObject") ||
                          wt_bus_text_equals(class->text, "Kernel") ||
                          wt_bus_text_equals(class->text, call->object->class_name));
}

static void generic_to_s(const struct dispatch *call) {
    char text[160];
    int length = snprintf(text, sizeof text, "#<%.150s>", call->object->class_name);
    wt_bus_peer_return_string(call->peer, &call->id, text, (size_t)length);
}

static void generic_respond_to(const struct dispatch *call);

struct generic_method {
    const char *name;
    uint32_t least, most;
    void (*call)(const struct dispatch *call);
};

static const struct generic_method generic_methods[] = {
    {"respond_to?", 1, 2, generic_respond_to},
    {"==", 1, 1, generic_equal},
    {"!=", 1, 1, generic_not_equal},
    {"eql?", 1, 1, generic_equal},
    {"equal?", 1, 1, generic_equal},
    {"!", 0, 0, generic_false},
    {"nil?", 0, 0, generic_false},
    {"class", 0, 0, generic_class},
    {"is_a?", 1, 1, generic_is_a},
    {"kind_of?", 1, 1, generic_is_a},
    {"instance_of?", 1, 1, generic_is_a},
    {"to_s", 0, 0, generic_to_s},
    {"inspect", 0, 0, generic_to_s},
};

static const struct generic_method *find_generic(struct wt_bus_text name) {
    for (size_t i = 0; i < sizeof generic_methods / sizeof generic_methods[0]; i++) {
        if (wt_bus_text_equals(name, generic_methods[i].name))
            return &generic_methods[i];
    }
    return NULL;
}

static bool is_method_name(const struct wt_bus_value *value) {
    return value->type == WT_BUS_SYMBOL || wt_bus_is_string(value);
}

static void answer_no_name(const struct dispatch *call, const struct wt_bus_value *value) {
    char text[SHOWN_BYTES + 8];
    describe(value, text, sizeof text);
    wt_bus_peer_error(call->peer, &call->id, WT_BUS_ERROR_TYPE, "%s is not a symbol nor a string",
                      text);
}

static void generic_respond_to(const struct dispatch *call) {
    const struct wt_bus_value *name = &call->arguments[0];
    if (!is_method_name(name)) {
        answer_no_name(call, name);
        return;
    }
    answer_bool(call, wt_bus_text_equals(name->text, "public_send") ||
                          find_generic(name->text) != NULL ||
                          find_method(call->object, name->text) != NULL);
}

/* ---- Keywords ---- */

enum {
    KEYWORD_COUNT = sizeof((struct wt_bus_method *)0)->keywords / sizeof(struct wt_bus_keyword)
};

static bool is_keyword(const struct wt_bus_method *method, const struct wt_bus_value *key) {
    for (size_t i = 0; i < KEYWORD_COUNT && method->keywords[i].name != NULL; i++) {
        if (wt_bus_is_symbol(key, method->keywords[i].name))
            return true;
    }
    return false;
}

/* False: the call was answered with an ArgumentError. */
static bool check_keywords(const struct dispatch *call, const struct wt_bus_method *method) {
    for (size_t i = 0; i < KEYWORD_COUNT && method->keywords[i].name != NULL; i++) {
        const struct wt_bus_keyword *keyword = &method->keywords[i];
        if (keyword->required && wt_bus_map_get(call->options, keyword->name) == NULL) {
            wt_bus_peer_error(call->peer, &call->id, WT_BUS_ERROR_ARGUMENT, "missing keyword: :%s",
                              keyword->name);
            return false;
        }
    }
    for (size_t i = 0; i < call->options->count; i++) {
        const struct wt_bus_value *key = &call->options->items[2 * i];
        char text[SHOWN_BYTES + 8];
        if (is_keyword(method, key))
            continue;
        describe(key, text, sizeof text);
        const char *quote = wt_bus_is_string(key) ? "\"" : "";
        wt_bus_peer_error(call->peer, &call->id, WT_BUS_ERROR_ARGUMENT, "unknown keyword: %s%s%s%s",
                          key->type == WT_BUS_SYMBOL ? ":" : "", quote, text, quote);
        return false;
    }
    return true;
}

/* ---- The way of a call ---- */

static const struct wt_bus_object *find_object(const struct wt_bus_peer *peer,
                                               const struct wt_bus_value *name) {
    for (size_t i = 0; i < peer->handlers->object_count; i++) {
        if (wt_bus_is_symbol(name, peer->handlers->objects[i].name))
            return &peer->handlers->objects[i];
    }
    return NULL;
}

/*
 * Takes the method's name off the arguments, and off those of public_send, as often as it is
 * there: a proxy that is handed on forwards public_send itself. False: answered with an error.
 */
static bool take_method(struct dispatch *call) {
    do {
        if (call->argument_count == 0) {
            wt_bus_peer_error(call->peer, &call->id, WT_BUS_ERROR_ARGUMENT, "no method name given");
            return false;
        }
        const struct wt_bus_value *name = call->arguments++;
        call->argument_count--;
        if (!is_method_name(name)) {
            answer_no_name(call, name);
            return false;
        }
        call->method = name->text;
    } while (wt_bus_text_equals(call->method, "public_send"));
    return true;
}

static void call_generic(const struct dispatch *call, const struct generic_method *method) {
    /* A method without keywords takes the options for one more argument, as in Ruby. */
    uint64_t given = call->argument_count + (call->options->count > 0 ? UINT64_C(1) : 0);
    if (given < method->least || given > method->most || given != call->argument_count)
        answer_wrong_count(call, given, method->least, method->most);
    else
        method->call(call);
}

static void call_method(const struct dispatch *call, const struct wt_bus_method *method) {
    bool takes_keywords = method->keywords[0].name != NULL;
    uint64_t given =
        call->argument_count + (!takes_keywords && call->options->count > 0 ? UINT64_C(1) : 0);
    if (given < method->least || given > method->most || given != call->argument_count) {
        answer_wrong_count(call, given, method->least, method->most);
        return;
    }
    if (takes_keywords && !check_keywords(call, method))
        return;
    const struct wt_bus_invoke invoke = {
        .id = call->id,
        .object = call->object,
        .method = method,
        .arguments = call->arguments,
        .argument_count = call->argument_count,
        .options = call->options,
        .block_given = call->block_given,
    };
    method->call(call->peer->context, call->peer, &invoke);
}

void wt_bus_dispatch(struct wt_bus_peer *peer, const struct wt_bus_message *message) {
    struct dispatch call = {
        .peer = peer,
        .arguments = message->arguments,
        .argument_count = message->argument_count,
        .options = &message->options,
        .block_given = message->block_given,
    };
    (void)wt_bus_token_of(&message->id, &call.id); /* it fits: the decoder has seen to that */
    bool too_many = peer->open_invokes >= peer->limits.open_invokes;
    peer->open_invokes++;
    if (too_many) {
        wt_bus_peer_error(peer, &call.id, WT_BUS_ERROR_RUNTIME,
                          "too many open calls on one connection (limit %" PRIu32 ")",
                          peer->limits.open_invokes);
        return;
    }
    call.object = find_object(peer, &message->object);
    if (call.object == NULL) {
        char name[SHOWN_BYTES + 8] = "";
        if (message->object.type != WT_BUS_NIL)
            describe(&message->object, name, sizeof name);
        wt_bus_peer_error(peer, &call.id, WT_BUS_ERROR_NAME, "Object not found: %s", name);
        return;
    }
    if (!take_method(&call))
        return;
    const struct wt_bus_method *method = find_method(call.object, call.method);
    const struct generic_method *generic = method == NULL ? find_generic(call.method) : NULL;
    if (method != NULL)
        call_method(&call, method);
    else if (generic != NULL)
        call_generic(&call, generic);
    else
        wt_bus_peer_error(peer, &call.id, WT_BUS_ERROR_NO_METHOD,
                          "undefined method '%.*s' for an instance of %s", shown(call.method),
                          call.method.data, call.object->class_name);
}
