/* The data stream: buffers from the consumer, filled in the order they came back. */
#include "stream.h"
#include "faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct stream stream = {.lock = PTHREAD_MUTEX_INITIALIZER};

const struct feature STREAM_FEATURES[] = {
    {"StreamID", TEXT, "StreamInformation", 0, 0, 0, 0, READ_ONLY},
    {"StreamBufferHandlingMode", ENTRIES, "BufferHandlingControl", 0, 0, "OldestFirst=0 NewestOnly=1", 0, 0},
    {"StreamDeliveredFrameCount", INTEGER, "BufferHandlingControl", 0, 9e18, 0, 0, READ_ONLY},
    {"StreamLostFrameCount", INTEGER, "BufferHandlingControl", 0, 9e18, 0, 0, READ_ONLY},
};
const int STREAM_FEATURE_COUNT = 4;

HANDLE stream_handle(void) { return &stream; }

int stream_get(void *module, int feature, union value *value)
{
    (void)module;
    if (feature == 0) snprintf(value->text, sizeof value->text, "stream0");
    else value->integer = feature == 1 ? stream.handling : (int64_t)(feature == 2 ? stream.delivered : stream.underruns);
    return GC_ERR_SUCCESS;
}

int stream_set(void *module, int feature, const union value *value)
{
    (void)module;
    if (feature == 1) stream.handling = (int)value->integer;
    return GC_ERR_SUCCESS;
}

static void put(struct buffer *buffer, enum place place)
{
    buffer->place = place;
    buffer->order = ++stream.order;
}

struct buffer *stream_oldest(enum place place)
{
    struct buffer *found = NULL;
    for (struct buffer *b = stream.first; b; b = b->next)
        if (b->place == place && (!found || b->order < found->order)) found = b;
    return found;
}

size_t stream_count(enum place place)
{
    size_t number = 0;
    for (struct buffer *b = stream.first; b; b = b->next) number += b->place == place;
    return number;
}

bool stream_knows(HANDLE handle)
{
    for (struct buffer *b = stream.first; b; b = b->next)
        if (b == handle) return true;
    return false;
}

size_t stream_image_room(const struct exposure *exposure)
{
    return (scene_bytes(&exposure->window) + 7) & ~(size_t)7;
}

static void write_chunks(uint8_t *at, const struct exposure *exposure)
{
    union { int64_t integer; double real; } chunks[CHUNKS] = {
        {.integer = exposure->stamp}, {.integer = (int64_t)exposure->frame_id}, {.real = exposure->exposure_us},
        {.integer = exposure->active_set}, {.integer = (int64_t)(exposure->step + 0.5)},
        {.real = lens_dpt(exposure->step)},
    };
    memcpy(at, chunks, sizeof chunks);
}

static void fill(struct buffer *buffer)
{
    const struct exposure *exposure = &buffer->filled;
    if (exposure->incomplete) { /* the second half is what was there before */
        struct window upper = exposure->window;
        upper.height /= 2;
        scene_render(buffer->base, &upper, exposure->first_row_step, exposure->last_row_step);
        return;
    }
    scene_render(buffer->base, &exposure->window, exposure->first_row_step, exposure->last_row_step);
    if (exposure->chunks) write_chunks(buffer->base + stream_image_room(exposure), exposure);
}

size_t stream_bytes(const struct exposure *exposure)
{
    return stream_image_room(exposure) + (exposure->chunks ? CHUNK_BYTES : 0);
}

static void deliver(void *unused, const struct exposure *exposure)
{
    (void)unused;
    pthread_mutex_lock(&stream.lock);
    struct buffer *buffer = stream.grabbing ? stream_oldest(INPUT) : NULL;
    if (!buffer && stream.handling == 1) buffer = stream_oldest(OUTPUT);
    if (!buffer || buffer->size < stream_bytes(exposure)) {
        stream.underruns++;
        pthread_mutex_unlock(&stream.lock);
        return;
    }
    buffer->place = AWAY;
    buffer->filled = *exposure;
    pthread_mutex_unlock(&stream.lock);
    fill(buffer);
    pthread_mutex_lock(&stream.lock);
    buffer->fresh = true;
    put(buffer, OUTPUT);
    stream.delivered++;
    stream.fired++;
    pthread_cond_broadcast(&stream.arrived);
    pthread_mutex_unlock(&stream.lock);
}

