#include "lens.h"

#include <math.h>

static double step_on(const struct lens_leg *leg, int64_t time_ns)
{
    double travelled = leg->steps_s * 1e-9 * (double)(time_ns - leg->from_ns);
    double way = leg->target_step - leg->start_step;
    if (travelled <= 0) return leg->start_step;
    return fabs(way) <= travelled ? leg->target_step : leg->start_step + copysign(travelled, way);
}

void lens_rest(struct lens *lens, double step)
{
    lens->legs[0] = (struct lens_leg){0, step, step, 1.0};
    lens->count = 1;
}

void lens_command(struct lens *lens, double step, int64_t from_ns, double steps_s)
{
    const struct lens_leg *before = &lens->legs[(lens->count - 1) % LENS_MEMORY];
    if (from_ns <= before->from_ns) from_ns = before->from_ns + 1;
    double start = step_on(before, from_ns);
    lens->legs[lens->count++ % LENS_MEMORY] = (struct lens_leg){from_ns, start, step, steps_s};
}

double lens_step_at(const struct lens *lens, int64_t time_ns)
{
    unsigned oldest = lens->count > LENS_MEMORY ? lens->count - LENS_MEMORY : 0;
    unsigned at = lens->count - 1;
    while (at > oldest && lens->legs[at % LENS_MEMORY].from_ns > time_ns) at--;
    return step_on(&lens->legs[at % LENS_MEMORY], time_ns);
}

double lens_target(const struct lens *lens)
{
    return lens->legs[(lens->count - 1) % LENS_MEMORY].target_step;
}

bool lens_busy(const struct lens *lens, int64_t time_ns)
{
    return lens_step_at(lens, time_ns) != lens_target(lens);
}

double lens_dpt(double step)
{
    return LENS_NEAR_DPT * (1 - step / LENS_STEPS);
}

double lens_step_of_dpt(double dpt)
{
    return LENS_STEPS * (1 - dpt / LENS_NEAR_DPT);
}
