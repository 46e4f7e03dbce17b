/* SPDX-License-Identifier: BSD-3-Clause */
#include "plan/tuning.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/environment.h"
#include "kernels/kernel.h"
#include "policy/accuracy.h"
#include "policy/machine.h"
#include "policy/shape.h"
#include "precompute/store.h"

#define PATH_SIZE 4096

/* ---- the problem ----------------------------------------------------------- */

static char cpu[SFM_TUNING_WORD];

static void look_up_cpu(void)
{
    sfm_machine m;
    int known = sfm_machine_describe(&m) == STARFMM_OK && m.cpu[0];
    snprintf(cpu, sizeof cpu, "%.64s/%d", known ? m.cpu : "unknown",
             known ? m.n_cores_allowed : 0);
    for (char *c = cpu; *c; c++)
        if (*c <= ' ' || *c == '=') *c = '_';
}

void sfm_tuning_machine(sfm_isa isa, char word[SFM_TUNING_WORD])
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, look_up_cpu);
    snprintf(word, SFM_TUNING_WORD, "%.80s/%s", cpu, sfm_isa_name(isa));
}

void sfm_tuning_classify(const starfmm_options *o, const sfm_point_sets *p, sfm_tuning *t)
{
    sfm_isa isa = SFM_ISA_PORTABLE;
    memset(t, 0, sizeof *t);
    sfm_isa_select(sfm_variable_value(SFM_VARIABLE_ISA), &isa);
    sfm_tuning_machine(isa, t->machine);
    snprintf(t->kernel, sizeof t->kernel, "%s", sfm_kernel_get(o->kernel)->name);
    snprintf(t->precision, sizeof t->precision, "%s",
             o->precision == STARFMM_FLOAT ? "float" : "double");
    t->digits = sfm_accuracy_digits(o);
    t->order = o->order;
    t->check_order = o->check_order;
    t->gradient = o->gradient == STARFMM_ON;
    t->n_sources = p->n_sources;
    t->n_targets = p->targets ? p->n_targets : p->n_sources;
    t->spread = sfm_shape_spread(p->sources, p->n_sources);
}

/* ---- the choice ------------------------------------------------------------ */

static int is_near(double a, double b, double factor)
{
    return (a == 0 && b == 0) || (a <= b * factor && b <= a * factor);
}

static int same_class(const sfm_tuning *a, const sfm_tuning *b)
{
    return strcmp(a->machine, b->machine) == 0 && strcmp(a->kernel, b->kernel) == 0 &&
           strcmp(a->precision, b->precision) == 0 && a->digits == b->digits &&
           a->order == b->order && a->check_order == b->check_order &&
           a->gradient == b->gradient &&
           is_near((double)a->n_sources, (double)b->n_sources, 1.5) &&
           is_near((double)a->n_targets, (double)b->n_targets, 1.5) &&
           is_near(a->spread, b->spread, 1.25);
}

static double distance(const sfm_tuning *a, const sfm_tuning *b)
{
    return fabs(log(((double)a->n_sources + 1) / ((double)b->n_sources + 1)));
}

const sfm_tuning *sfm_tunings_find(const sfm_tunings *t, const sfm_tuning *problem)
{
    const sfm_tuning *best = NULL;
    for (size_t i = 0; i < t->n; i++)
        if (same_class(&t->entry[i], problem) &&
            (!best || distance(&t->entry[i], problem) <= distance(best, problem)))
            best = &t->entry[i];
    return best;
}

starfmm_status sfm_tuning_path(const starfmm_options *o, char *path, size_t size,
                               int *named)
{
    const char *name = o->profile ? o->profile : sfm_variable_value(SFM_VARIABLE_PROFILE);
    size_t used;
    *named = name != NULL && name[0] != '\0';
    if (!name) {
        SFM_TRY(sfm_store_dir(o->cache_dir, path, size));
        used = strlen(path);
        if (used == 0) return STARFMM_OK; /* no cache, no profile */
        name = "/" SFM_TUNING_FILE;
    } else
        used = 0;
    if (used + strlen(name) >= size)
        return sfm_fail(STARFMM_EINVAL, "the name of the profile is longer than %zu bytes",
                        size);
    strcpy(path + used, name);
    return STARFMM_OK;
}

static int method_of(const char *name)
{
    int i = 0;
    while (sfm_m2l_names[i] && strcmp(sfm_m2l_names[i], name) != 0) i++;
    return sfm_m2l_names[i] ? i : STARFMM_M2L_AUTO;
}

static void take(starfmm_options *o, const sfm_tuning *t)
{
    if (!o->n_crit) o->n_crit = t->n_crit;
    if (!o->group_size) o->group_size = t->group_size;
    if (!o->m2l) o->m2l = (starfmm_m2l)method_of(t->m2l);
}

/* The profile of a path, which is there, or the reason why not. */
static void consult(starfmm_options *o, const sfm_point_sets *points, const char *path,
                    const sfm_tunings *t, sfm_tuning_report *r)
{
    sfm_tuning problem;
    sfm_tuning_classify(o, points, &problem);
    const sfm_tuning *found = sfm_tunings_find(t, &problem);
    r->status = found ? 1 : 2;
    if (found) {
        take(o, found);
        snprintf(r->message, sizeof r->message,
                 "%.160s: n_crit %d, group size %d, M2L %.16s", path, found->n_crit,
                 found->group_size, found->m2l);
    } else
        snprintf(r->message, sizeof r->message, "%.160s has nothing for this problem here",
                 path);
}

/* An unsound profile that nobody named is told of and ignored. */
static starfmm_status load(const char *path, int named, sfm_tunings *t,
                           sfm_tuning_report *r)
{
    starfmm_status status = sfm_tunings_load(path, t);
    if (status == STARFMM_OK || named || status == STARFMM_ENOMEM) return status;
    r->status = 3;
    snprintf(r->message, sizeof r->message, "%s", sfm_get_error());
    return STARFMM_OK;
}

starfmm_status sfm_tuning_apply(starfmm_options *o, const sfm_point_sets *points,
                                sfm_tuning_report *report)
{
    char path[PATH_SIZE];
    int named;
    sfm_tunings t;
    *report = (sfm_tuning_report){0};
    SFM_TRY(sfm_tuning_path(o, path, sizeof path, &named));
    if (path[0] == '\0' || !sfm_kernel_get(o->kernel)) return STARFMM_OK;
    if (o->deterministic == STARFMM_ON && !named) return STARFMM_OK;
    SFM_TRY(load(path, named, &t, report));
    if (t.n) consult(o, points, path, &t, report);
    sfm_tunings_free(&t);
    return STARFMM_OK;
}

starfmm_status sfm_tuning_scheduler(char name[SFM_TUNING_WORD])
{
    char path[PATH_SIZE], machine[SFM_TUNING_WORD];
    int named;
    sfm_environment e;
    sfm_tunings t;
    sfm_tuning_report ignored;
    const starfmm_options automatic = {0};
    name[0] = '\0';
    SFM_TRY(sfm_environment_read(&e));
    SFM_TRY(sfm_tuning_path(&automatic, path, sizeof path, &named));
    if (path[0] == '\0') return STARFMM_OK;
    SFM_TRY(load(path, named, &t, &ignored));
    if (t.n) sfm_tuning_machine(e.isa, machine);
    for (size_t i = 0; i < t.n; i++)
        if (strcmp(t.entry[i].machine, machine) == 0)
            strcpy(name, strcmp(t.entry[i].scheduler, "auto") ? t.entry[i].scheduler : "");
    sfm_tunings_free(&t);
    return STARFMM_OK;
}