int stream_open(HANDLE *handle)
{
    pthread_condattr_t monotonic;
    if (stream.open) return GC_ERR_RESOURCE_IN_USE;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&stream.arrived, &monotonic);
    pthread_condattr_destroy(&monotonic);
    stream.open = true;
    stream.event = stream.grabbing = stream.kill = false;
    stream.handling = 0;
    stream.order = stream.delivered = stream.underruns = stream.fired = 0;
    the_camera.deliver = deliver;
    *handle = &stream;
    return GC_ERR_SUCCESS;
}

void stream_close(void)
{
    if (!stream.open) return;
    camera_stop(&the_camera);
    the_camera.deliver = NULL;
    while (stream.first) {
        struct buffer *gone = stream.first;
        stream.first = gone->next;
        if (gone->ours) free(gone->base);
        free(gone);
    }
    pthread_cond_destroy(&stream.arrived);
    stream.open = false;
}

GC_API DSClose(HANDLE handle)
{
    if (handle != &stream || !stream.open) return GC_ERR_INVALID_HANDLE;
    stream_close();
    return GC_ERR_SUCCESS;
}

GC_API DSGetParentDev(HANDLE handle, HANDLE *parent)
{
    (void)handle;
    *parent = &ports[DEVICE];
    return GC_ERR_SUCCESS;
}

GC_API DSGetInfo(HANDLE handle, int32_t command, INFO_PARAMETERS)
{
    if (handle != &stream) return GC_ERR_INVALID_HANDLE;
    switch (command) {
    case STREAM_INFO_ID: return answer_text(ANSWER, "stream0");
    case STREAM_INFO_NUM_DELIVERED: return answer_uint64(ANSWER, stream.delivered);
    case STREAM_INFO_NUM_UNDERRUN: return answer_uint64(ANSWER, stream.underruns);
    case STREAM_INFO_NUM_ANNOUNCED: return answer_size(ANSWER, stream_count(AWAY) + stream_count(INPUT) + stream_count(OUTPUT));
    case STREAM_INFO_NUM_QUEUED: return answer_size(ANSWER, stream_count(INPUT));
    case STREAM_INFO_NUM_AWAIT_DELIVERY: return answer_size(ANSWER, stream_count(OUTPUT));
    case STREAM_INFO_NUM_STARTED: return answer_uint64(ANSWER, the_camera.exposed);
    case STREAM_INFO_PAYLOAD_SIZE: return answer_size(ANSWER, camera_payload(&the_camera));
    case STREAM_INFO_IS_GRABBING: return answer_bool(ANSWER, stream.grabbing);
    case STREAM_INFO_DEFINES_PAYLOADSIZE: return answer_bool(ANSWER, true);
    case STREAM_INFO_TLTYPE: return answer_text(ANSWER, "Custom");
    case STREAM_INFO_NUM_CHUNKS_MAX: return answer_size(ANSWER, CHUNKS);
    case STREAM_INFO_BUF_ANNOUNCE_MIN: return answer_size(ANSWER, (size_t)faults_now().buffers_at_least);
    case STREAM_INFO_BUF_ALIGNMENT: return answer_size(ANSWER, 8);
    default: return GC_ERR_NOT_IMPLEMENTED;
    }
}

static GC_ERROR announce(uint8_t *base, size_t size, void *user, bool ours, HANDLE *handle)
{
    struct buffer *buffer = calloc(1, sizeof *buffer);
    if (!buffer || !base) {
        free(buffer);
        return GC_ERR_OUT_OF_MEMORY;
    }
    *buffer = (struct buffer){.base = base, .size = size, .user = user, .ours = ours};
    pthread_mutex_lock(&stream.lock);
    buffer->next = stream.first;
    stream.first = buffer;
    pthread_mutex_unlock(&stream.lock);
    *handle = buffer;
    return GC_ERR_SUCCESS;
}

