/* Reading and writing the features of the simulated camera. */
#include "camera.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "faults.h"
#include "gentl.h"

enum { NOT_INITIALIZED = 1, BUSY = 3, READY = 4 };
enum { OFF = 0, CONTINUOUS = 2 };

int64_t camera_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void camera_reset(struct camera *camera)
{
    camera->window = (struct window){0, 0, SENSOR_WIDTH, SENSOR_HEIGHT, MONO8};
    camera->rate_enabled = true;
    camera->rate_hz = 30;
    camera->exposure_us = 1000;
    camera->frame_count = 1;
    camera->fire = camera->acquiring = camera->sequencing = camera->configuring = false;
    memset(camera->trigger_on, 0, sizeof camera->trigger_on);
    camera->trigger = FRAME_START;
    camera->burst = (int)faults_now().burst_frames;
    camera->locked = camera->optic_ready = camera->focus_ready = camera->chunk_mode = false;
    camera->mode = camera->source = camera->chunk_selected = camera->seq_feature = 0;
    camera->set_selected = camera->set_start = camera->set_active = 0;
    camera->gain_db = 0;
    camera->exposed = 0;
    camera->next_id = faults_now().id_first;
    memset(camera->chunk_enabled, 0, sizeof camera->chunk_enabled);
    memset(camera->set_feature, 0, sizeof camera->set_feature);
    for (int i = 0; i < SETS; i++) camera->sets[i] = (struct sequencer_set){LENS_STEPS, 1000, 0};
    camera->edited = camera->sets[0];
    lens_rest(&camera->lens, LENS_STEPS);
}

size_t camera_payload(const struct camera *camera)
{
    size_t image = (scene_bytes(&camera->window) + 7) & ~(size_t)7;
    return image + (camera->chunk_mode ? CHUNK_BYTES : 0);
}

double camera_rolling_s(const struct camera *camera)
{
    return faults_now().rolling_s * camera->window.height / SENSOR_HEIGHT;
}

bool camera_triggered(const struct camera *camera)
{
    return camera->trigger_on[FRAME_START] || camera->trigger_on[EXPOSURE_START] || camera->trigger_on[FRAME_BURST_START];
}

void camera_fire(struct camera *camera, int trigger)
{
    if (!camera->trigger_on[trigger]) return;
    if (trigger == ACQUISITION_START) camera->acquiring = true;
    else if (trigger < ACQUISITION_START) camera->fire = true;
}

/* The automatic exposes longer what is nearer, as if less light came from there. */
double camera_exposure_us(struct camera *camera)
{
    if (!automatic_on(AUTO_EXPOSURE)) return camera->exposure_us;
    return 3000 - 2000 * lens_step_at(&camera->lens, camera_clock_ns()) / LENS_STEPS;
}

double camera_step_at(struct camera *camera, int64_t time_ns)
{
    return lens_step_at(&camera->lens, time_ns);
}

void camera_move(struct camera *camera, double step, int64_t time_ns)
{
    struct faults faults = faults_now();
    lens_command(&camera->lens, step, time_ns + (int64_t)(faults.delay_s * 1e9), faults.slew_steps_s);
}

