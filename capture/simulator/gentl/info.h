/* Answers to the standard's "get info" functions: a value, its type and its size. */
#ifndef FOCUSSIM_INFO_H
#define FOCUSSIM_INFO_H

#include <stdbool.h>

#include "gentl.h"

struct answer {
    INFO_DATATYPE *type;
    void *data;
    size_t *size;
};

int answer_text(struct answer answer, const char *text);
int answer_int32(struct answer answer, int32_t value);
int answer_uint32(struct answer answer, uint32_t value);
int answer_uint64(struct answer answer, uint64_t value);
int answer_size(struct answer answer, size_t value);
int answer_bool(struct answer answer, bool value);
int answer_pointer(struct answer answer, void *value);

#define ANSWER ((struct answer){type, data, size})
#define INFO_PARAMETERS INFO_DATATYPE *type, void *data, size_t *size

#endif
