#include "automatics.h"

#include <string.h>

#include "faults.h"
#include "gentl.h"

static bool on[AUTOMATICS], asked[AUTOMATICS];

void automatics_power_on(void)
{
    memset(on, 0, sizeof on);
    memset(asked, 0, sizeof asked);
}

/* A line that comes or goes is somebody who switches it with the maker's program. */
bool automatic_on(enum automatic which)
{
    struct faults faults = faults_now();
    const bool asks[AUTOMATICS] = {faults.auto_rate, faults.auto_exposure, faults.auto_gain, faults.auto_balance};
    if (asks[which] != asked[which]) on[which] = asked[which] = asks[which];
    return on[which];
}

int automatic_set(enum automatic which, bool wanted)
{
    bool is = automatic_on(which);
    if (is != wanted && faults_now().auto_stays) return GC_ERR_ACCESS_DENIED;
    on[which] = wanted;
    return GC_ERR_SUCCESS;
}
