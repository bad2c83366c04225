/* The focus motor of the simulated camera: it travels at a constant speed, and remembers where it was. */
#ifndef FOCUSSIM_LENS_H
#define FOCUSSIM_LENS_H

#include <stdbool.h>
#include <stdint.h>

#define LENS_STEPS 1000 /* 0 is closest, as the SFNC has it */
#define LENS_NEAR_DPT 10.0
#define LENS_MEMORY 256 /* commands; at 500 a second, half a second */

struct lens_leg {
    int64_t from_ns;
    double start_step, target_step, steps_s;
};

struct lens {
    struct lens_leg legs[LENS_MEMORY]; /* a ring; legs before the oldest are forgotten */
    unsigned count;
};

void lens_rest(struct lens *lens, double step);
void lens_command(struct lens *lens, double step, int64_t from_ns, double steps_s);
double lens_step_at(const struct lens *lens, int64_t time_ns);
double lens_target(const struct lens *lens);
bool lens_busy(const struct lens *lens, int64_t time_ns);
double lens_dpt(double step);
double lens_step_of_dpt(double dpt);

#endif
