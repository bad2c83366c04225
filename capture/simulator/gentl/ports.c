/* The register ports of the five modules, and the descriptions they serve. */
#include <stdio.h>
#include <string.h>

#include "info.h"
#include "modules.h"

struct registers ports[PORTS];
const char *const PORT_NAMES[PORTS] = {"TLPort", "InterfacePort", "DevicePort", "StreamPort", "Device"};

struct registers *port_of(HANDLE handle)
{
    for (int i = 0; i < PORTS; i++)
        if (handle == &ports[i]) return &ports[i];
    return handle == stream_handle() ? &ports[STREAM] : NULL;
}

static int port_index(HANDLE port) { return (int)(port_of(port) - ports); }

GC_API GCGetPortInfo(HANDLE port, int32_t command, INFO_PARAMETERS)
{
    static const char *const MODULES[PORTS] = {"TLSystem", "TLInterface", "TLDevice", "TLDataStream", "Device"};
    if (!port_of(port)) return GC_ERR_INVALID_HANDLE;
    switch (command) {
    case PORT_INFO_ID: case PORT_INFO_PORTNAME: return answer_text(ANSWER, PORT_NAMES[port_index(port)]);
    case PORT_INFO_VENDOR: return answer_text(ANSWER, VENDOR);
    case PORT_INFO_MODEL: return answer_text(ANSWER, MODEL);
    case PORT_INFO_TLTYPE: return answer_text(ANSWER, "Custom");
    case PORT_INFO_MODULE: return answer_text(ANSWER, MODULES[port_index(port)]);
    case PORT_INFO_VERSION: return answer_text(ANSWER, VERSION);
    case PORT_INFO_LITTLE_ENDIAN: case PORT_INFO_ACCESS_READ: case PORT_INFO_ACCESS_WRITE: return answer_bool(ANSWER, true);
    case PORT_INFO_BIG_ENDIAN: case PORT_INFO_ACCESS_NA: case PORT_INFO_ACCESS_NI: return answer_bool(ANSWER, false);
    default: return GC_ERR_NOT_IMPLEMENTED;
    }
}

GC_API GCGetNumPortURLs(HANDLE port, uint32_t *count)
{
    if (!port_of(port)) return GC_ERR_INVALID_HANDLE;
    *count = 1;
    return GC_ERR_SUCCESS;
}

GC_API GCGetPortURLInfo(HANDLE port, uint32_t index, int32_t command, INFO_PARAMETERS)
{
    struct registers *registers = port_of(port);
    if (!registers) return GC_ERR_INVALID_HANDLE;
    if (index) return GC_ERR_INVALID_INDEX;
    char url[128];
    snprintf(url, sizeof url, "local:%s;%X;%zX", registers->xml_name, XML_BASE, registers->xml_size);
    switch (command) {
    case URL_INFO_URL: return answer_text(ANSWER, url);
    case URL_INFO_SCHEMA_VER_MAJOR: case URL_INFO_SCHEMA_VER_MINOR: case URL_INFO_FILE_VER_MAJOR: return answer_int32(ANSWER, 1);
    case URL_INFO_FILE_VER_MINOR: case URL_INFO_FILE_VER_SUBMINOR: case URL_INFO_SCHEME: return answer_int32(ANSWER, 0);
    case URL_INFO_FILE_REGISTER_ADDRESS: return answer_uint64(ANSWER, XML_BASE);
    case URL_INFO_FILE_SIZE: return answer_uint64(ANSWER, registers->xml_size);
    case URL_INFO_FILENAME: return answer_text(ANSWER, registers->xml_name);
    default: return GC_ERR_NOT_AVAILABLE;
    }
}

GC_API GCGetPortURL(HANDLE port, char *url, size_t *size)
{
    return GCGetPortURLInfo(port, 0, URL_INFO_URL, NULL, url, size);
}

GC_API GCReadPort(HANDLE port, uint64_t address, void *data, size_t *size)
{
    struct registers *registers = port_of(port);
    return registers ? features_read(registers, address, data, size) : GC_ERR_INVALID_HANDLE;
}

GC_API GCWritePort(HANDLE port, uint64_t address, const void *data, size_t *size)
{
    struct registers *registers = port_of(port);
    return registers ? features_write(registers, address, data, size) : GC_ERR_INVALID_HANDLE;
}

GC_API GCReadPortStacked(HANDLE port, PORT_REGISTER_STACK_ENTRY *entries, size_t *count)
{
    int error = GC_ERR_SUCCESS;
    size_t done = 0;
    for (; done < *count && !error; done++) {
        size_t size = entries[done].size;
        error = GCReadPort(port, entries[done].address, entries[done].data, &size);
    }
    *count = error ? done - 1 : done;
    return error;
}

GC_API GCWritePortStacked(HANDLE port, PORT_REGISTER_STACK_ENTRY *entries, size_t *count)
{
    int error = GC_ERR_SUCCESS;
    size_t done = 0;
    for (; done < *count && !error; done++) {
        size_t size = entries[done].size;
        error = GCWritePort(port, entries[done].address, entries[done].data, &size);
    }
    *count = error ? done - 1 : done;
    return error;
}
