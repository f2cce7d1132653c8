/* directory_history.c - writing the history of a directory file: series of one value a second. */
#include <string.h>

#include "shm/directory_private.h"
#include "shm/words.h"

enum { VALUES_AT = offsetof(struct wt_shared_history_record, values) };

static_assert(VALUES_AT % WT_WORD_BYTES == 0, "values begin with a word");

uint64_t wt_directory_history_room(const struct wt_directory *directory) {
    return directory->history.entry.count;
}

static unsigned char *record_at(const struct wt_directory *directory, uint64_t index) {
    return directory->history.bytes + index * sizeof(struct wt_shared_history_record);
}

static unsigned char *second_at(const struct wt_directory *directory, uint64_t place) {
    return directory->seconds.bytes + place * WT_WORD_BYTES;
}

void wt_directory_put_values(struct wt_directory *directory, int64_t second, const float *values,
                             size_t count) {
    uint64_t room = wt_directory_history_room(directory);
    if (room == 0 || second <= 0)
        return;
    uint64_t place = (uint64_t)second % WT_DIRECTORY_SECONDS;
    wt_word_store(second_at(directory, place), 0);
    for (uint64_t i = 0; i < count && i < room; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        __atomic_store_n((uint32_t *)(void *)(record_at(directory, i) + VALUES_AT) + place, bits,
                         __ATOMIC_RELEASE);
    }
    wt_word_store(second_at(directory, place), (uint64_t)second);
}

void wt_directory_forget_seconds(struct wt_directory *directory, int64_t after) {
    for (uint64_t i = 0; wt_directory_history_room(directory) > 0 && i < WT_DIRECTORY_SECONDS; i++)
        if ((int64_t)wt_word_load(second_at(directory, i)) > after)
            wt_word_store(second_at(directory, i), 0);
}

void wt_directory_copy_values(struct wt_directory *directory, uint64_t index,
                              const struct wt_directory *from, uint64_t old) {
    if (index >= wt_directory_history_room(directory) || old >= wt_directory_history_room(from))
        return;
    for (uint64_t at = 0; at < WT_DIRECTORY_SECONDS * sizeof(float); at += WT_WORD_BYTES)
        wt_word_store(record_at(directory, index) + VALUES_AT + at,
                      wt_word_load(record_at(from, old) + VALUES_AT + at));
}

void wt_directory_copy_seconds(struct wt_directory *directory, const struct wt_directory *from) {
    if (wt_directory_history_room(directory) == 0 || wt_directory_history_room(from) == 0)
        return;
    for (uint64_t i = 0; i < WT_DIRECTORY_SECONDS; i++)
        wt_word_store(second_at(directory, i), wt_word_load(second_at(from, i)));
}
