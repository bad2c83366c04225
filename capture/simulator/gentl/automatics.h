/* What the camera sets by itself unless it is told not to. Kept while the camera has power: closing it changes nothing. */
#ifndef FOCUSSIM_AUTOMATICS_H
#define FOCUSSIM_AUTOMATICS_H

#include <stdbool.h>

enum automatic { AUTO_RATE, AUTO_EXPOSURE, AUTO_GAIN, AUTO_BALANCE, AUTOMATICS };

/* All are off, until the file asks for one. */
void automatics_power_on(void);

/* With the camera's lock held. */
bool automatic_on(enum automatic which);
int automatic_set(enum automatic which, bool on); /* a GC_ERROR */

#endif
