/*
 * A simulated webcam for any program on Linux: preloaded (LD_PRELOAD), it answers for /dev/video63 what Video4Linux would.
 * Its picture is 160 x 120 YUYV at 50 fps, 16 black or white stripes: the number of the frame, the low bit on the left.
 * The file that WEBCAM_FILE names sets its faults, one a line, also while it runs: "busy", "stalled", "unplugged",
 * "odd-clock", "clock-back" (by 0.7 s), "zero-stamps",
 * "one-size" (it refuses other sizes than its own), "auto-stays" (no automatic lets itself be switched).
 * "left-at-320x240", "left-at-grey" and "left-at-25fps" say what the program before left it at.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "webcam.h"

#define DEVICE "/dev/video63"
#define STRIPES 16
#define BUFFERS 8
#define OPENED 8
#define PRELOADED __attribute__((visibility("default")))

enum place { WITH_PROGRAM, WAITING, FILLED };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_t thread;
static int device = -1; /* an eventfd that counts the filled buffers: whoever polls it sees images */
static int opened[OPENED] = {-1, -1, -1, -1, -1, -1, -1, -1}; /* copies of it, one for each time it is open */
static int streams_to = -1; /* the one that takes the images */
static bool streaming;
static unsigned buffers;
static struct {
    uint8_t *pixels;
    enum place place;
    uint32_t sequence;
    int64_t stamp_ns;
} buffer[BUFFERS];

bool fault(const char *name)
{
    char line[32] = "";
    const char *path = getenv("WEBCAM_FILE");
    FILE *file = path ? fopen(path, "r") : NULL;
    if (!file) return false;
    bool found = false;
    while (!found && fgets(line, sizeof line, file)) found = !strncmp(line, name, strlen(name));
    fclose(file);
    return found;
}

static int64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void paint(uint8_t *pixels, uint32_t number)
{
    unsigned step = mode->format == V4L2_PIX_FMT_YUYV ? 2 : 1;
    for (unsigned i = 0; i < mode->width * mode->height; i++) {
        pixels[step * i] = number >> (i % mode->width / (mode->width / STRIPES)) & 1 ? 235 : 16;
        if (step == 2) pixels[2 * i + 1] = 128;
    }
}

/* The oldest buffer of a kind; -1 without. With the lock held. */
static int oldest(enum place place)
{
    int found = -1;
    for (unsigned i = 0; i < buffers; i++)
        if (buffer[i].place == place && (found < 0 || buffer[i].sequence < buffer[found].sequence)) found = (int)i;
    return found;
}

static void *expose(void *unused)
{
    int64_t next_ns = clock_ns();
    (void)unused;
    for (uint32_t number = 0;; number++, next_ns += 1000000000 / rate_hz) {
        struct timespec until = {next_ns / 1000000000, next_ns % 1000000000};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        bool silent = fault("stalled") || fault("unplugged");
        pthread_mutex_lock(&lock);
        int at = streaming && !silent ? oldest(WAITING) : -1; /* without a free buffer the image is lost */
        if (at >= 0) {
            uint64_t one = 1;
            paint(buffer[at].pixels, number);
            buffer[at].place = FILLED;
            buffer[at].sequence = number;
            buffer[at].stamp_ns = next_ns;
            if (write(device, &one, sizeof one) < 0) abort();
        }
        bool goes_on = streaming;
        pthread_mutex_unlock(&lock);
        if (!goes_on) return NULL;
    }
}

static void describe(struct v4l2_buffer *out, unsigned index)
{
    out->length = MOST_BYTES;
    out->m.offset = index * 0x10000;
    out->memory = V4L2_MEMORY_MMAP;
    out->flags = V4L2_BUF_FLAG_MAPPED | V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC | V4L2_BUF_FLAG_TSTAMP_SRC_SOE;
}

static int dequeue(struct v4l2_buffer *out)
{
    uint64_t one;
    int at = oldest(FILLED);
    if (at < 0 || read(device, &one, sizeof one) < 0) return EAGAIN;
    int64_t stamp_ns = fault("zero-stamps") ? 0 : buffer[at].stamp_ns - (fault("odd-clock") ? INT64_C(3600000000000) : 0);
    if (fault("clock-back")) stamp_ns -= INT64_C(700000000);
    buffer[at].place = WITH_PROGRAM;
    describe(out, out->index = (unsigned)at);
    out->bytesused = image_bytes();
    out->sequence = buffer[at].sequence;
    out->timestamp = (struct timeval){stamp_ns / 1000000000, stamp_ns % 1000000000 / 1000};
    return 0;
}

static int request(struct v4l2_requestbuffers *asked)
{
    if (fault("busy")) return EBUSY;
    buffers = asked->count = asked->count < BUFFERS ? asked->count : BUFFERS;
    for (unsigned i = 0; i < buffers; i++) buffer[i].place = WITH_PROGRAM;
    return 0;
}

static int start(int file)
{
    if (fault("busy")) return EBUSY;
    streaming = true;
    streams_to = file;
    return pthread_create(&thread, NULL, expose, NULL);
}

