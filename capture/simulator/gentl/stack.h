/* A focal stack that the camera shows instead of its plane: binary PGM pictures of one size in one file, far to near. */
#ifndef FOCUSSIM_STACK_H
#define FOCUSSIM_STACK_H

#include <stdbool.h>

#include "scene.h"

bool stack_shown(void);

/* One row of the sensor (16-bit grey), interpolated between the two pictures next to a focus step. */
void stack_row(uint16_t *row, const struct window *window, int sensor_row, double focus_step);

#endif
