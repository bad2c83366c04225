/* The features of a module: one table is both its register map and its GenApi description. */
#ifndef FOCUSSIM_FEATURES_H
#define FOCUSSIM_FEATURES_H

#include <stddef.h>
#include <stdint.h>

#define REGISTER_BASE 0x1000u
#define REGISTER_STEP 64u
#define XML_BASE 0x100000u
#define CHUNK_ID_BASE 0xF0C50000u

enum kind { INTEGER, REAL, TEXT, ENTRIES, SWITCH, COMMAND };

struct feature {
    const char *name;
    enum kind kind;
    const char *category;
    double min, max;
    const char *extra;    /* entries "A=0 B=1", the unit of a number, or NULL */
    const char *selected; /* features that this one selects, separated by spaces, or NULL */
    int flags;
};

/* RARE: not in the standard, or not in every camera; only offered when the file has a line for it ("rename A=A"). */
enum { READ_ONLY = 1, LOCKED_WHILE_RUNNING = 2, IN_CHUNK = 4, STEPS_OF_4 = 8, RARE = 16 };

union value {
    int64_t integer;
    double real;
    char text[REGISTER_STEP];
};

/* What stands behind the registers of a module. */
struct registers {
    const struct feature *features;
    int count;
    int (*get)(void *module, int feature, union value *value);       /* a GC_ERROR */
    int (*set)(void *module, int feature, const union value *value); /* a GC_ERROR */
    void *module;
    char *xml; /* owned */
    size_t xml_size;
    const char *xml_name;
    const char *port_name; /* consumers connect the node of this name */
};

/* Write the description of the features into registers->xml; 0 when out of memory. */
int features_describe(struct registers *registers);

int features_read(struct registers *registers, uint64_t address, void *data, size_t *size);
int features_write(struct registers *registers, uint64_t address, const void *data, size_t *size);

#endif
