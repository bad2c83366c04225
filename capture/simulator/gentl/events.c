/* The event that tells of a filled buffer. */
#include <time.h>

#include "stream.h"

GC_API DSFlushQueue(HANDLE handle, int32_t operation);

GC_API GCRegisterEvent(HANDLE source, int32_t event, HANDLE *handle)
{
    if (event != EVENT_NEW_BUFFER || source != &stream) return GC_ERR_NOT_IMPLEMENTED;
    if (stream.event) return GC_ERR_RESOURCE_IN_USE;
    stream.event = true;
    stream.kill = false;
    *handle = &stream.event;
    return GC_ERR_SUCCESS;
}

GC_API GCUnregisterEvent(HANDLE source, int32_t event)
{
    (void)source, (void)event;
    stream.event = false;
    return GC_ERR_SUCCESS;
}

static struct buffer *wait_for_output(uint64_t timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    bool ever = timeout_ms > 86400000u; /* the standard's infinite, and what is as good as that */
    until.tv_sec += ever ? 0 : (time_t)(timeout_ms / 1000);
    until.tv_nsec += ever ? 0 : (long)(timeout_ms % 1000) * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    struct buffer *found = stream_oldest(OUTPUT);
    int late = 0;
    while (!found && !stream.kill && !late) {
        late = ever ? pthread_cond_wait(&stream.arrived, &stream.lock)
                    : pthread_cond_timedwait(&stream.arrived, &stream.lock, &until);
        found = stream_oldest(OUTPUT);
    }
    return found;
}

GC_API EventGetData(HANDLE event, void *data, size_t *size, uint64_t timeout_ms)
{
    if (event != &stream.event) return GC_ERR_INVALID_HANDLE;
    if (*size < sizeof(EVENT_NEW_BUFFER_DATA)) return GC_ERR_BUFFER_TOO_SMALL;
    pthread_mutex_lock(&stream.lock);
    struct buffer *found = wait_for_output(timeout_ms);
    int error = found ? GC_ERR_SUCCESS : stream.kill ? GC_ERR_ABORT : GC_ERR_TIMEOUT;
    stream.kill = false;
    if (found) {
        found->place = AWAY;
        *(EVENT_NEW_BUFFER_DATA *)data = (EVENT_NEW_BUFFER_DATA){found, found->user};
        *size = sizeof(EVENT_NEW_BUFFER_DATA);
    }
    pthread_mutex_unlock(&stream.lock);
    return error;
}

GC_API EventGetInfo(HANDLE event, int32_t command, INFO_PARAMETERS)
{
    if (event != &stream.event) return GC_ERR_INVALID_HANDLE;
    switch (command) {
    case EVENT_EVENT_TYPE: return answer_int32(ANSWER, EVENT_NEW_BUFFER);
    case EVENT_NUM_IN_QUEUE: return answer_size(ANSWER, stream_count(OUTPUT));
    case EVENT_NUM_FIRED: return answer_uint64(ANSWER, stream.fired);
    case EVENT_SIZE_MAX: case EVENT_INFO_DATA_SIZE_MAX: return answer_size(ANSWER, sizeof(EVENT_NEW_BUFFER_DATA));
    default: return GC_ERR_NOT_IMPLEMENTED;
    }
}

GC_API EventGetDataInfo(HANDLE event, const void *in, size_t in_size, int32_t command, INFO_PARAMETERS)
{
    const EVENT_NEW_BUFFER_DATA *told = in;
    if (event != &stream.event || in_size < sizeof *told) return GC_ERR_INVALID_PARAMETER;
    return command == 0 || command == 1 ? answer_pointer(ANSWER, command ? told->user : told->buffer) : GC_ERR_NOT_IMPLEMENTED;
}

GC_API EventFlush(HANDLE event)
{
    return event == &stream.event ? DSFlushQueue(&stream, ACQ_QUEUE_OUTPUT_DISCARD) : GC_ERR_INVALID_HANDLE;
}

GC_API EventKill(HANDLE event)
{
    if (event != &stream.event) return GC_ERR_INVALID_HANDLE;
    pthread_mutex_lock(&stream.lock);
    stream.kill = true;
    pthread_cond_broadcast(&stream.arrived);
    pthread_mutex_unlock(&stream.lock);
    return GC_ERR_SUCCESS;
}
