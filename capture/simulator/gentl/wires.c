/* What a bench would wire to the camera: the trigger input, and a lens in front of it. Not part of GenTL. */
#include "modules.h"

#define WIRE __attribute__((visibility("default"))) void

WIRE focussim_pulse_line1(void);
WIRE focussim_move_lens(double step);

WIRE focussim_pulse_line1(void)
{
    pthread_mutex_lock(&the_camera.lock);
    for (int i = 0; i < TRIGGERS && the_camera.source == SOURCE_LINE1; i++) camera_fire(&the_camera, i);
    pthread_cond_broadcast(&the_camera.wake);
    pthread_mutex_unlock(&the_camera.lock);
}

/* Moves what the picture shows, as if the camera's own focus moved. */
WIRE focussim_move_lens(double step)
{
    pthread_mutex_lock(&the_camera.lock);
    camera_move(&the_camera, step, camera_clock_ns());
    pthread_mutex_unlock(&the_camera.lock);
}
