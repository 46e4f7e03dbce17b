/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The sets of the process are one list, the most recently taken first.  A set is computed
 * outside the lock; where two threads compute the same one, the second to finish drops its
 * own.
 */
#include "precompute/operator_set.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

#include "base/memory.h"
#include "operators/surface.h"

/* What there is in each precision, by starfmm_precision. */
static const struct {
    starfmm_status (*create)(void **, size_t *, const sfm_operators *,
                             const sfm_operator_set_key *);
    void (*free)(void *);
    starfmm_status (*measure)(const void *, const sfm_operator_set_key *, int, int,
                              double[2]);
    starfmm_status (*create_levels)(void **, const sfm_settings *, const sfm_geometry *,
                                    int, const sfm_operator_set *const *);
    void (*free_levels)(void *);
} typed[] = {
    [STARFMM_DOUBLE] = {sfm_set_create_f64, sfm_set_free_f64, sfm_set_measure_f64,
                        sfm_levels_create_f64, sfm_levels_free_f64},
    [STARFMM_FLOAT] = {sfm_set_create_f32, sfm_set_free_f32, sfm_set_measure_f32,
                       sfm_levels_create_f32, sfm_levels_free_f32},
};

static pthread_mutex_t sets_lock = PTHREAD_MUTEX_INITIALIZER;
static sfm_operator_set *sets;

static void free_set(sfm_operator_set *set)
{
    if (!set) return;
    typed[set->key.precision].free((void *)set->content);
    sfm_free(set);
}

static int same_key(const sfm_operator_set_key *a, const sfm_operator_set_key *b)
{
    return sfm_operators_key_equal(&a->matrices, &b->matrices) &&
           a->precision == b->precision && a->isa == b->isa && a->m2l == b->m2l;
}

/* A reference to the set of a key, which becomes the first; NULL: there is none.  The lock is
 * held. */
static sfm_operator_set *take_set(const sfm_operator_set_key *key)
{
    sfm_operator_set **at = &sets;
    while (*at && !same_key(&(*at)->key, key)) at = &(*at)->next;
    sfm_operator_set *set = *at;
    if (!set) return NULL;
    *at = set->next;
    set->next = sets;
    sets = set;
    set->references++;
    return set;
}

/* Free the oldest sets that no plan uses beyond so many bytes of them.  The lock is held. */
static void free_unused_beyond(size_t bytes)
{
    size_t unused = 0;
    for (sfm_operator_set **at = &sets, *set; (set = *at);) {
        if (set->references == 0) unused += set->bytes;
        if (set->references > 0 || unused <= bytes) {
            at = &set->next;
            continue;
        }
        unused -= set->bytes;
        *at = set->next;
        free_set(set);
    }
}

static starfmm_status compute_set(sfm_operator_set **set, const sfm_operator_set_key *key)
{
    sfm_operators ops;
    void *content = NULL;
    sfm_operator_set *s = *set = sfm_calloc(1, sizeof *s);
    if (!s) return sfm_fail(STARFMM_ENOMEM, "no memory for an operator set");
    starfmm_status status = sfm_operators_compute(&ops, &key->matrices);
    if (status == STARFMM_OK) {
        status = typed[key->precision].create(&content, &s->bytes, &ops, key);
        sfm_operators_free(&ops);
    }
    s->key = *key;
    s->content = content;
    if (status == STARFMM_OK) return STARFMM_OK;
    sfm_free(s);
    *set = NULL;
    return status;
}

starfmm_status sfm_operator_set_get(const sfm_operator_set **set,
                                    const sfm_operator_set_key *key)
{
    sfm_operator_set *computed;
    pthread_mutex_lock(&sets_lock);
    *set = take_set(key);
    pthread_mutex_unlock(&sets_lock);
    if (*set) return STARFMM_OK;
    SFM_TRY(compute_set(&computed, key));
    pthread_mutex_lock(&sets_lock);
    *set = take_set(key);
    if (!*set) {
        computed->references = 1;
        computed->next = sets;
        *set = sets = computed;
        computed = NULL;
    }
    free_unused_beyond(SFM_UNUSED_SET_BYTES);
    pthread_mutex_unlock(&sets_lock);
    free_set(computed);
    return STARFMM_OK;
}

