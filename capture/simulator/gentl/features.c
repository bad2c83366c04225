#include "features.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"
#include "gentl.h"

static const char HEAD[] =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
    "<RegisterDescription ModelName=\"FocusSim\" VendorName=\"focstream\" StandardNameSpace=\"None\" "
    "SchemaMajorVersion=\"1\" SchemaMinorVersion=\"1\" SchemaSubMinorVersion=\"0\" MajorVersion=\"1\" "
    "MinorVersion=\"0\" SubMinorVersion=\"0\" ToolTip=\"A simulated focus-sweep camera\" "
    "ProductGuid=\"0B5D6C1E-33F1-4F6E-9E52-6B1C0F0C5001\" VersionGuid=\"0B5D6C1E-33F1-4F6E-9E52-6B1C0F0C5002\" "
    "xmlns=\"http://www.genicam.org/GenApi/Version_1_1\" "
    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
    "xsi:schemaLocation=\"http://www.genicam.org/GenApi/Version_1_1 GenApiSchema_Version_1_1.xsd\">\n";

static const char *const NODE[] = {"Integer", "Float", "StringReg", "Enumeration", "Boolean", "Command"};

static const char *offered(const struct feature *feature, char *room, int size)
{
    const char *name = faults_renamed(feature->name, room, size);
    return feature->flags & RARE && name == feature->name ? NULL : name;
}

static void write_categories(FILE *out, const struct registers *registers)
{
    char room[64];
    const char *before = "";
    fputs("<Category Name=\"Root\">", out);
    for (int i = 0; i < registers->count; i++) {
        if (strcmp(before, registers->features[i].category)) fprintf(out, "<pFeature>%s</pFeature>", registers->features[i].category);
        before = registers->features[i].category;
    }
    before = "";
    for (int i = 0; i < registers->count; i++) {
        const struct feature *feature = &registers->features[i];
        const char *name = offered(feature, room, sizeof room);
        if (strcmp(before, feature->category)) fprintf(out, "</Category>\n<Category Name=\"%s\">", feature->category);
        before = feature->category;
        if (name) fprintf(out, "<pFeature>%s</pFeature>", name);
    }
    fputs("</Category>\n", out);
}

static void write_entries(FILE *out, const char *entries)
{
    char name[48];
    long long value;
    int used;
    for (; sscanf(entries, " %47[^=]=%lli%n", name, &value, &used) == 2; entries += used)
        fprintf(out, "<EnumEntry Name=\"%s\"><Value>%lld</Value></EnumEntry>", name, value);
}

static void write_selected(FILE *out, const char *names)
{
    char name[64], room[64];
    int used;
    for (; names && sscanf(names, " %63s%n", name, &used) == 1; names += used) {
        const char *offered_as = faults_renamed(name, room, sizeof room);
        if (offered_as) fprintf(out, "<pSelected>%s</pSelected>", offered_as);
    }
}

static void write_node(FILE *out, const struct feature *feature, const char *name)
{
    char room[256];
    fprintf(out, "<%s Name=\"%s\">", NODE[feature->kind], name);
    if (feature->flags & LOCKED_WHILE_RUNNING) fputs("<pIsLocked>TLParamsLocked</pIsLocked>", out);
    if (feature->kind == ENTRIES) write_entries(out, faults_entries(feature->name, feature->extra, room, sizeof room));
    fprintf(out, "<pValue>%sReg</pValue>", name);
    if (feature->kind == INTEGER) {
        fprintf(out, "<Min>%lld</Min><Max>%lld</Max>", (long long)feature->min, (long long)feature->max);
        if (feature->flags & STEPS_OF_4) fputs("<Inc>4</Inc>", out);
    }
    if (feature->kind == REAL) fprintf(out, "<Min>%.12g</Min><Max>%.12g</Max>", feature->min, feature->max);
    if (feature->extra && feature->kind < TEXT) fprintf(out, "<Unit>%s</Unit>", feature->extra);
    if (feature->kind == COMMAND) fputs("<CommandValue>1</CommandValue>", out);
    if (feature->kind == SWITCH) fputs("<OnValue>1</OnValue><OffValue>0</OffValue>", out);
    write_selected(out, feature->selected);
    fprintf(out, "</%s>\n", NODE[feature->kind]);
}

