/* The simulated camera: what its features do, its lens, its exposures. */
#ifndef FOCUSSIM_CAMERA_H
#define FOCUSSIM_CAMERA_H

#include <pthread.h>
#include <stdbool.h>

#include "automatics.h"
#include "features.h"
#include "lens.h"
#include "scene.h"

#define SETS 64
#define VENDOR "focstream"
#define MODEL "FocusSim"
#define SERIAL "FS0001"
#define VERSION "1.0"

enum {
    F_VENDOR, F_MODEL, F_SERIAL, F_TIMESTAMP_LATCH, F_TIMESTAMP_VALUE, F_TICK_FREQUENCY,
    F_SENSOR_WIDTH, F_SENSOR_HEIGHT, F_WIDTH, F_HEIGHT, F_OFFSET_X, F_OFFSET_Y, F_PIXEL_FORMAT, F_PAYLOAD_SIZE,
    F_ACQUISITION_MODE, F_FRAME_COUNT, F_START, F_STOP, F_RATE_ENABLE, F_RATE, F_SHUTTER, F_READOUT,
    F_TRIGGER_SELECTOR, F_TRIGGER_MODE, F_TRIGGER_SOURCE, F_TRIGGER_SOFTWARE, F_BURST, F_EXPOSURE,
    F_RATE_AUTO, F_EXPOSURE_AUTO, F_GAIN_AUTO, F_BALANCE_AUTO, F_GAIN, F_LOCKED, /* automatics as in automatics.h */
    F_OPTIC_SELECTOR, F_LENS_CONNECTION, F_OPTIC_INITIALIZE, F_OPTIC_STATUS, F_OPTIC_TEMPERATURE, F_FOCUS_INITIALIZE, F_FOCUS_STATUS, F_FOCUS_STEPPER,
    F_FOCAL_POWER, F_FOCUS_AUTO,
    F_SEQ_MODE, F_SEQ_CONFIG, F_SEQ_FEATURE, F_SEQ_FEATURE_ENABLE, F_SEQ_SET, F_SEQ_SAVE, F_SEQ_LOAD, F_SEQ_START,
    F_SEQ_ACTIVE, F_SEQ_PATH, F_SEQ_NEXT, F_SEQ_TRIGGER,
    F_CHUNK_MODE, F_CHUNK_SELECTOR, F_CHUNK_ENABLE,
    F_CHUNK_TIMESTAMP, F_CHUNK_FRAME_ID, F_CHUNK_EXPOSURE, F_CHUNK_SET, F_CHUNK_STEPPER, F_CHUNK_POWER,
    F_COUNT
};
#define CHUNKS (F_COUNT - F_CHUNK_TIMESTAMP)
#define CHUNK_BYTES (CHUNKS * 8)

extern const struct feature CAMERA_FEATURES[F_COUNT];

enum trigger_source { SOURCE_SOFTWARE, SOURCE_LINE1 };

/* Numbers of the entries of TriggerSelector; what is above them does nothing here. */
enum trigger { FRAME_START, EXPOSURE_START, FRAME_BURST_START, ACQUISITION_START, TRIGGERS = 8 };

struct sequencer_set {
    double step, exposure_us;
    int next;
};

/* One finished exposure, before it is put into a buffer. */
struct exposure {
    uint64_t frame_id, number; /* as the camera counts them, and since it was started */
    int64_t stamp; /* of its start, on the camera's clock */
    double exposure_us, step, first_row_step, last_row_step;
    int active_set;
    struct window window;
    bool chunks, incomplete;
};

struct camera {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread;
    struct lens lens;
    struct window window;
    bool open, locked, running, optic_ready, focus_ready;
    bool rate_enabled, trigger_on[TRIGGERS], fire, acquiring;
    int mode, frame_count, source, trigger, burst;
    double rate_hz, exposure_us, gain_db;
    int64_t latched_ns;
    bool sequencing, configuring, set_feature[2];
    struct sequencer_set sets[SETS], edited;
    int set_selected, set_start, set_active, seq_feature;
    bool chunk_mode, chunk_enabled[CHUNKS];
    int chunk_selected;
    uint64_t exposed, last_id, next_id;
    int64_t last_stamp;
    void (*deliver)(void *stream, const struct exposure *exposure);
    void *stream;
};

void camera_reset(struct camera *camera);
int camera_get(void *camera, int feature, union value *value);
int camera_set(void *camera, int feature, const union value *value);
size_t camera_payload(const struct camera *camera);
int64_t camera_clock_ns(void);

bool camera_triggered(const struct camera *camera); /* each image, or burst of images, waits for a trigger */
void camera_fire(struct camera *camera, int trigger); /* with the lock held */
double camera_exposure_us(struct camera *camera);     /* with the lock held */
double camera_rolling_s(const struct camera *camera); /* from the first row that is read out to the last */
double camera_step_at(struct camera *camera, int64_t time_ns);             /* with the lock held */
void camera_move(struct camera *camera, double step, int64_t time_ns); /* with the lock held */
void camera_start(struct camera *camera);
void camera_stop(struct camera *camera);

#endif