GC_API DSAnnounceBuffer(HANDLE handle, void *base, size_t size, void *user, HANDLE *buffer)
{
    return handle == &stream ? announce(base, size, user, false, buffer) : GC_ERR_INVALID_HANDLE;
}

GC_API DSAllocAndAnnounceBuffer(HANDLE handle, size_t size, void *user, HANDLE *buffer)
{
    return handle == &stream ? announce(calloc(1, size), size, user, true, buffer) : GC_ERR_INVALID_HANDLE;
}

GC_API DSRevokeBuffer(HANDLE handle, HANDLE gone, void **base, void **user)
{
    if (handle != &stream) return GC_ERR_INVALID_HANDLE;
    pthread_mutex_lock(&stream.lock);
    struct buffer **link = &stream.first;
    while (*link && *link != gone) link = &(*link)->next;
    struct buffer *buffer = *link;
    if (buffer) *link = buffer->next;
    pthread_mutex_unlock(&stream.lock);
    if (!buffer) return GC_ERR_INVALID_BUFFER;
    if (base) *base = buffer->ours ? NULL : buffer->base;
    if (user) *user = buffer->user;
    if (buffer->ours) free(buffer->base);
    free(buffer);
    return GC_ERR_SUCCESS;
}

GC_API DSQueueBuffer(HANDLE handle, HANDLE buffer)
{
    if (handle != &stream) return GC_ERR_INVALID_HANDLE;
    pthread_mutex_lock(&stream.lock);
    int error = stream_knows(buffer) ? GC_ERR_SUCCESS : GC_ERR_INVALID_BUFFER;
    if (!error) {
        ((struct buffer *)buffer)->fresh = false;
        put(buffer, INPUT);
    }
    pthread_mutex_unlock(&stream.lock);
    return error;
}

GC_API DSFlushQueue(HANDLE handle, int32_t operation)
{
    if (handle != &stream) return GC_ERR_INVALID_HANDLE;
    pthread_mutex_lock(&stream.lock);
    for (struct buffer *b = stream.first; b; b = b->next) {
        bool out = b->place == OUTPUT;
        if (operation == ACQ_QUEUE_INPUT_TO_OUTPUT && b->place == INPUT) put(b, OUTPUT);
        else if (operation == ACQ_QUEUE_OUTPUT_DISCARD && out) put(b, AWAY);
        else if (operation == ACQ_QUEUE_ALL_DISCARD) put(b, AWAY);
        else if (operation == ACQ_QUEUE_ALL_TO_INPUT) put(b, INPUT);
        else if (operation == ACQ_QUEUE_UNQUEUED_TO_INPUT && b->place == AWAY) put(b, INPUT);
    }
    pthread_mutex_unlock(&stream.lock);
    return GC_ERR_SUCCESS;
}

/* The camera itself starts with its AcquisitionStart, which the consumer writes after this. */
GC_API DSStartAcquisition(HANDLE handle, int32_t flags, uint64_t frames)
{
    (void)flags, (void)frames;
    if (handle != &stream) return GC_ERR_INVALID_HANDLE;
    stream.grabbing = true;
    return GC_ERR_SUCCESS;
}

GC_API DSStopAcquisition(HANDLE handle, int32_t flags)
{
    (void)flags;
    if (handle != &stream) return GC_ERR_INVALID_HANDLE;
    camera_stop(&the_camera); /* also of a consumer whose camera does not answer any more */
    stream.grabbing = false;
    return GC_ERR_SUCCESS;
}

GC_API DSGetBufferID(HANDLE handle, uint32_t index, HANDLE *buffer)
{
    if (handle != &stream) return GC_ERR_INVALID_HANDLE;
    struct buffer *b = stream.first;
    while (b && index--) b = b->next;
    *buffer = b;
    return b ? GC_ERR_SUCCESS : GC_ERR_INVALID_INDEX;
}