static int64_t get_integer(struct camera *camera, int feature)
{
    int64_t now_ns = camera_clock_ns();
    switch (feature) {
    case F_TIMESTAMP_VALUE: return camera->latched_ns;
    case F_TICK_FREQUENCY: return faults_now().tick_hz > 0 ? (int64_t)faults_now().tick_hz : 1000000000;
    case F_SENSOR_WIDTH: return SENSOR_WIDTH;
    case F_SENSOR_HEIGHT: return SENSOR_HEIGHT;
    case F_WIDTH: return camera->window.width;
    case F_HEIGHT: return camera->window.height;
    case F_OFFSET_X: return camera->window.x;
    case F_OFFSET_Y: return camera->window.y;
    case F_PIXEL_FORMAT: return camera->window.format;
    case F_PAYLOAD_SIZE: return (int64_t)camera_payload(camera);
    case F_ACQUISITION_MODE: return camera->mode;
    case F_FRAME_COUNT: return camera->frame_count;
    case F_RATE_ENABLE: return camera->rate_enabled;
    case F_SHUTTER: return faults_now().rolling_s > 0;
    case F_TRIGGER_SELECTOR: return camera->trigger;
    case F_TRIGGER_MODE: return camera->trigger_on[camera->trigger];
    case F_BURST: return camera->burst;
    case F_RATE_AUTO: case F_EXPOSURE_AUTO: case F_GAIN_AUTO: case F_BALANCE_AUTO:
        return automatic_on((enum automatic)(feature - F_RATE_AUTO)) ? CONTINUOUS : OFF;
    case F_LENS_CONNECTION: return camera->optic_ready;
    case F_TRIGGER_SOURCE: return camera->source;
    case F_LOCKED: return camera->locked;
    case F_OPTIC_STATUS: return camera->optic_ready ? READY : NOT_INITIALIZED;
    case F_FOCUS_STATUS:
        if (!camera->focus_ready) return NOT_INITIALIZED;
        return lens_busy(&camera->lens, now_ns) ? BUSY : READY;
    case F_FOCUS_STEPPER: return lround(lens_step_at(&camera->lens, now_ns));
    case F_SEQ_MODE: return camera->sequencing;
    case F_SEQ_CONFIG: return camera->configuring;
    case F_SEQ_FEATURE: return camera->seq_feature;
    case F_SEQ_FEATURE_ENABLE: return camera->set_feature[camera->seq_feature];
    case F_SEQ_SET: return camera->set_selected;
    case F_SEQ_START: return camera->set_start;
    case F_SEQ_ACTIVE: return camera->set_active;
    case F_SEQ_NEXT: return camera->edited.next;
    case F_CHUNK_MODE: return camera->chunk_mode;
    case F_CHUNK_SELECTOR: return camera->chunk_selected;
    case F_CHUNK_ENABLE: return camera->chunk_enabled[camera->chunk_selected];
    default: return 0;
    }
}

int camera_get(void *module, int feature, union value *value)
{
    struct camera *camera = module;
    if (faults_now().unplugged) return GC_ERR_IO;
    pthread_mutex_lock(&camera->lock);
    switch (feature) {
    case F_VENDOR: snprintf(value->text, sizeof value->text, VENDOR); break;
    case F_MODEL: snprintf(value->text, sizeof value->text, MODEL); break;
    case F_SERIAL: snprintf(value->text, sizeof value->text, SERIAL); break;
    case F_RATE: value->real = camera->rate_hz; break;
    case F_EXPOSURE: value->real = camera_exposure_us(camera); break;
    case F_OPTIC_TEMPERATURE: value->real = 31.5; break;
    case F_READOUT: value->real = camera_rolling_s(camera) * 1e6; break;
    case F_GAIN: value->real = camera->gain_db; break;
    case F_FOCAL_POWER: value->real = lens_dpt(lens_step_at(&camera->lens, camera_clock_ns())); break;
    default: value->integer = get_integer(camera, feature);
    }
    pthread_mutex_unlock(&camera->lock);
    return GC_ERR_SUCCESS;
}

static int set_window(struct camera *camera, int feature, int value)
{
    struct window wanted = camera->window;
    if (feature == F_WIDTH) wanted.width = value;
    if (feature == F_HEIGHT) wanted.height = value;
    if (feature == F_OFFSET_X) wanted.x = value;
    if (feature == F_OFFSET_Y) wanted.y = value;
    if (feature == F_PIXEL_FORMAT) wanted.format = (uint32_t)value;
    if (wanted.x + wanted.width > SENSOR_WIDTH || wanted.y + wanted.height > SENSOR_HEIGHT ||
        (feature != F_PIXEL_FORMAT && value % 4))
        return GC_ERR_INVALID_VALUE;
    camera->window = wanted;
    return GC_ERR_SUCCESS;
}

static int focus(struct camera *camera, double step)
{
    if (!camera->focus_ready) return GC_ERR_ACCESS_DENIED;
    camera->edited.step = step;
    if (!camera->configuring) camera_move(camera, step, camera_clock_ns());
    return GC_ERR_SUCCESS;
}

