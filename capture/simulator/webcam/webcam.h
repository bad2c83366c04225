/* What of the simulated webcam can be set: its mode and its controls. With the lock held. */
#ifndef WEBCAM_H
#define WEBCAM_H

#include <linux/videodev2.h>
#include <stdbool.h>
#include <stdint.h>

#define MOST_BYTES (320 * 240 * 2)

struct mode {
    uint32_t format;
    unsigned width, height, rates[2]; /* the first one is usual; 0: no second one */
};
extern const struct mode *mode;
extern unsigned rate_hz;

bool fault(const char *name); /* a line of the file that WEBCAM_FILE names */
unsigned image_bytes(void);

/* Answer a request; an errno, 0 when all is well. */
int tell_format_name(struct v4l2_fmtdesc *about);
int tell_size(struct v4l2_frmsizeenum *size);
int tell_interval(struct v4l2_frmivalenum *interval);
int tell_format(struct v4l2_format *format);
int set_format(struct v4l2_format *format);
int tell_rate(struct v4l2_streamparm *rate);
int set_rate(struct v4l2_streamparm *rate, bool streaming);
int tell_range(struct v4l2_queryctrl *range);
int control_value(struct v4l2_control *control, bool set);

#endif
