/* What a filled buffer tells of itself. */
#include "faults.h"
#include "stream.h"

static int stamp(struct answer answer, const struct exposure *filled, bool in_ns)
{
    struct faults faults = faults_now();
    if (faults.no_timestamps || (in_ns && faults.tick_hz > 0)) return GC_ERR_NOT_AVAILABLE;
    return answer_uint64(answer, (uint64_t)filled->stamp);
}

GC_API DSGetBufferInfo(HANDLE handle, HANDLE which, int32_t command, INFO_PARAMETERS)
{
    const struct buffer *buffer = which;
    if (handle != &stream) return GC_ERR_INVALID_HANDLE;
    if (!stream_knows(which)) return GC_ERR_INVALID_BUFFER;
    const struct exposure *filled = &buffer->filled;
    switch (command) {
    case BUFFER_INFO_BASE: return answer_pointer(ANSWER, buffer->base);
    case BUFFER_INFO_SIZE: return answer_size(ANSWER, buffer->size);
    case BUFFER_INFO_USER_PTR: return answer_pointer(ANSWER, buffer->user);
    case BUFFER_INFO_TIMESTAMP: return stamp(ANSWER, filled, false);
    case BUFFER_INFO_TIMESTAMP_NS: return stamp(ANSWER, filled, true);
    case BUFFER_INFO_NEW_DATA: return answer_bool(ANSWER, buffer->fresh);
    case BUFFER_INFO_IS_QUEUED: return answer_bool(ANSWER, buffer->place != AWAY);
    case BUFFER_INFO_IS_ACQUIRING: return answer_bool(ANSWER, false);
    case BUFFER_INFO_IS_INCOMPLETE: return answer_bool(ANSWER, filled->incomplete);
    case BUFFER_INFO_TLTYPE: return answer_text(ANSWER, "Custom");
    case BUFFER_INFO_SIZE_FILLED: case BUFFER_INFO_DATA_SIZE: return answer_size(ANSWER, stream_bytes(filled));
    case BUFFER_INFO_WIDTH: return answer_size(ANSWER, (size_t)filled->window.width);
    case BUFFER_INFO_HEIGHT: case BUFFER_INFO_DELIVERED_IMAGEHEIGHT: return answer_size(ANSWER, (size_t)filled->window.height);
    case BUFFER_INFO_XOFFSET: return answer_size(ANSWER, (size_t)filled->window.x);
    case BUFFER_INFO_YOFFSET: return answer_size(ANSWER, (size_t)filled->window.y);
    case BUFFER_INFO_XPADDING: case BUFFER_INFO_YPADDING: case BUFFER_INFO_IMAGEOFFSET: return answer_size(ANSWER, 0);
    case BUFFER_INFO_FRAMEID: return answer_uint64(ANSWER, filled->frame_id);
    case BUFFER_INFO_IMAGEPRESENT: return answer_bool(ANSWER, true);
    case BUFFER_INFO_PAYLOADTYPE: return answer_size(ANSWER, PAYLOAD_TYPE_IMAGE);
    case BUFFER_INFO_PIXELFORMAT: return answer_uint64(ANSWER, filled->window.format);
    case BUFFER_INFO_PIXELFORMAT_NAMESPACE: return answer_uint64(ANSWER, PIXELFORMAT_NAMESPACE_PFNC_32BIT);
    case BUFFER_INFO_DELIVERED_CHUNKPAYLOADSIZE: return answer_size(ANSWER, filled->chunks ? CHUNK_BYTES : 0);
    case BUFFER_INFO_CHUNKLAYOUTID: return answer_uint64(ANSWER, 1);
    case BUFFER_INFO_PIXEL_ENDIANNESS: return answer_int32(ANSWER, PIXELENDIANNESS_LITTLE);
    case BUFFER_INFO_DATA_LARGER_THAN_BUFFER: return answer_bool(ANSWER, false);
    case BUFFER_INFO_CONTAINS_CHUNKDATA: return answer_bool(ANSWER, filled->chunks && !filled->incomplete);
    default: return GC_ERR_NOT_IMPLEMENTED;
    }
}

/* Which chunks are switched on; the others lie in the buffer too, and are not announced. */
GC_API DSGetBufferChunkData(HANDLE handle, HANDLE which, SINGLE_CHUNK_DATA *data, size_t *number)
{
    const struct buffer *buffer = which;
    if (handle != &stream) return GC_ERR_INVALID_HANDLE;
    if (!stream_knows(which)) return GC_ERR_INVALID_BUFFER;
    if (!buffer->filled.chunks) return GC_ERR_NO_DATA;
    size_t found = 0, room = *number;
    for (int i = 0; i < CHUNKS; i++) {
        if (!the_camera.chunk_enabled[i]) continue;
        if (data && found < room)
            data[found] = (SINGLE_CHUNK_DATA){CHUNK_ID_BASE + F_CHUNK_TIMESTAMP + (unsigned)i, (ptrdiff_t)(stream_image_room(&buffer->filled) + 8 * (size_t)i), 8};
        found++;
    }
    *number = found;
    return data && found > room ? GC_ERR_BUFFER_TOO_SMALL : GC_ERR_SUCCESS;
}
