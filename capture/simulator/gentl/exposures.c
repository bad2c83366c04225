/* The thread that exposes frame after frame, as the camera is set. */
#include <errno.h>
#include <math.h>
#include <time.h>

#include "camera.h"
#include "faults.h"

#define FAR_BEHIND_NS 20000000

/* With the lock held; false when the camera was stopped meanwhile. */
static bool wait_until(struct camera *camera, int64_t time_ns)
{
    struct timespec until = {time_ns / 1000000000, time_ns % 1000000000};
    while (camera->running && camera_clock_ns() < time_ns)
        pthread_cond_timedwait(&camera->wake, &camera->lock, &until);
    return camera->running;
}

static bool wait_for_trigger(struct camera *camera)
{
    while (camera->running && camera_triggered(camera) && !camera->fire) pthread_cond_wait(&camera->wake, &camera->lock);
    camera->fire = false;
    return camera->running;
}

static bool wait_for_acquisition(struct camera *camera)
{
    while (camera->running && camera->trigger_on[ACQUISITION_START] && !camera->acquiring)
        pthread_cond_wait(&camera->wake, &camera->lock);
    return camera->running;
}

static void apply_set(struct camera *camera, int set, int64_t time_ns)
{
    camera->set_active = set;
    if (camera->set_feature[0]) camera_move(camera, camera->sets[set].step, time_ns);
    if (camera->set_feature[1]) camera->exposure_us = camera->sets[set].exposure_us;
}

/* The same frames fail in every run: a hash of the frame number decides. */
static bool chosen(uint64_t number, uint32_t salt, double percent)
{
    uint32_t hash = (uint32_t)number * 2654435761u ^ salt;
    hash ^= hash >> 15;
    hash *= 2246822519u;
    hash ^= hash >> 13;
    return hash % 10000 < percent * 100;
}

static void hand_over(struct camera *camera, struct exposure *exposure)
{
    struct faults faults = faults_now();
    uint64_t number = exposure->number;
    if (faults.stalled || faults.unplugged || chosen(number, 1, faults.drop_percent)) return;
    exposure->incomplete = chosen(number, 2, faults.incomplete_percent);
    pthread_mutex_unlock(&camera->lock);
    camera->deliver(camera->stream, exposure);
    pthread_mutex_lock(&camera->lock);
}

/* Frame id of the image that begins now, counted as the file asks for. */
static uint64_t take_id(struct camera *camera)
{
    struct faults faults = faults_now();
    uint64_t number = ++camera->exposed, every = faults.id_repeats_every, after = faults.id_falls_back_after;
    if (after && number > 1 && (number - 1) % after == 0) camera->next_id = faults.id_first;
    if (every && number > 1 && number % every == 0) return camera->last_id;
    camera->last_id = camera->next_id;
    camera->next_id = camera->last_id >= faults.id_last ? faults.id_after_last : camera->last_id + 1;
    return camera->last_id;
}

/* Stamp of an exposure on the camera's clock, which goes as the file asks for. */
static int64_t stamp(struct camera *camera, int64_t start_ns)
{
    struct faults faults = faults_now();
    if (faults.zero_timestamps) return 0;
    if (faults.clock_stops_after && camera->exposed > faults.clock_stops_after) return camera->last_stamp;
    double jump_s = camera->exposed > faults.clock_jump_after ? faults.clock_jump_s : 0;
    int64_t clock_ns = (int64_t)(faults.clock_rate * (double)start_ns) + (int64_t)(jump_s * 1e9);
    camera->last_stamp = faults.tick_hz > 0 ? (int64_t)((double)clock_ns * 1e-9 * faults.tick_hz) : clock_ns;
    return camera->last_stamp;
}

/* Counts as begun when it was due: the sensor of a camera does not wait for a busy computer. */
static bool expose(struct camera *camera, int64_t start_ns)
{
    struct exposure exposure = {
        .frame_id = take_id(camera), .number = camera->exposed, .exposure_us = camera_exposure_us(camera),
        .active_set = camera->set_active, .window = camera->window, .chunks = camera->chunk_mode,
    };
    exposure.stamp = stamp(camera, start_ns);
    int64_t rolling_ns = (int64_t)(camera_rolling_s(camera) * 1e9);
    int64_t length_ns = (int64_t)(exposure.exposure_us * 1000), first_ns = start_ns + length_ns / 2;
    int64_t end_ns = start_ns + length_ns + rolling_ns;
    if (!wait_until(camera, end_ns)) return false;
    exposure.step = camera_step_at(camera, first_ns + rolling_ns / 2);
    exposure.first_row_step = camera_step_at(camera, first_ns);
    exposure.last_row_step = camera_step_at(camera, first_ns + rolling_ns);
    if (camera->sequencing) apply_set(camera, camera->sets[camera->set_active].next, end_ns);
    hand_over(camera, &exposure);
    return camera->running;
}

/* The sensor of a camera keeps its time: images that a busy computer could not take are lost, and counted.
   A sequencer goes through all its sets. */
static void skip(struct camera *camera, int64_t *next_ns, int64_t period_ns, int64_t now_ns)
{
    if (camera->sequencing) *next_ns = now_ns;
    for (; *next_ns < now_ns; *next_ns += period_ns) take_id(camera);
}

static void *run(void *argument)
{
    struct camera *camera = argument;
    pthread_mutex_lock(&camera->lock);
    int64_t next_ns = camera_clock_ns();
    int limit = camera->mode == 1 ? 1 : camera->mode == 2 ? camera->frame_count : -1;
    if (camera->sequencing) apply_set(camera, camera->set_start, next_ns);
    for (int burst = 0; camera->running && limit != 0;) {
        if (!wait_for_acquisition(camera)) break;
        if (camera_triggered(camera) && burst == 0) {
            if (!wait_for_trigger(camera)) break;
            next_ns = camera_clock_ns();
            burst = camera->trigger_on[FRAME_BURST_START] ? camera->burst : 1;
        } else {
            int64_t now_ns = camera_clock_ns();
            int64_t period_ns = (int64_t)(1e9 / (camera->rate_enabled ? camera->rate_hz : 1000));
            next_ns += period_ns;
            if (next_ns < now_ns - FAR_BEHIND_NS) skip(camera, &next_ns, period_ns, now_ns);
            if (!wait_until(camera, next_ns)) break;
            if (camera_triggered(camera) && burst == 0) continue;
        }
        if (burst > 0) burst--;
        if (!expose(camera, next_ns)) break;
        if (limit > 0) limit--;
    }
    pthread_mutex_unlock(&camera->lock);
    return NULL;
}

void camera_start(struct camera *camera)
{
    pthread_mutex_lock(&camera->lock);
    bool starts = !camera->running && camera->deliver;
    if (starts) camera->running = true;
    camera->fire = camera->acquiring = false;
    camera->exposed = 0;
    if (!faults_now().id_counts_on) camera->next_id = faults_now().id_first;
    pthread_mutex_unlock(&camera->lock);
    if (starts && pthread_create(&camera->thread, NULL, run, camera)) camera->running = false;
}

void camera_stop(struct camera *camera)
{
    pthread_mutex_lock(&camera->lock);
    bool stops = camera->running;
    camera->running = false;
    pthread_cond_broadcast(&camera->wake);
    pthread_mutex_unlock(&camera->lock);
    if (stops) pthread_join(camera->thread, NULL);
}
