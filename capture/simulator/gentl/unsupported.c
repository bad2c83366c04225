/* Functions that consumers look for and this camera has no use for: no parts, no flows, no segments. */
#include "info.h"

#define UNSUPPORTED(name, ...) GC_API name(__VA_ARGS__) { return GC_ERR_NOT_IMPLEMENTED; }
#pragma GCC diagnostic ignored "-Wunused-parameter"

UNSUPPORTED(DSGetNumBufferParts, HANDLE stream, HANDLE buffer, uint32_t *count)
UNSUPPORTED(DSGetBufferPartInfo, HANDLE stream, HANDLE buffer, uint32_t part, int32_t command, INFO_PARAMETERS)
UNSUPPORTED(DSAnnounceCompositeBuffer, HANDLE stream, size_t count, void **segments, void *user, HANDLE *buffer)
UNSUPPORTED(DSGetNumFlows, HANDLE stream, uint32_t *count)
UNSUPPORTED(DSGetFlowInfo, HANDLE stream, uint32_t flow, int32_t command, INFO_PARAMETERS)
UNSUPPORTED(DSGetNumBufferSegments, HANDLE stream, HANDLE buffer, uint32_t *count)
UNSUPPORTED(DSGetBufferSegmentInfo, HANDLE stream, HANDLE buffer, uint32_t segment, int32_t command, INFO_PARAMETERS)
