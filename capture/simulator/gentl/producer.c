/* The GenTL producer: system, interface and device. See stream.c for images, ports.c for registers. */
#include <dlfcn.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "faults.h"
#include "info.h"
#include "modules.h"

static const char SYSTEM_ID[] = "focussim", INTERFACE_ID[] = "focussim_interface", DEVICE_ID[] = "focussim_" SERIAL;

struct camera the_camera;
static bool initialised, opened[PORTS];

static const struct feature SYSTEM_FEATURES[] = {{"TLID", TEXT, "SystemInformation", 0, 0, 0, 0, READ_ONLY}};
static const struct feature INTERFACE_FEATURES[] = {{"InterfaceID", TEXT, "InterfaceInformation", 0, 0, 0, 0, READ_ONLY}};
static const struct feature DEVICE_FEATURES[] = {{"DeviceID", TEXT, "DeviceInformation", 0, 0, 0, 0, READ_ONLY}};

static int get_id(void *id, int feature, union value *value)
{
    (void)feature;
    snprintf(value->text, sizeof value->text, "%s", (const char *)id);
    return GC_ERR_SUCCESS;
}

static int set_nothing(void *id, int feature, const union value *value)
{
    (void)id, (void)feature, (void)value;
    return GC_ERR_ACCESS_DENIED;
}

static bool describe_all(void)
{
    ports[SYSTEM] = (struct registers){SYSTEM_FEATURES, 1, get_id, set_nothing, (void *)SYSTEM_ID, NULL, 0, "system.xml", PORT_NAMES[SYSTEM]};
    ports[INTERFACE] = (struct registers){INTERFACE_FEATURES, 1, get_id, set_nothing, (void *)INTERFACE_ID, NULL, 0, "interface.xml", PORT_NAMES[INTERFACE]};
    ports[DEVICE] = (struct registers){DEVICE_FEATURES, 1, get_id, set_nothing, (void *)DEVICE_ID, NULL, 0, "device.xml", PORT_NAMES[DEVICE]};
    ports[STREAM] = (struct registers){STREAM_FEATURES, STREAM_FEATURE_COUNT, stream_get, stream_set, NULL, NULL, 0, "stream.xml", PORT_NAMES[STREAM]};
    ports[REMOTE] = (struct registers){CAMERA_FEATURES, F_COUNT, camera_get, camera_set, &the_camera, NULL, 0, "focussim.xml", PORT_NAMES[REMOTE]};
    bool well = true;
    for (int i = 0; i < PORTS; i++) well = well && features_describe(&ports[i]);
    return well;
}

static void prepare_camera(void)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    memset(&the_camera, 0, sizeof the_camera);
    pthread_mutex_init(&the_camera.lock, NULL);
    pthread_cond_init(&the_camera.wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    camera_reset(&the_camera);
}

GC_API GCInitLib(void)
{
    if (initialised) return GC_ERR_RESOURCE_IN_USE;
    char stack[4096];
    if (faults_begin()) automatics_power_on();
    bool shows = faults_stack(stack, sizeof stack);
    if (!scene_load(shows ? stack : NULL)) {
        fprintf(stderr, "focussim: %s is no file of binary PGM pictures of one size\n", stack);
        return GC_ERR_IO;
    }
    prepare_camera();
    if (!describe_all()) return GC_ERR_OUT_OF_MEMORY;
    initialised = true;
    return GC_ERR_SUCCESS;
}

GC_API GCCloseLib(void)
{
    if (!initialised) return GC_ERR_NOT_INITIALIZED;
    stream_close();
    for (int i = 0; i < PORTS; i++) {
        free(ports[i].xml);
        ports[i].xml = NULL;
        opened[i] = false;
    }
    pthread_cond_destroy(&the_camera.wake);
    pthread_mutex_destroy(&the_camera.lock);
    initialised = false;
    return GC_ERR_SUCCESS;
}