/* An errno, 0 when all is well. With the lock held. */
static int answer(int file, unsigned long what, void *data)
{
    struct v4l2_capability *capability = data;
    struct v4l2_buffer *one = data;
    if (fault("unplugged")) return ENODEV;
    switch (what) {
    case VIDIOC_QUERYCAP:
        memset(capability, 0, sizeof *capability);
        strcpy((char *)capability->driver, "webcam.so");
        strcpy((char *)capability->card, "Simulated webcam");
        capability->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
        capability->capabilities = capability->device_caps | V4L2_CAP_DEVICE_CAPS;
        return 0;
    case VIDIOC_G_INPUT: *(int *)data = 0; return 0;
    case VIDIOC_S_INPUT: return 0;
    case VIDIOC_ENUM_FMT: return tell_format_name(data);
    case VIDIOC_ENUM_FRAMESIZES: return tell_size(data);
    case VIDIOC_ENUM_FRAMEINTERVALS: return tell_interval(data);
    case VIDIOC_G_FMT: return tell_format(data);
    case VIDIOC_S_FMT: return set_format(data);
    case VIDIOC_G_PARM: return tell_rate(data);
    case VIDIOC_S_PARM: return set_rate(data, streaming);
    case VIDIOC_QUERYCTRL: return tell_range(data);
    case VIDIOC_G_CTRL: case VIDIOC_S_CTRL: return control_value(data, what == VIDIOC_S_CTRL);
    case VIDIOC_REQBUFS: return request(data);
    case VIDIOC_QUERYBUF:
        if (one->index >= buffers) return EINVAL;
        describe(one, one->index);
        return 0;
    case VIDIOC_QBUF:
        if (one->index >= buffers) return EINVAL;
        buffer[one->index].place = WAITING;
        return 0;
    case VIDIOC_DQBUF: return dequeue(one);
    case VIDIOC_STREAMON: return start(file);
    default: return EINVAL;
    }
}

static void stop(void)
{
    pthread_mutex_lock(&lock);
    bool ran = streaming;
    uint64_t one;
    streaming = false;
    pthread_mutex_unlock(&lock);
    if (ran) pthread_join(thread, NULL);
    while (ran && read(device, &one, sizeof one) > 0) continue;
    for (int i = 0; i < BUFFERS; i++) buffer[i].place = WITH_PROGRAM;
}

/* Which of the open copies of the device; -1 for any other file. */
static int copy_of(int file)
{
    for (int i = 0; file >= 0 && i < OPENED; i++)
        if (opened[i] == file) return i;
    return -1;
}

PRELOADED int ioctl(int file, unsigned long what, ...)
{
    static int (*real)(int, unsigned long, ...);
    va_list rest;
    va_start(rest, what);
    void *data = va_arg(rest, void *);
    va_end(rest);
    if (copy_of(file) < 0) {
        if (!real) real = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
        return real(file, what, data);
    }
    if (what == VIDIOC_STREAMOFF) {
        stop();
        return 0;
    }
    pthread_mutex_lock(&lock);
    errno = answer(file, what, data);
    pthread_mutex_unlock(&lock);
    return errno ? -1 : 0;
}

static int open_device(void)
{
    int free_place = 0;
    if (device < 0) device = eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC);
    while (free_place < OPENED && opened[free_place] >= 0) free_place++;
    errno = fault("unplugged") ? ENOENT : free_place == OPENED ? EBUSY : 0;
    return errno ? -1 : (opened[free_place] = fcntl(device, F_DUPFD_CLOEXEC, 0));
}

#define OPEN(name)                                                                                                      \
    PRELOADED int name(const char *path, int flags, ...)                                                                \
    {                                                                                                                   \
        static int (*real)(const char *, int, ...);                                                                     \
        va_list rest;                                                                                                   \
        va_start(rest, flags);                                                                                          \
        unsigned mode = va_arg(rest, unsigned);                                                                         \
        va_end(rest);                                                                                                   \
        if (!strcmp(path, DEVICE)) return open_device();                                                                \
        if (!real) real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name);                                     \
        return real(path, flags, mode);                                                                                 \
    }
OPEN(open)
OPEN(open64)

PRELOADED int close(int file)
{
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "close");
    int copy = copy_of(file);
    if (copy >= 0) {
        if (file == streams_to) stop();
        opened[copy] = -1;
    }
    return real(file);
}

#define MMAP(name, offset_type)                                                                                         \
    PRELOADED void *name(void *at, size_t size, int protection, int flags, int file, offset_type offset)                \
    {                                                                                                                   \
        static void *(*real)(void *, size_t, int, int, int, offset_type);                                               \
        if (!real) real = (void *(*)(void *, size_t, int, int, int, offset_type))dlsym(RTLD_NEXT, #name);               \
        if (copy_of(file) < 0) return real(at, size, protection, flags, file, offset);                                  \
        uint8_t *pixels = real(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);                  \
        if (offset / 0x10000 < BUFFERS) buffer[offset / 0x10000].pixels = pixels;                                       \
        return pixels;                                                                                                  \
    }
MMAP(mmap, off_t)
MMAP(mmap64, off64_t)

#define STAT(name, type)                                                                                                \
    PRELOADED int name(const char *path, struct type *out)                                                              \
    {                                                                                                                   \
        static int (*real)(const char *, struct type *);                                                                \
        if (!real) real = (int (*)(const char *, struct type *))dlsym(RTLD_NEXT, #name);                                \
        if (strcmp(path, DEVICE)) return real(path, out);                                                               \
        memset(out, 0, sizeof *out);                                                                                    \
        out->st_mode = S_IFCHR | 0660;                                                                                  \
        errno = fault("unplugged") ? ENOENT : 0;                                                                        \
        return errno ? -1 : 0;                                                                                          \
    }
STAT(stat, stat)
STAT(stat64, stat64)
