/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tuned settings: what `starfmm tune` found best for a problem on a machine, and what later
 * plans for such problems take where their options are automatic.
 *
 * The profile is a text file.  Its first line is SFM_TUNING_MAGIC; lines that begin with
 * '#' are comments; every other line is one setting, as blank-parted name=value pairs:
 *
 *   machine      CPU model (blanks as '_') / cores that may be used / instruction set
 *   kernel precision digits order check_order gradient     as in starfmm_options
 *   sources targets     numbers of points
 *   spread       as in policy/shape.h
 *   n_crit group_size m2l      what to use; 0, 0, auto: automatic is best
 *   scheduler    policy for StarPU where nobody names one, or auto
 *   ratio        time measured over that of the automatic choice
 */
#ifndef SFM_TUNING_H
#define SFM_TUNING_H

#include "base/isa.h"
#include "plan/fmm_build.h"

#define SFM_TUNING_MAGIC "# starfmm profile 1"
#define SFM_TUNING_FILE "profile.txt" /* in the cache folder */
#define SFM_TUNING_WORD 96

typedef struct sfm_tuning {
    /* the problem */
    char machine[SFM_TUNING_WORD], kernel[SFM_TUNING_WORD], precision[SFM_TUNING_WORD];
    int digits, order, check_order, gradient;
    size_t n_sources, n_targets;
    int spread;
    /* the answer */
    int n_crit, group_size;
    char m2l[SFM_TUNING_WORD], scheduler[SFM_TUNING_WORD];
    double ratio;
} sfm_tuning;

typedef struct sfm_tunings {
    size_t n;
    sfm_tuning *entry; /* [n], the latest last */
} sfm_tunings;

/* What became of the profile when a plan was made. */
typedef struct sfm_tuning_report {
    int status; /* as starfmm_info.profile_status */
    char message[256];
} sfm_tuning_report;

/* ---- the file ------------------------------------------------------------------------ */

/* Read a profile; one that does not exist is empty.  EIO, ENOMEM; EFORMAT: foreign or
 * damaged, with the line. */
starfmm_status sfm_tunings_load(const char *path, sfm_tunings *t);
/* Replace a profile as a whole, its folder made where missing.  EIO, ENOMEM. */
starfmm_status sfm_tunings_save(const char *path, const sfm_tunings *t);
/* Add an entry as the last, in place of one for the same problem.  ENOMEM. */
starfmm_status sfm_tunings_put(sfm_tunings *t, const sfm_tuning *entry);
void sfm_tunings_free(sfm_tunings *t);

/* ---- its use ------------------------------------------------------------------------- */

/* Where the profile of these options is, "" for nowhere; *named: by the option or
 * STARFMM_PROFILE, so that it must be sound.  EINVAL: the name is too long. */
starfmm_status sfm_tuning_path(const starfmm_options *o, char *path, size_t size,
                               int *named);

/* The problem of these options and points into the first fields; the kernel must be valid.
 */
void sfm_tuning_classify(const starfmm_options *o, const sfm_point_sets *points,
                         sfm_tuning *problem);

/* The entry for a problem: all names alike, points within a factor of 1.5, spread
 * within 1.25; of several the nearest.  NULL: none. */
const sfm_tuning *sfm_tunings_find(const sfm_tunings *t, const sfm_tuning *problem);

/* Fill what the options leave automatic, if the profile has an entry.  A deterministic plan
 * heeds a named profile only: others come and go.  Fails where a named profile is unsound.
 */
starfmm_status sfm_tuning_apply(starfmm_options *o, const sfm_point_sets *points,
                                sfm_tuning_report *report);

/* The policy that this machine's latest entry in the environment's profile names, "" for
 * none. EFORMAT, EIO: a named profile is unsound. */
starfmm_status sfm_tuning_scheduler(char name[SFM_TUNING_WORD]);

/* This machine as in the file; the CPU is looked up once for the process. */
void sfm_tuning_machine(sfm_isa isa, char word[SFM_TUNING_WORD]);

#endif
