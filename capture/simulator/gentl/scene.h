/* What the simulated camera sees: a slanted, textured plane, closest on the left. */
#ifndef FOCUSSIM_SCENE_H
#define FOCUSSIM_SCENE_H

#include <stddef.h>
#include <stdint.h>

#define SENSOR_WIDTH 640
#define SENSOR_HEIGHT 480

enum {
    MONO8 = 0x01080001, MONO10 = 0x01100003, MONO12 = 0x01100005, MONO16 = 0x01100007,
    MONO10P = 0x010A0046, MONO12P = 0x010C0047, MONO10PACKED = 0x010C0004, MONO12PACKED = 0x010C0006,
    BAYERRG8 = 0x01080009, RGB8 = 0x02180014
};

struct window {
    int x, y, width, height;
    uint32_t format;
};

/* Bytes of an image. */
size_t scene_bytes(const struct window *window);

/*
 * Column x of the sensor is sharp at focus step 1000·x/639; contrast falls off as a Gaussian 80 steps wide. From the
 * first row of the window to its last the focus goes evenly from one step to the other. Where a stack of pictures
 * was loaded, it is shown instead.
 */
void scene_render(uint8_t *out, const struct window *window, double first_row_step, double last_row_step);

/* Show the pictures of a file from now on, NULL the plane again; 0 when it cannot be read. */
int scene_load(const char *path);

#endif
