/* What the parts of the data stream share: its buffers and where each is. */
#ifndef FOCUSSIM_STREAM_H
#define FOCUSSIM_STREAM_H

#include "info.h"
#include "modules.h"

enum place { AWAY, INPUT, OUTPUT }; /* AWAY: with the consumer, or being filled */

struct buffer {
    struct buffer *next;
    uint8_t *base;
    size_t size;
    void *user;
    bool ours, fresh;
    enum place place;
    uint64_t order; /* when it came to its place */
    struct exposure filled;
};

struct stream {
    pthread_mutex_t lock;
    pthread_cond_t arrived;
    struct buffer *first;
    bool open, event, grabbing, kill;
    int handling; /* 0 OldestFirst, 1 NewestOnly */
    uint64_t order, delivered, underruns, fired;
};

extern struct stream stream;

/* All with the lock held. */
struct buffer *stream_oldest(enum place place);
size_t stream_count(enum place place);
bool stream_knows(HANDLE buffer);

/* Bytes that the image takes in its buffer; the chunks follow. */
size_t stream_image_room(const struct exposure *exposure);
size_t stream_bytes(const struct exposure *exposure);

#endif