static int set_integer(struct camera *camera, int feature, int64_t value)
{
    char room[64];
    switch (feature) {
    case F_TIMESTAMP_LATCH: camera->latched_ns = camera_clock_ns(); break;
    case F_WIDTH: case F_HEIGHT: case F_OFFSET_X: case F_OFFSET_Y: case F_PIXEL_FORMAT:
        return set_window(camera, feature, (int)value);
    case F_ACQUISITION_MODE: camera->mode = (int)value; break;
    case F_FRAME_COUNT: camera->frame_count = (int)value; break;
    case F_RATE_ENABLE: camera->rate_enabled = value != 0; break;
    case F_TRIGGER_SELECTOR: camera->trigger = (int)value % TRIGGERS; break;
    case F_TRIGGER_MODE: camera->trigger_on[camera->trigger] = value != 0; break;
    case F_BURST: camera->burst = (int)value; break;
    case F_RATE_AUTO: case F_EXPOSURE_AUTO: case F_GAIN_AUTO: case F_BALANCE_AUTO:
        return automatic_set((enum automatic)(feature - F_RATE_AUTO), value != OFF);
    case F_LENS_CONNECTION: camera->optic_ready = camera->focus_ready = value != 0; break;
    case F_TRIGGER_SOURCE: camera->source = (int)value; break;
    case F_TRIGGER_SOFTWARE:
        if (camera->source == SOURCE_SOFTWARE) camera_fire(camera, camera->trigger);
        break;
    case F_LOCKED: camera->locked = value != 0; break;
    case F_OPTIC_INITIALIZE:
        camera->optic_ready = true;
        if (!faults_renamed("FocusInitialize", room, sizeof room)) camera->focus_ready = true; /* nothing more to do */
        break;
    case F_FOCUS_INITIALIZE: camera->focus_ready = camera->optic_ready; break;
    case F_FOCUS_STEPPER: return focus(camera, (double)value);
    case F_SEQ_MODE: camera->sequencing = value != 0; break;
    case F_SEQ_CONFIG: camera->configuring = value != 0; break;
    case F_SEQ_FEATURE: camera->seq_feature = (int)value; break;
    case F_SEQ_FEATURE_ENABLE: camera->set_feature[camera->seq_feature] = value != 0; break;
    case F_SEQ_SET: camera->set_selected = (int)value; break;
    case F_SEQ_SAVE: camera->sets[camera->set_selected] = camera->edited; break;
    case F_SEQ_LOAD: camera->edited = camera->sets[camera->set_selected]; break;
    case F_SEQ_START: camera->set_start = (int)value; break;
    case F_SEQ_NEXT: camera->edited.next = (int)value; break;
    case F_CHUNK_MODE: camera->chunk_mode = value != 0; break;
    case F_CHUNK_SELECTOR: camera->chunk_selected = (int)value; break;
    case F_CHUNK_ENABLE: camera->chunk_enabled[camera->chunk_selected] = value != 0; break;
    default: break;
    }
    return GC_ERR_SUCCESS;
}

static bool refused(const struct camera *camera, int feature)
{
    if (feature == F_EXPOSURE && automatic_on(AUTO_EXPOSURE)) return true;
    if (feature == F_GAIN && automatic_on(AUTO_GAIN)) return true;
    if (feature == F_RATE && automatic_on(AUTO_RATE)) return true;
    return camera->running && feature != F_LOCKED && CAMERA_FEATURES[feature].flags & LOCKED_WHILE_RUNNING;
}

int camera_set(void *module, int feature, const union value *value)
{
    struct camera *camera = module;
    int error = GC_ERR_SUCCESS;
    if (faults_now().unplugged) return GC_ERR_IO;
    if (feature == F_START || feature == F_STOP) {
        (feature == F_START ? camera_start : camera_stop)(camera);
        return error;
    }
    pthread_mutex_lock(&camera->lock);
    if (refused(camera, feature)) error = GC_ERR_ACCESS_DENIED;
    else if (feature == F_RATE) camera->rate_hz = value->real;
    else if (feature == F_EXPOSURE) camera->exposure_us = camera->edited.exposure_us = value->real;
    else if (feature == F_GAIN) camera->gain_db = value->real;
    else if (feature == F_FOCAL_POWER) error = focus(camera, lens_step_of_dpt(value->real));
    else error = set_integer(camera, feature, value->integer);
    pthread_cond_broadcast(&camera->wake);
    pthread_mutex_unlock(&camera->lock);
    return error;
}
