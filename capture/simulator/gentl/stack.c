#include "stack.h"

#include <stdio.h>
#include <stdlib.h>

#include "lens.h"

#define PICTURES 1024
#define LARGEST_SIDE 16384

static struct {
    uint16_t *pixels; /* of all pictures, scaled to 16 bits */
    int count, width, height;
} stack;

bool stack_shown(void) { return stack.count > 0; }

static void forget(void)
{
    free(stack.pixels);
    stack.pixels = NULL;
    stack.count = stack.width = stack.height = 0;
}

static bool read_header(FILE *file, int *width, int *height, int *greatest)
{
    return fscanf(file, " P5 %d %d %d", width, height, greatest) == 3 && fgetc(file) != EOF && *width > 0 &&
           *height > 0 && *width <= LARGEST_SIDE && *height <= LARGEST_SIDE && *greatest > 0 && *greatest < 65536;
}

static bool read_pixels(FILE *file, uint16_t *out, size_t number, int greatest)
{
    for (size_t i = 0; i < number; i++) {
        int value = fgetc(file);
        if (greatest > 255) value = value << 8 | fgetc(file); /* the high byte first; EOF makes it negative */
        if (value < 0 || value > greatest) return false;
        out[i] = (uint16_t)((uint32_t)value * 65535u / (uint32_t)greatest);
    }
    return true;
}

static bool read_picture(FILE *file)
{
    int width, height, greatest;
    if (!read_header(file, &width, &height, &greatest)) return false;
    if (stack.count && (width != stack.width || height != stack.height)) return false;
    size_t number = (size_t)width * (size_t)height;
    uint16_t *more = realloc(stack.pixels, number * (size_t)(stack.count + 1) * sizeof *more);
    if (!more) return false;
    stack.pixels = more;
    stack.width = width;
    stack.height = height;
    return read_pixels(file, more + number * (size_t)stack.count++, number, greatest);
}

static bool at_end(FILE *file)
{
    int next = fgetc(file);
    if (next != EOF) ungetc(next, file);
    return next == EOF;
}

int scene_load(const char *path)
{
    forget();
    if (!path) return 1;
    FILE *file = fopen(path, "rb");
    bool well = file != NULL;
    while (well && !at_end(file)) well = stack.count < PICTURES && read_picture(file);
    if (file) fclose(file);
    if (!well || !stack.count) forget();
    return stack.count > 0;
}

void stack_row(uint16_t *row, const struct window *window, int sensor_row, double focus_step)
{
    double at = (1 - focus_step / LENS_STEPS) * (stack.count - 1);
    int lower = (int)at, upper = lower + 1 < stack.count ? lower + 1 : lower;
    double share = at - lower;
    size_t size = (size_t)stack.width * (size_t)stack.height;
    size_t start = (size_t)(sensor_row * stack.height / SENSOR_HEIGHT) * (size_t)stack.width;
    const uint16_t *far = stack.pixels + size * (size_t)lower + start, *near = stack.pixels + size * (size_t)upper + start;
    for (int x = 0; x < window->width; x++) {
        int column = (x + window->x) * stack.width / SENSOR_WIDTH;
        row[x] = (uint16_t)((1 - share) * far[column] + share * near[column] + 0.5);
    }
}