GC_API GCGetInfo(int32_t command, INFO_PARAMETERS)
{
    switch (command) {
    case TL_INFO_ID: return answer_text(ANSWER, SYSTEM_ID);
    case TL_INFO_VENDOR: return answer_text(ANSWER, VENDOR);
    case TL_INFO_MODEL: return answer_text(ANSWER, MODEL);
    case TL_INFO_VERSION: return answer_text(ANSWER, VERSION);
    case TL_INFO_TLTYPE: return answer_text(ANSWER, "Custom");
    case TL_INFO_NAME: case TL_INFO_PATHNAME: return answer_text(ANSWER, "focussim.cti");
    case TL_INFO_DISPLAYNAME: return answer_text(ANSWER, "Simulated focus-sweep camera");
    case TL_INFO_CHAR_ENCODING: return answer_int32(ANSWER, 0);
    case TL_INFO_GENTL_VER_MAJOR: return answer_uint32(ANSWER, 1);
    case TL_INFO_GENTL_VER_MINOR: return answer_uint32(ANSWER, 5);
    default: return GC_ERR_NOT_IMPLEMENTED;
    }
}

GC_API GCGetLastError(GC_ERROR *code, char *text, size_t *size)
{
    static const char TEXT_OF_ALL[] = "focussim: see the error code";
    if (code) *code = GC_ERR_ERROR;
    return answer_text((struct answer){NULL, text, size}, TEXT_OF_ALL);
}

static GC_ERROR open_module(int module, HANDLE *handle)
{
    if (!initialised) return GC_ERR_NOT_INITIALIZED;
    if (opened[module]) return GC_ERR_RESOURCE_IN_USE;
    opened[module] = true;
    *handle = &ports[module];
    return GC_ERR_SUCCESS;
}

static GC_ERROR close_module(int module, HANDLE handle)
{
    if (handle != &ports[module] || !opened[module]) return GC_ERR_INVALID_HANDLE;
    opened[module] = false;
    return GC_ERR_SUCCESS;
}

GC_API TLOpen(HANDLE *handle) { return open_module(SYSTEM, handle); }
GC_API TLClose(HANDLE handle) { return close_module(SYSTEM, handle); }

GC_API TLGetInfo(HANDLE handle, int32_t command, INFO_PARAMETERS)
{
    (void)handle;
    return GCGetInfo(command, type, data, size);
}

GC_API TLUpdateInterfaceList(HANDLE handle, bool8_t *changed, uint64_t timeout_ms)
{
    (void)handle, (void)timeout_ms;
    if (changed) *changed = 0;
    return GC_ERR_SUCCESS;
}

GC_API TLGetNumInterfaces(HANDLE handle, uint32_t *count)
{
    (void)handle;
    *count = 1;
    return GC_ERR_SUCCESS;
}

GC_API TLGetInterfaceID(HANDLE handle, uint32_t index, char *id, size_t *size)
{
    (void)handle;
    return index ? GC_ERR_INVALID_INDEX : answer_text((struct answer){NULL, id, size}, INTERFACE_ID);
}

GC_API IFGetInfo(HANDLE handle, int32_t command, INFO_PARAMETERS)
{
    (void)handle;
    switch (command) {
    case INTERFACE_INFO_ID: return answer_text(ANSWER, INTERFACE_ID);
    case INTERFACE_INFO_DISPLAYNAME: return answer_text(ANSWER, "Simulated interface");
    case INTERFACE_INFO_TLTYPE: return answer_text(ANSWER, "Custom");
    default: return GC_ERR_NOT_IMPLEMENTED;
    }
}

GC_API TLGetInterfaceInfo(HANDLE handle, const char *id, int32_t command, INFO_PARAMETERS)
{
    return strcmp(id, INTERFACE_ID) ? GC_ERR_INVALID_ID : IFGetInfo(handle, command, type, data, size);
}

GC_API TLOpenInterface(HANDLE system, const char *id, HANDLE *handle)
{
    (void)system;
    return strcmp(id, INTERFACE_ID) ? GC_ERR_INVALID_ID : open_module(INTERFACE, handle);
}

GC_API IFClose(HANDLE handle) { return close_module(INTERFACE, handle); }

GC_API IFGetParentTL(HANDLE handle, HANDLE *parent)
{
    (void)handle;
    *parent = &ports[SYSTEM];
    return GC_ERR_SUCCESS;
}

GC_API IFUpdateDeviceList(HANDLE handle, bool8_t *changed, uint64_t timeout_ms)
{
    (void)handle, (void)timeout_ms;
    if (changed) *changed = 1;
    return GC_ERR_SUCCESS;
}

GC_API IFGetNumDevices(HANDLE handle, uint32_t *count)
{
    (void)handle;
    *count = faults_now().unplugged ? 0 : 1;
    return GC_ERR_SUCCESS;
}

