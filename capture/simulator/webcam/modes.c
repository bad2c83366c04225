/* Formats, sizes and rates of the simulated webcam. */
#include <errno.h>
#include <stdlib.h>

#include "webcam.h"

static const struct mode MODES[] = {
    {V4L2_PIX_FMT_YUYV, 160, 120, {50, 25}}, {V4L2_PIX_FMT_YUYV, 320, 240, {25, 0}}, {V4L2_PIX_FMT_GREY, 160, 120, {50, 0}}};
static const uint32_t FORMATS[] = {V4L2_PIX_FMT_YUYV, V4L2_PIX_FMT_GREY};
const struct mode *mode = MODES;
unsigned rate_hz = 50;

unsigned image_bytes(void) { return mode->width * mode->height * (mode->format == V4L2_PIX_FMT_YUYV ? 2 : 1); }

int tell_format(struct v4l2_format *format)
{
    format->fmt.pix = (struct v4l2_pix_format){.width = mode->width, .height = mode->height, .pixelformat = mode->format,
        .field = V4L2_FIELD_NONE, .bytesperline = image_bytes() / mode->height, .sizeimage = image_bytes(),
        .colorspace = V4L2_COLORSPACE_SRGB};
    return 0;
}

/* Takes the mode that is nearest, as the rules of Video4Linux want it; a format that it has not becomes the first one. */
int set_format(struct v4l2_format *format)
{
    const struct v4l2_pix_format *asked = &format->fmt.pix;
    const struct mode *best = NULL;
    uint32_t wanted = asked->pixelformat == V4L2_PIX_FMT_GREY ? V4L2_PIX_FMT_GREY : V4L2_PIX_FMT_YUYV;
    for (size_t i = 0; i < sizeof MODES / sizeof *MODES; i++) {
        const struct mode *one = &MODES[i];
        if (one->format != wanted) continue;
        if (!best || abs((int)(one->width - asked->width)) < abs((int)(best->width - asked->width))) best = one;
    }
    if (fault("busy")) return EBUSY;
    if (fault("one-size") && (asked->width != mode->width || asked->height != mode->height)) return EINVAL;
    if (mode != best) rate_hz = best->rates[0]; /* as uvcvideo does */
    mode = best;
    return tell_format(format);
}

int tell_rate(struct v4l2_streamparm *rate)
{
    rate->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
    rate->parm.capture.timeperframe = (struct v4l2_fract){1, rate_hz};
    return 0;
}

int set_rate(struct v4l2_streamparm *rate, bool streaming)
{
    struct v4l2_fract asked = rate->parm.capture.timeperframe;
    unsigned asked_hz = asked.numerator ? asked.denominator / asked.numerator : 0, other = mode->rates[1];
    if (streaming) return EBUSY;
    rate_hz = other && abs((int)(asked_hz - other)) < abs((int)(asked_hz - mode->rates[0])) ? other : mode->rates[0];
    return tell_rate(rate);
}

int tell_size(struct v4l2_frmsizeenum *size)
{
    unsigned left = size->index;
    for (size_t i = 0; i < sizeof MODES / sizeof *MODES; i++) {
        if (MODES[i].format != size->pixel_format || (fault("one-size") && &MODES[i] != mode) || left--) continue;
        size->type = V4L2_FRMSIZE_TYPE_DISCRETE;
        size->discrete.width = MODES[i].width;
        size->discrete.height = MODES[i].height;
        return 0;
    }
    return EINVAL;
}

int tell_interval(struct v4l2_frmivalenum *interval)
{
    for (size_t i = 0; i < sizeof MODES / sizeof *MODES; i++) {
        if (MODES[i].format != interval->pixel_format || MODES[i].width != interval->width) continue;
        if (interval->index >= 2 || !MODES[i].rates[interval->index]) return EINVAL;
        interval->type = V4L2_FRMIVAL_TYPE_DISCRETE;
        interval->discrete = (struct v4l2_fract){1, MODES[i].rates[interval->index]};
        return 0;
    }
    return EINVAL;
}

int tell_format_name(struct v4l2_fmtdesc *about)
{
    if (about->index >= sizeof FORMATS / sizeof *FORMATS) return EINVAL;
    about->pixelformat = FORMATS[about->index];
    return 0;
}

__attribute__((constructor)) static void begin(void)
{
    if (fault("left-at-320x240")) mode = &MODES[1];
    if (fault("left-at-grey")) mode = &MODES[2];
    rate_hz = fault("left-at-25fps") ? 25 : mode->rates[0];
}