static void write_register(FILE *out, const struct feature *feature, const char *name, unsigned index, const char *port)
{
    bool chunk = feature->flags & IN_CHUNK, text = feature->kind == TEXT, real = feature->kind == REAL;
    const char *node = text ? "StringReg" : real ? "FloatReg" : "IntReg";
    fprintf(out, "<%s Name=\"%s%s\"><Address>0x%X</Address><Length>%u</Length><AccessMode>%s</AccessMode>", node, name,
            text ? "" : "Reg", chunk ? 0 : REGISTER_BASE + REGISTER_STEP * index, text ? REGISTER_STEP : 8,
            feature->flags & READ_ONLY ? "RO" : "RW");
    fprintf(out, "<pPort>%s%s</pPort><Cachable>NoCache</Cachable>", chunk ? name : port, chunk ? "Port" : "");
    if (!text) fprintf(out, "%s<Endianess>LittleEndian</Endianess>", real ? "" : "<Sign>Signed</Sign>");
    fprintf(out, "</%s>\n", node);
    if (chunk) fprintf(out, "<Port Name=\"%sPort\"><ChunkID>%X</ChunkID></Port>\n", name, CHUNK_ID_BASE + index);
}

int features_describe(struct registers *registers)
{
    char room[64];
    FILE *out = open_memstream(&registers->xml, &registers->xml_size);
    if (!out) return 0;
    fputs(HEAD, out);
    write_categories(out, registers);
    for (int i = 0; i < registers->count; i++) {
        const struct feature *feature = &registers->features[i];
        const char *name = offered(feature, room, sizeof room);
        if (!name) continue;
        if (feature->kind != TEXT) write_node(out, feature, name);
        write_register(out, feature, name, (unsigned)i, registers->port_name);
    }
    fprintf(out, "<Port Name=\"%s\"/>\n</RegisterDescription>\n", registers->port_name);
    return fclose(out) == 0;
}

static int find(const struct registers *registers, uint64_t address)
{
    uint64_t index = (address - REGISTER_BASE) / REGISTER_STEP;
    bool whole = address >= REGISTER_BASE && (address - REGISTER_BASE) % REGISTER_STEP == 0;
    return whole && index < (uint64_t)registers->count ? (int)index : -1;
}

int features_read(struct registers *registers, uint64_t address, void *data, size_t *size)
{
    if (address >= XML_BASE) {
        uint64_t offset = address - XML_BASE;
        if (offset >= registers->xml_size) return GC_ERR_INVALID_ADDRESS;
        size_t left = registers->xml_size - (size_t)offset;
        if (*size > left) *size = left;
        memcpy(data, registers->xml + offset, *size);
        return GC_ERR_SUCCESS;
    }
    union value value = {.integer = 0};
    int feature = find(registers, address);
    if (feature < 0) return GC_ERR_INVALID_ADDRESS;
    memset(&value, 0, sizeof value);
    int error = registers->get(registers->module, feature, &value);
    if (error) return error;
    if (*size > sizeof value) *size = sizeof value;
    memcpy(data, &value, *size);
    return GC_ERR_SUCCESS;
}

int features_write(struct registers *registers, uint64_t address, const void *data, size_t *size)
{
    union value value;
    int feature = find(registers, address);
    if (feature < 0) return GC_ERR_INVALID_ADDRESS;
    const struct feature *what = &registers->features[feature];
    if (what->flags & READ_ONLY) return GC_ERR_ACCESS_DENIED;
    memset(&value, 0, sizeof value);
    memcpy(&value, data, *size < sizeof value ? *size : sizeof value);
    double number = what->kind == REAL ? value.real : (double)value.integer;
    bool ranged = what->kind == INTEGER || what->kind == REAL;
    if (ranged && !(number >= what->min && number <= what->max)) return GC_ERR_INVALID_VALUE;
    return registers->set(registers->module, feature, &value);
}