GC_API IFGetDeviceID(HANDLE handle, uint32_t index, char *id, size_t *size)
{
    (void)handle;
    return index ? GC_ERR_INVALID_INDEX : answer_text((struct answer){NULL, id, size}, DEVICE_ID);
}

static int32_t access_status(void)
{
    struct faults faults = faults_now();
    if (faults.unplugged) return DEVICE_ACCESS_STATUS_NOACCESS;
    if (opened[DEVICE]) return DEVICE_ACCESS_STATUS_OPEN_READWRITE;
    return faults.busy ? DEVICE_ACCESS_STATUS_BUSY : DEVICE_ACCESS_STATUS_READWRITE;
}

GC_API DevGetInfo(HANDLE handle, int32_t command, INFO_PARAMETERS)
{
    (void)handle;
    switch (command) {
    case DEVICE_INFO_ID: return answer_text(ANSWER, DEVICE_ID);
    case DEVICE_INFO_VENDOR: return answer_text(ANSWER, VENDOR);
    case DEVICE_INFO_MODEL: return answer_text(ANSWER, MODEL);
    case DEVICE_INFO_TLTYPE: return answer_text(ANSWER, "Custom");
    case DEVICE_INFO_DISPLAYNAME: return answer_text(ANSWER, VENDOR " " MODEL " (" SERIAL ")");
    case DEVICE_INFO_ACCESS_STATUS: return answer_int32(ANSWER, access_status());
    case DEVICE_INFO_USER_DEFINED_NAME: return answer_text(ANSWER, "");
    case DEVICE_INFO_SERIAL_NUMBER: return answer_text(ANSWER, SERIAL);
    case DEVICE_INFO_VERSION: return answer_text(ANSWER, VERSION);
    case DEVICE_INFO_TIMESTAMP_FREQUENCY:
        return faults_now().tick_hz > 0 ? GC_ERR_NOT_AVAILABLE : answer_uint64(ANSWER, 1000000000);
    default: return GC_ERR_NOT_IMPLEMENTED;
    }
}

GC_API IFGetDeviceInfo(HANDLE handle, const char *id, int32_t command, INFO_PARAMETERS)
{
    return strcmp(id, DEVICE_ID) ? GC_ERR_INVALID_ID : DevGetInfo(handle, command, type, data, size);
}

/* Whether this file has that name: more than one maker's producer may find the same camera. */
static bool refuses(const char *file)
{
    Dl_info about;
    const char *name = dladdr(SYSTEM_ID, &about) ? strrchr(about.dli_fname, '/') : NULL;
    return file[0] && name && !strcmp(name + 1, file);
}

GC_API IFOpenDevice(HANDLE interface, const char *id, int32_t flags, HANDLE *handle)
{
    (void)interface, (void)flags;
    struct faults faults = faults_now();
    if (strcmp(id, DEVICE_ID)) return GC_ERR_INVALID_ID;
    if (faults.unplugged) return GC_ERR_IO;
    if (faults.busy || refuses(faults.refused_by)) return GC_ERR_ACCESS_DENIED;
    int error = open_module(DEVICE, handle);
    if (!error) camera_reset(&the_camera);
    return error;
}

GC_API DevClose(HANDLE handle)
{
    stream_close();
    return close_module(DEVICE, handle);
}

GC_API DevGetParentIF(HANDLE handle, HANDLE *parent)
{
    (void)handle;
    *parent = &ports[INTERFACE];
    return GC_ERR_SUCCESS;
}

GC_API DevGetPort(HANDLE handle, HANDLE *remote)
{
    if (handle != &ports[DEVICE]) return GC_ERR_INVALID_HANDLE;
    *remote = &ports[REMOTE];
    return GC_ERR_SUCCESS;
}

GC_API DevGetNumDataStreams(HANDLE handle, uint32_t *count)
{
    (void)handle;
    *count = 1;
    return GC_ERR_SUCCESS;
}

GC_API DevGetDataStreamID(HANDLE handle, uint32_t index, char *id, size_t *size)
{
    (void)handle;
    return index ? GC_ERR_INVALID_INDEX : answer_text((struct answer){NULL, id, size}, "stream0");
}

GC_API DevOpenDataStream(HANDLE handle, const char *id, HANDLE *stream)
{
    if (handle != &ports[DEVICE]) return GC_ERR_INVALID_HANDLE;
    return strcmp(id, "stream0") ? GC_ERR_INVALID_ID : stream_open(stream);
}
