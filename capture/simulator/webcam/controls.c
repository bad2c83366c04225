/* The controls of the simulated webcam. */
#include <errno.h>
#include <stddef.h>

#include "webcam.h"

#define EXPOSURE_UNITS 40 /* of 100 us */

static struct control {
    uint32_t id;
    int type, maximum, value;
} controls[] = {
    {V4L2_CID_EXPOSURE_ABSOLUTE, V4L2_CTRL_TYPE_INTEGER, 10000, EXPOSURE_UNITS},
    {V4L2_CID_GAIN, V4L2_CTRL_TYPE_INTEGER, 255, 0},
    {V4L2_CID_EXPOSURE_AUTO, V4L2_CTRL_TYPE_MENU, 3, V4L2_EXPOSURE_APERTURE_PRIORITY},
    {V4L2_CID_AUTO_WHITE_BALANCE, V4L2_CTRL_TYPE_BOOLEAN, 1, 1},
    {V4L2_CID_FOCUS_AUTO, V4L2_CTRL_TYPE_BOOLEAN, 1, 1}};
static struct control *find_control(uint32_t id)
{
    for (size_t i = 0; i < sizeof controls / sizeof *controls; i++)
        if (controls[i].id == id) return &controls[i];
    return NULL;
}

int tell_range(struct v4l2_queryctrl *range)
{
    const struct control *found = find_control(range->id);
    if (!found) return EINVAL;
    *range = (struct v4l2_queryctrl){.id = range->id, .type = (uint32_t)found->type, .minimum = 0,
        .maximum = found->maximum, .step = 1, .default_value = found->value};
    return 0;
}

int control_value(struct v4l2_control *control, bool set)
{
    struct control *found = find_control(control->id);
    if (!found) return EINVAL;
    if (set && fault("auto-stays")) return EIO;
    if (set && control->id == V4L2_CID_EXPOSURE_ABSOLUTE && find_control(V4L2_CID_EXPOSURE_AUTO)->value != V4L2_EXPOSURE_MANUAL) return EACCES;
    if (set && (control->value < 0 || control->value > found->maximum)) return ERANGE;
    if (set) found->value = control->value;
    control->value = found->value;
    return 0;
}
