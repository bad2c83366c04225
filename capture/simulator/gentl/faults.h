/* The bench of the simulated camera: what the file named by FOCUSSIM_FILE asks for, while the camera runs. */
#ifndef FOCUSSIM_FAULTS_H
#define FOCUSSIM_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

struct faults {
    double slew_steps_s;       /* how fast the lens travels */
    double delay_s;            /* from a command until the lens begins to move */
    double drop_percent;       /* frames that are exposed and counted, but never delivered */
    double incomplete_percent; /* buffers that arrive marked incomplete, their second half old */
    double rolling_s;          /* of the shutter, over all rows of the sensor */
    double buffers_at_least;   /* that a consumer must announce */
    bool stalled;              /* the camera answers, but sends nothing */
    bool unplugged;            /* the camera is not there */
    bool busy;                 /* another program has the camera */
    bool no_timestamps;        /* buffers carry no stamps */
    bool auto_exposure;        /* the camera sets its exposure by itself, and refuses to have it set */
    bool auto_gain;            /* the same of its gain */
    bool auto_rate;            /* the same of its frame rate */
    bool auto_balance;         /* the same of its white balance */
    bool auto_stays;           /* no automatic lets itself be switched */
    double burst_frames;       /* images of a burst, when the camera is opened */
    char refused_by[64];       /* file of a producer that finds the camera, but cannot open it */
    uint64_t id_first;         /* frame id of the first image */
    uint64_t id_last;          /* the greatest frame id; after it comes … */
    uint64_t id_after_last;    /* … this one */
    bool id_counts_on;         /* a start does not begin the frame ids anew */
    uint64_t id_repeats_every; /* each such image has the id of the one before; 0: none */
    double tick_hz;            /* stamps count ticks, so many a second, and only a feature says so; 0: nanoseconds */
    double clock_rate;         /* speed of the camera's clock, 1 being right */
    double clock_jump_s;       /* by how much the clock jumps … */
    uint64_t clock_jump_after; /* … so many images after the start */
    uint64_t clock_stops_after; /* so many images the clock stands still; 0: never */
    bool zero_timestamps;      /* all stamps are 0 */
    uint64_t id_falls_back_after; /* so many images the ids begin anew, though the camera runs on; 0: never */
};

/* Read which file; when the library is initialised, while no thread of ours runs. False when it is the one of before. */
bool faults_begin(void);

/* Look at the file again if it changed. Safe from any thread. */
struct faults faults_now(void);

/* Name under which a feature is offered ("rename NAME=OTHER" in the file), NULL where it is left out. */
const char *faults_renamed(const char *name, char *room, int size);

/* Entries of an enumeration: those of the file ("entries NAME=A=0 B=1"), else the usual ones. */
const char *faults_entries(const char *name, const char *usual, char *room, int size);

/* File with the pictures to show ("stack PATH" in the file); false without. */
bool faults_stack(char *room, int size);

#endif
