#include "info.h"

#include <string.h>

static int answer(struct answer answer, INFO_DATATYPE type, const void *value, size_t size)
{
    if (!answer.size) return GC_ERR_INVALID_PARAMETER;
    if (answer.type) *answer.type = type;
    bool fits = !answer.data || *answer.size >= size;
    *answer.size = size;
    if (!fits) return GC_ERR_BUFFER_TOO_SMALL;
    if (answer.data) memcpy(answer.data, value, size);
    return GC_ERR_SUCCESS;
}

int answer_text(struct answer to, const char *text) { return answer(to, INFO_DATATYPE_STRING, text, strlen(text) + 1); }
int answer_int32(struct answer to, int32_t value) { return answer(to, INFO_DATATYPE_INT32, &value, sizeof value); }
int answer_uint32(struct answer to, uint32_t value) { return answer(to, INFO_DATATYPE_UINT32, &value, sizeof value); }
int answer_uint64(struct answer to, uint64_t value) { return answer(to, INFO_DATATYPE_UINT64, &value, sizeof value); }
int answer_size(struct answer to, size_t value) { return answer(to, INFO_DATATYPE_SIZET, &value, sizeof value); }
int answer_pointer(struct answer to, void *value) { return answer(to, INFO_DATATYPE_PTR, &value, sizeof value); }

int answer_bool(struct answer to, bool value)
{
    bool8_t byte = value;
    return answer(to, INFO_DATATYPE_BOOL8, &byte, sizeof byte);
}
