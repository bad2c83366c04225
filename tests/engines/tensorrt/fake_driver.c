/* A driver of CUDA on the host's memory, for pycuda: it is as strict about contexts as NVIDIA's may be.

Everything but contexts needs a current one in its thread. A primary context is released, never detached from.
What is left at the end of the process is written to the file that FAKE_DRIVER_REPORT names. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CU(name) __attribute__((visibility("default"))) int name
enum { OK = 0, INVALID = 1, OUT_OF_MEMORY = 2, NO_DEVICE = 100, INVALID_CONTEXT = 201, INVALID_HANDLE = 400 };
enum { DEPTH = 16, MOST = 4096 };

struct piece { char *at; size_t size; };
static struct piece memory[MOST], host[MOST];
static int retained[8], refused, streams;
static _Thread_local void *stack[DEPTH];
static _Thread_local int top;

#define NEEDS_CONTEXT if (!top || !retained[(intptr_t)stack[top - 1] - 1]) return INVALID_CONTEXT

static int devices(void) { const char *said = getenv("FAKE_DRIVER_DEVICES"); return said ? atoi(said) : 1; }

static int take(struct piece *where, void **address, size_t size) {
    NEEDS_CONTEXT;
    if (size > 1u << 30) return OUT_OF_MEMORY;
    for (int i = 0; i < MOST; i++)
        if (!where[i].at) { *address = where[i].at = aligned_alloc(256, (size + 255) / 256 * 256); where[i].size = size; return OK; }
    return OUT_OF_MEMORY;
}

static int give(struct piece *where, void *address) {
    NEEDS_CONTEXT;
    for (int i = 0; i < MOST; i++)
        if (where[i].at && where[i].at == address) { free(address); where[i].at = 0; return OK; }
    return INVALID;
}

static int holds(uint64_t address, size_t size) {
    for (int i = 0; i < MOST; i++)
        if (memory[i].at && address >= (uint64_t)memory[i].at && address + size <= (uint64_t)memory[i].at + memory[i].size) return 1;
    return 0;
}

static int count(struct piece *where) { int n = 0; for (int i = 0; i < MOST; i++) n += where[i].at != 0; return n; }

__attribute__((destructor)) static void report(void) {
    const char *path = getenv("FAKE_DRIVER_REPORT");
    FILE *file = path ? fopen(path, "w") : 0;
    if (!file) return;
    fprintf(file, "memory %d host %d streams %d retained %d refused %d current %d\n", count(memory), count(host), streams, retained[0], refused, top);
    fclose(file);
}

CU(cuInit)(unsigned flags) { return devices() ? OK : NO_DEVICE; }
CU(cuDriverGetVersion)(int *version) { *version = 13000; return OK; }
CU(cuGetErrorString)(int code, const char **said) { *said = code == OUT_OF_MEMORY ? "out of memory" : code == NO_DEVICE ? "no CUDA-capable device is detected" : "invalid"; return OK; }
CU(cuDeviceGetCount)(int *n) { *n = devices(); return OK; }
CU(cuDeviceGet)(int *device, int n) { *device = n; return n < devices() ? OK : INVALID; }
CU(cuDeviceGetName)(char *name, int size, int device) { snprintf(name, size, "Fake %d", device); return OK; }
CU(cuDeviceComputeCapability)(int *major, int *minor, int device) { *major = 8; *minor = 9; return OK; }
CU(cuDeviceGetAttribute)(int *value, int what, int device) { *value = what == 75 ? 8 : what == 76 ? 9 : 1; return OK; }
CU(cuDevicePrimaryCtxRetain)(void **context, int device) { retained[device]++; *context = (void *)(intptr_t)(device + 1); return OK; }
CU(cuDevicePrimaryCtxRelease_v2)(int device) { if (!retained[device]) return INVALID_CONTEXT; retained[device]--; return OK; }
CU(cuCtxDetach)(void *context) { refused++; return INVALID_CONTEXT; }
CU(cuCtxPushCurrent_v2)(void *context) { if (top == DEPTH || !retained[(intptr_t)context - 1]) return INVALID_CONTEXT; stack[top++] = context; return OK; }
CU(cuCtxPopCurrent_v2)(void **context) { if (!top) return INVALID_CONTEXT; *context = stack[--top]; return OK; }
CU(cuCtxGetDevice)(int *device) { NEEDS_CONTEXT; *device = (intptr_t)stack[top - 1] - 1; return OK; }
CU(cuCtxGetApiVersion)(void *context, unsigned *version) { *version = 13000; return OK; }
CU(cuCtxSynchronize)(void) { NEEDS_CONTEXT; return OK; }
CU(cuMemAlloc_v2)(uint64_t *address, size_t size) { return take(memory, (void **)address, size); }
CU(cuMemFree_v2)(uint64_t address) { return give(memory, (void *)address); }
CU(cuMemHostAlloc)(void **address, size_t size, unsigned flags) { return take(host, address, size); }
CU(cuMemFreeHost)(void *address) { return give(host, address); }
CU(cuMemGetInfo_v2)(size_t *spare, size_t *total) { NEEDS_CONTEXT; *spare = (1u << 30) - 4096 * count(memory); *total = 1u << 30; return OK; }
CU(cuMemcpyHtoDAsync_v2)(uint64_t to, const void *from, size_t size, void *stream) { NEEDS_CONTEXT; if (!holds(to, size)) return INVALID; memcpy((void *)to, from, size); return OK; }
CU(cuMemcpyDtoHAsync_v2)(void *to, uint64_t from, size_t size, void *stream) { NEEDS_CONTEXT; if (!holds(from, size)) return INVALID; memcpy(to, (void *)from, size); return OK; }
CU(cuStreamCreate)(void **stream, unsigned flags) { NEEDS_CONTEXT; if (flags != 1) return INVALID; streams++; *stream = (void *)(intptr_t)(7000 + streams); return OK; }
CU(cuStreamDestroy_v2)(void *stream) { NEEDS_CONTEXT; streams--; return OK; }
CU(cuStreamSynchronize)(void *stream) { NEEDS_CONTEXT; return (intptr_t)stream > 7000 ? OK : INVALID_HANDLE; }
