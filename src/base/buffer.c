#include "base/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void wt_buffer_init(struct wt_buffer *buffer) {
    *buffer = (struct wt_buffer){0};
}

void wt_buffer_fini(struct wt_buffer *buffer) {
    free(buffer->data);
    wt_buffer_init(buffer);
}

void wt_buffer_clear(struct wt_buffer *buffer) {
    buffer->length = 0;
    buffer->failed = false;
    if (buffer->data != NULL)
        buffer->data[0] = '\0';
}

bool wt_buffer_reserve(struct wt_buffer *buffer, size_t more) {
    if (buffer->failed)
        return false;
    if (more < buffer->capacity - buffer->length)
        return true; /* one byte is kept for the NUL */
    size_t capacity = buffer->capacity > 0 ? buffer->capacity : 64;
    while (capacity - buffer->length <= more) {
        if (capacity > SIZE_MAX / 2) {
            buffer->failed = true;
            return false;
        }
        capacity *= 2;
    }
    char *data = realloc(buffer->data, capacity);
    if (data == NULL) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void wt_buffer_append(struct wt_buffer *buffer, const void *bytes, size_t length) {
    if (!wt_buffer_reserve(buffer, length))
        return;
    if (length > 0)
        memcpy(buffer->data + buffer->length, bytes, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

void wt_buffer_append_text(struct wt_buffer *buffer, const char *text) {
    wt_buffer_append(buffer, text, strlen(text));
}

void wt_buffer_append_char(struct wt_buffer *buffer, char c) {
    wt_buffer_append(buffer, &c, 1);
}

void wt_buffer_printf(struct wt_buffer *buffer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) {
        buffer->failed = true;
        return;
    }
    if (!wt_buffer_reserve(buffer, (size_t)length))
        return;
    va_start(arguments, format);
    vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buffer->length += (size_t)length;
}

void wt_buffer_consume(struct wt_buffer *buffer, size_t length) {
    if (length >= buffer->length) {
        buffer->length = 0;
    } else {
        memmove(buffer->data, buffer->data + length, buffer->length - length);
        buffer->length -= length;
    }
    if (buffer->data != NULL)
        buffer->data[buffer->length] = '\0';
}

const char *wt_buffer_text(const struct wt_buffer *buffer) {
    return buffer->data != NULL ? buffer->data : "";
}

char *wt_buffer_take(struct wt_buffer *buffer, size_t *length) {
    if (!wt_buffer_reserve(buffer, 0)) {
        wt_buffer_fini(buffer);
        return NULL;
    }
    char *data = buffer->data;
    data[buffer->length] = '\0';
    if (length != NULL)
        *length = buffer->length;
    wt_buffer_init(buffer);
    return data;
}
