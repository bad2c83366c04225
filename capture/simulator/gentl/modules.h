/* The modules of the producer: one system, one interface, one device, one stream. Their addresses are the handles. */
#ifndef FOCUSSIM_MODULES_H
#define FOCUSSIM_MODULES_H

#include "camera.h"
#include "gentl.h"

enum { SYSTEM, INTERFACE, DEVICE, STREAM, REMOTE, PORTS };

extern struct registers ports[PORTS];
extern struct camera the_camera;
extern const char *const PORT_NAMES[PORTS];

struct registers *port_of(HANDLE handle);

/* stream.c */
HANDLE stream_handle(void);
int stream_open(HANDLE *handle);
void stream_close(void);

extern const struct feature STREAM_FEATURES[];
extern const int STREAM_FEATURE_COUNT;
int stream_get(void *module, int feature, union value *value);
int stream_set(void *module, int feature, const union value *value);

#endif
