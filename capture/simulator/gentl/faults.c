/* The file is a few lines "key value"; a change counts within 10 ms. Without it, a camera without faults. */
#include "faults.h"

#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static const struct faults QUICK = {
    .slew_steps_s = 1e6, .buffers_at_least = 3, .id_first = 1, .id_last = UINT64_MAX, .id_after_last = 1,
    .burst_frames = 1,
    .clock_rate = 1,
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct faults current;
static char path[4096];
static struct stat seen;
static struct timespec looked;

/* Every line "KEY VALUE": a new one is a field of struct faults and a row here. */
enum kind { REAL, COUNT, FLAG, TEXT };
#define ROW(kind, field) {#field, kind, offsetof(struct faults, field)}

static const struct {
    const char *key;
    enum kind kind;
    size_t field;
} ROWS[] = {
    ROW(REAL, slew_steps_s),
    ROW(REAL, delay_s),
    ROW(REAL, drop_percent),
    ROW(REAL, incomplete_percent),
    ROW(REAL, rolling_s),
    ROW(REAL, buffers_at_least),
    ROW(FLAG, stalled),
    ROW(FLAG, unplugged),
    ROW(FLAG, busy),
    ROW(FLAG, no_timestamps),
    ROW(FLAG, auto_exposure),
    ROW(FLAG, auto_gain),
    ROW(FLAG, auto_rate),
    ROW(FLAG, auto_balance),
    ROW(FLAG, auto_stays),
    ROW(REAL, burst_frames),
    ROW(TEXT, refused_by),
    ROW(COUNT, id_first),
    ROW(COUNT, id_last),
    ROW(COUNT, id_after_last),
    ROW(FLAG, id_counts_on),
    ROW(COUNT, id_repeats_every),
    ROW(COUNT, id_falls_back_after),
    ROW(REAL, tick_hz),
    ROW(REAL, clock_rate),
    ROW(REAL, clock_jump_s),
    ROW(COUNT, clock_jump_after),
    ROW(COUNT, clock_stops_after),
    ROW(FLAG, zero_timestamps),
};

static void take_line(struct faults *found, const char *key, const char *value)
{
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        if (strcmp(key, ROWS[i].key)) continue;
        void *field = (char *)found + ROWS[i].field;
        if (ROWS[i].kind == REAL) *(double *)field = strtod(value, NULL);
        else if (ROWS[i].kind == COUNT) *(uint64_t *)field = strtoull(value, NULL, 10);
        else if (ROWS[i].kind == TEXT) snprintf(field, sizeof found->refused_by, "%s", value);
        else *(bool *)field = strtod(value, NULL) != 0;
        return;
    }
    fprintf(stderr, "focussim: %s: unknown key %s\n", path, key);
}

static void read_file(void)
{
    char line[256], key[64], value[64];
    FILE *file = fopen(path, "r");
    current = QUICK;
    if (!file) return;
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, "rename ", 7) && strncmp(line, "entries ", 8) && strncmp(line, "stack ", 6) &&
            sscanf(line, "%63s %63s", key, value) == 2)
            take_line(&current, key, value);
    }
    fclose(file);
}

static bool changed(void)
{
    struct stat now_there;
    memset(&now_there, 0, sizeof now_there);
    stat(path, &now_there);
    bool other = now_there.st_ino != seen.st_ino || now_there.st_size != seen.st_size ||
                 now_there.st_mtim.tv_sec != seen.st_mtim.tv_sec || now_there.st_mtim.tv_nsec != seen.st_mtim.tv_nsec;
    seen = now_there;
    return other;
}

struct faults faults_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    pthread_mutex_lock(&lock);
    double since_s = (double)(now.tv_sec - looked.tv_sec) + 1e-9 * (double)(now.tv_nsec - looked.tv_nsec);
    if (since_s > 0.01) {
        looked = now;
        if (changed() || current.slew_steps_s == 0) read_file();
    }
    struct faults result = current;
    pthread_mutex_unlock(&lock);
    return result;
}

/* What the last line "VERB NAME=…" says behind its "="; false without such a line. */
static bool said(const char *verb, const char *name, char *room, int size)
{
    bool found = false;
    char line[256];
    pthread_mutex_lock(&lock);
    FILE *file = path[0] ? fopen(path, "r") : NULL;
    pthread_mutex_unlock(&lock);
    size_t before = strlen(verb) + 1, length = strlen(name);
    while (file && fgets(line, sizeof line, file)) {
        char *from = line + before;
        if (strncmp(line, verb, before - 1) || line[before - 1] != ' ') continue;
        if (strncmp(from, name, length) || from[length] != '=') continue;
        from[strcspn(from, "\r\n")] = 0;
        snprintf(room, (size_t)size, "%s", from + length + 1);
        found = true;
    }
    if (file) fclose(file);
    return found;
}

const char *faults_renamed(const char *name, char *room, int size)
{
    if (!said("rename", name, room, size)) return name;
    room[strcspn(room, " ")] = 0;
    return room[0] ? room : NULL;
}

const char *faults_entries(const char *name, const char *usual, char *room, int size)
{
    return said("entries", name, room, size) ? room : usual;
}

bool faults_stack(char *room, int size)
{
    char line[4096], *from = line + 6;
    pthread_mutex_lock(&lock);
    FILE *file = path[0] ? fopen(path, "r") : NULL;
    pthread_mutex_unlock(&lock);
    bool found = false;
    while (file && !found && fgets(line, sizeof line, file)) {
        found = !strncmp(line, "stack ", 6);
        from[strcspn(from, "\r\n")] = 0;
    }
    if (file) fclose(file);
    if (found) snprintf(room, (size_t)size, "%s", from);
    return found;
}

/* getenv is only safe while no other thread writes the environment. */
bool faults_begin(void)
{
    const char *named = getenv("FOCUSSIM_FILE");
    pthread_mutex_lock(&lock);
    bool other = strcmp(path, named ? named : "");
    snprintf(path, sizeof path, "%s", named ? named : "");
    memset(&seen, 0, sizeof seen);
    memset(&looked, 0, sizeof looked);
    current.slew_steps_s = 0;
    pthread_mutex_unlock(&lock);
    return other;
}
