#include "scene.h"

#include <math.h>
#include <pthread.h>

#include "lens.h"
#include "stack.h"

#define BLUR_STEPS 80.0
#define GREY 32768
#define SWING 100 /* of 128, so that nothing is clipped */

static int16_t texture[SENSOR_HEIGHT][SENSOR_WIDTH];
static pthread_once_t painted = PTHREAD_ONCE_INIT;

static void paint(void)
{
    uint32_t noise = 2463534242u; /* xorshift32: the same picture everywhere */
    for (int y = 0; y < SENSOR_HEIGHT; y++) {
        for (int x = 0; x < SENSOR_WIDTH; x++) {
            noise ^= noise << 13;
            noise ^= noise >> 17;
            noise ^= noise << 5;
            texture[y][x] = (int16_t)((int)(noise % (2 * SWING + 1)) - SWING);
        }
    }
}

static void put_row(uint8_t *out, const uint16_t *row, int width, uint32_t format)
{
    for (int x = 0; x < width; x++) {
        unsigned v = row[x], next = x + 1 < width ? row[x + 1] : 0;
        switch (format) {
        case RGB8: out[3 * x] = out[3 * x + 1] = out[3 * x + 2] = (uint8_t)(v >> 8); break;
        case MONO10: case MONO12: case MONO16: {
            unsigned word = v >> (format == MONO10 ? 6 : format == MONO12 ? 4 : 0);
            out[2 * x] = (uint8_t)word;
            out[2 * x + 1] = (uint8_t)(word >> 8);
            break;
        }
        case MONO12P: /* two pixels in three bytes, the low bits first */
            if (x % 2) break;
            out[x / 2 * 3] = (uint8_t)(v >> 4);
            out[x / 2 * 3 + 1] = (uint8_t)((v >> 12) | (next >> 4 & 15) << 4);
            out[x / 2 * 3 + 2] = (uint8_t)(next >> 8);
            break;
        case MONO10PACKED: /* GigE Vision: the high bits of both pixels, the low bits between them */
        case MONO12PACKED: {
            if (x % 2) break;
            unsigned bits = format == MONO10PACKED ? 2 : 4, mask = (1u << bits) - 1, low = 8 - bits;
            out[x / 2 * 3] = (uint8_t)(v >> 8);
            out[x / 2 * 3 + 1] = (uint8_t)((v >> low & mask) | (next >> low & mask) << 4);
            out[x / 2 * 3 + 2] = (uint8_t)(next >> 8);
            break;
        }
        case MONO10P: { /* four pixels in five bytes, the low bits first */
            unsigned bit = (unsigned)x * 10, word = v >> 6;
            uint8_t *at = out + bit / 8;
            unsigned low = bit % 8;
            at[0] = (uint8_t)((low ? at[0] & ((1u << low) - 1) : 0) | word << low);
            at[1] = (uint8_t)(word >> (8 - low));
            break;
        }
        default: out[x] = (uint8_t)(v >> 8);
        }
    }
}

static size_t row_bytes(const struct window *window)
{
    return (size_t)window->width * (window->format >> 16 & 255) / 8;
}

size_t scene_bytes(const struct window *window)
{
    return row_bytes(window) * (size_t)window->height;
}

/* The plane: contrast over the columns for one focus. */
static void set_gain(int *gain, const struct window *window, double focus_step)
{
    for (int x = 0; x < window->width; x++) {
        double off = (focus_step - LENS_STEPS * (x + window->x) / (SENSOR_WIDTH - 1.0)) / BLUR_STEPS;
        gain[x] = (int)(256 * exp(-0.5 * off * off));
    }
}

static void put_grey(uint8_t *line, const uint16_t *row, const struct window *window)
{
    if (window->format != MONO8 && window->format != BAYERRG8) put_row(line, row, window->width, window->format);
    else for (int x = 0; x < window->width; x++) line[x] = (uint8_t)(row[x] >> 8);
}

void scene_render(uint8_t *out, const struct window *window, double first_row_step, double last_row_step)
{
    int gain[SENSOR_WIDTH];
    uint16_t row[SENSOR_WIDTH];
    double shown = NAN;
    pthread_once(&painted, paint);
    for (int y = 0; y < window->height; y++) {
        double step = first_row_step + (last_row_step - first_row_step) * y / window->height;
        if (stack_shown()) {
            stack_row(row, window, y + window->y, step);
        } else {
            const int16_t *paper = &texture[y + window->y][window->x];
            if (!(fabs(step - shown) < 1)) set_gain(gain, window, shown = step); /* a hundredth of a dioptre */
            for (int x = 0; x < window->width; x++) row[x] = (uint16_t)(GREY + paper[x] * gain[x]);
        }
        put_grey(out + (size_t)y * row_bytes(window), row, window);
    }
}