void sfm_operator_set_release(const sfm_operator_set *set)
{
    if (!set) return;
    pthread_mutex_lock(&sets_lock);
    ((sfm_operator_set *)set)->references--; /* no part of its value */
    free_unused_beyond(SFM_UNUSED_SET_BYTES);
    pthread_mutex_unlock(&sets_lock);
}

void sfm_operator_sets_free_unused(void)
{
    pthread_mutex_lock(&sets_lock);
    free_unused_beyond(0);
    pthread_mutex_unlock(&sets_lock);
}

/* ---- the levels of a plan -------------------------------------------------------------- */

/* The set for boxes of a half side, in tree units. */
static starfmm_status get_set(const sfm_operator_set **set, const sfm_settings *s,
                              const double *params, double half)
{
    sfm_operator_set_key key;
    memset(&key, 0, sizeof key);
    key.matrices = (sfm_operators_key){.kernel = s->kernel->id,
                                       .equiv = s->equiv,
                                       .check = s->check,
                                       .order = s->order,
                                       .check_order = s->check_order,
                                       .inner = s->inner,
                                       .outer = s->outer,
                                       .cutoff = s->cutoff,
                                       .floor = s->floor};
    sfm_kernel_scale_params(s->kernel, params, half, key.matrices.params);
    key.precision = s->precision;
    key.isa = s->isa;
    key.m2l = s->m2l;
    return sfm_operator_set_get(set, &key);
}

starfmm_status sfm_levels_create(sfm_levels *l, const sfm_settings *s,
                                 const sfm_geometry *g, int top_level, const double *params)
{
    int depth = g->tree.depth;
    starfmm_status status = STARFMM_OK;
    memset(l, 0, sizeof *l);
    sfm_kernel_scale_params(s->kernel, params, g->unit, l->params);
    for (int k = top_level; k <= depth && status == STARFMM_OK; k++)
        status = get_set(&l->set[k], s, l->params, g->half[k]);
    if (status == STARFMM_OK)
        status = typed[s->precision].create_levels(&l->typed, s, g, top_level, l->set);
    l->free_typed = typed[s->precision].free_levels;
    if (status != STARFMM_OK) sfm_levels_free(l);
    return status;
}

void sfm_levels_free(sfm_levels *l)
{
    for (int k = 0; k <= SFM_MAX_DEPTH; k++) sfm_operator_set_release(l->set[k]);
    if (l->free_typed) l->free_typed(l->typed);
    memset(l, 0, sizeof *l);
}

/* Of a set, measured once: no part of its value, under the lock. */
static starfmm_status measure_set(const sfm_operator_set *set, int source, int target,
                                  double error[2])
{
    double *known = ((sfm_operator_set *)set)->error[source][target];
    pthread_mutex_lock(&sets_lock);
    memcpy(error, known, 2 * sizeof *known);
    pthread_mutex_unlock(&sets_lock);
    if (error[1] > 0) return STARFMM_OK;
    SFM_TRY(
        typed[set->key.precision].measure(set->content, &set->key, source, target, error));
    pthread_mutex_lock(&sets_lock);
    memcpy(known, error, 2 * sizeof *known);
    pthread_mutex_unlock(&sets_lock);
    return STARFMM_OK;
}

starfmm_status sfm_levels_measure(const sfm_levels *l, const sfm_settings *s,
                                  starfmm_grade grade, double *error)
{
    *error = 0;
    for (int k = 0; k <= SFM_MAX_DEPTH; k++) {
        double of_set[2];
        if (!l->set[k]) continue;
        SFM_TRY(measure_set(l->set[k], s->source, s->target, of_set));
        *error = fmax(*error, of_set[grade]);
    }
    return STARFMM_OK;
}
