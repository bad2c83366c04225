/* The file is a few lines "key value"; a change counts within 10 ms. Without it, a camera without faults. */
#include "faults.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static const struct faults QUICK = {.slew_steps_s = 1e6, .buffers_at_least = 3};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct faults current;
static char path[4096];
static struct stat seen;
static struct timespec looked;

static void take_line(struct faults *found, const char *key, double value)
{
    if (!strcmp(key, "slew_steps_s")) found->slew_steps_s = value;
    else if (!strcmp(key, "delay_s")) found->delay_s = value;
    else if (!strcmp(key, "drop_percent")) found->drop_percent = value;
    else if (!strcmp(key, "incomplete_percent")) found->incomplete_percent = value;
    else if (!strcmp(key, "buffers_at_least")) found->buffers_at_least = value;
    else if (!strcmp(key, "rolling_s")) found->rolling_s = value;
    else if (!strcmp(key, "stalled")) found->stalled = value != 0;
    else if (!strcmp(key, "unplugged")) found->unplugged = value != 0;
    else if (!strcmp(key, "busy")) found->busy = value != 0;
    else if (!strcmp(key, "no_timestamps")) found->no_timestamps = value != 0;
    else fprintf(stderr, "focussim: %s: unknown key %s\n", path, key);
}

static void read_file(void)
{
    char line[256], key[64];
    double value;
    FILE *file = fopen(path, "r");
    current = QUICK;
    if (!file) return;
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, "rename ", 7) && strncmp(line, "stack ", 6) && sscanf(line, "%63s %lf", key, &value) == 2)
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

const char *faults_renamed(const char *name, char *room, int size)
{
    const char *result = name;
    char line[256];
    pthread_mutex_lock(&lock);
    FILE *file = path[0] ? fopen(path, "r") : NULL;
    pthread_mutex_unlock(&lock);
    size_t length = strlen(name);
    while (file && fgets(line, sizeof line, file)) {
        char *from = line + 7;
        if (strncmp(line, "rename ", 7) || strncmp(from, name, length) || from[length] != '=') continue;
        from[strcspn(from, " \r\n")] = 0;
        snprintf(room, (size_t)size, "%s", from + length + 1);
        result = room[0] ? room : NULL;
    }
    if (file) fclose(file);
    return result;
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
void faults_begin(void)
{
    const char *named = getenv("FOCUSSIM_FILE");
    pthread_mutex_lock(&lock);
    snprintf(path, sizeof path, "%s", named ? named : "");
    memset(&seen, 0, sizeof seen);
    memset(&looked, 0, sizeof looked);
    current.slew_steps_s = 0;
    pthread_mutex_unlock(&lock);
}
