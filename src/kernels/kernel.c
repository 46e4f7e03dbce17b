/* SPDX-License-Identifier: BSD-3-Clause */
/* The registry: the library's own kernels, one row each, and those that users have added. */
#include "kernels/kernel.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

/* A row is all that the library has to know of a kernel beside its file. */
#define BUILTIN(X)                                                                         \
    X(STARFMM_LAPLACE, sfm_kernel_laplace)                                                 \
    X(STARFMM_YUKAWA, sfm_kernel_yukawa)                                                   \
    X(STARFMM_COUNT, sfm_kernel_count)                                                     \
    X(STARFMM_STOKES, sfm_kernel_stokes)                                                   \
    X(STARFMM_HELMHOLTZ, sfm_kernel_helmholtz)                                             \
    X(STARFMM_ELASTICITY, sfm_kernel_elasticity)

#define DECLARE(id, definition) extern const sfm_kernel definition;
#define POINT_TO(id, definition) [id] = &definition,
BUILTIN(DECLARE)
static const sfm_kernel *const builtin[] = {BUILTIN(POINT_TO)};
#define N_BUILTIN (sizeof builtin / sizeof *builtin)

/* Users' kernels have the ids from FIRST_USER on, and are never removed: a kernel that has
 * been counted may be read without the lock. */
#define FIRST_USER 64
#define MAX_USER 64
static sfm_kernel user[MAX_USER];
static size_t n_user;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

const sfm_kernel *sfm_kernel_get(starfmm_kernel id)
{
    if ((size_t)id < N_BUILTIN) return builtin[id];
    size_t at = (size_t)id - FIRST_USER;
    return at < __atomic_load_n(&n_user, __ATOMIC_ACQUIRE) ? &user[at] : NULL;
}

const sfm_kernel *sfm_kernel_find(const char *name)
{
    for (size_t i = 0; i < N_BUILTIN; i++)
        if (strcmp(builtin[i]->name, name) == 0) return builtin[i];
    size_t n = __atomic_load_n(&n_user, __ATOMIC_ACQUIRE);
    for (size_t i = 0; i < n; i++)
        if (strcmp(user[i].name, name) == 0) return &user[i];
    return NULL;
}

static int find_kind(const starfmm_kind *kind, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(kind[i].name, name) == 0) return i;
    return -1;
}

static starfmm_status name_kind(const sfm_kernel *kernel, const char *side,
                                const starfmm_kind *kind, int n, const char *name, int *at)
{
    *at = name ? find_kind(kind, n, name) : 0;
    if (*at >= 0) return STARFMM_OK;
    return sfm_fail(STARFMM_EINVAL, "kernel '%s' has no %s '%s': %s%s%s%s%s%s%s",
                    kernel->name, side, name, kind[0].name, n > 1 ? ", " : "",
                    n > 1 ? kind[1].name : "", n > 2 ? ", " : "", n > 2 ? kind[2].name : "",
                    n > 3 ? ", " : "", n > 3 ? kind[3].name : "");
}

starfmm_status sfm_kernel_find_kinds(const sfm_kernel *kernel, const char *sources,
                                     const char *targets, int gradient, int *source,
                                     int *target)
{
    if (!targets && gradient) targets = "gradient";
    SFM_TRY(
        name_kind(kernel, "sources", kernel->source, kernel->n_sources, sources, source));
    return name_kind(kernel, "targets", kernel->target, kernel->n_targets, targets, target);
}

/* A user's loops are of the one instruction set that he compiled them for. */
static starfmm_status add_user(const sfm_kernel *definition, starfmm_kernel *id)
{
    if (sfm_kernel_find(definition->name))
        return sfm_fail(STARFMM_EINVAL, "there is a kernel '%s' already", definition->name);
    if (n_user == MAX_USER)
        return sfm_fail(STARFMM_ENOMEM, "no room for kernel '%s' after %d others",
                        definition->name, MAX_USER);
    sfm_kernel *k = &user[n_user];
    *k = *definition;
    k->id = (starfmm_kernel)(FIRST_USER + n_user);
    for (int isa = 1; isa < STARFMM_N_ISA; isa++) {
        k->loops_f64[isa] = k->loops_f64[0];
        k->loops_f32[isa] = k->loops_f32[0];
    }
    *id = k->id;
    __atomic_store_n(&n_user, n_user + 1, __ATOMIC_RELEASE);
    return STARFMM_OK;
}

starfmm_status sfm_kernel_register(const sfm_kernel *definition, starfmm_kernel *id)
{
    if (definition == NULL || id == NULL)
        return sfm_fail(STARFMM_EINVAL, "kernel: %s is NULL", id ? "definition" : "id");
    SFM_TRY(sfm_kernel_validate(definition, SFM_ISA_PORTABLE));
    pthread_mutex_lock(&lock);
    starfmm_status status = add_user(definition, id);
    pthread_mutex_unlock(&lock);
    return status;
}

starfmm_status sfm_kernel_check_params(const sfm_kernel *kernel, const double *params)
{
    for (int i = 0; i < kernel->n_params; i++) {
        const starfmm_parameter *p = &kernel->param[i];
        int above = p->above_min ? params[i] > p->min : params[i] >= p->min;
        if (!isfinite(params[i]) || !above || params[i] > p->max)
            return sfm_fail(STARFMM_EINVAL,
                            "%s: %s (params[%d]) = %g must be finite, %s %g and at most %g",
                            kernel->name, p->name, i, params[i],
                            p->above_min ? "above" : "at least", p->min, p->max);
    }
    return STARFMM_OK;
}

int sfm_kernel_is_homogeneous(const sfm_kernel *kernel, const double *params)
{
    for (int i = 0; i < kernel->n_params; i++)
        if (params[i] != 0 && kernel->param[i].power != 0) return 0;
    return 1;
}

void sfm_kernel_scale_params(const sfm_kernel *kernel, const double *params, double s,
                             double scaled[STARFMM_MAX_PARAMS])
{
    for (int i = 0; i < STARFMM_MAX_PARAMS; i++)
        scaled[i] = i < kernel->n_params ? params[i] * pow(s, kernel->param[i].power) : 0;
}

void sfm_kernel_reference(const sfm_kernel *kernel, int source, int target,
                          const long double d[3], const double *params, long double *k)
{
    if (kernel->reference) {
        kernel->reference(source, target, d, params, k);
        return;
    }
    const int n = kernel->source[source].dim * kernel->target[target].dim;
    const double x[3] = {(double)d[0], (double)d[1], (double)d[2]};
    double value[STARFMM_MAX_COMPONENTS * STARFMM_MAX_COMPONENTS] = {0};
    if (x[0] != 0 || x[1] != 0 || x[2] != 0) kernel->pair(x, params, value);
    for (int i = 0; i < n; i++) k[i] = value[i];
}

starfmm_evaluate_fn_f64 sfm_evaluate_get_f64(const sfm_kernel *, sfm_isa, sfm_accuracy, int,
                                             int);
starfmm_evaluate_fn_f32 sfm_evaluate_get_f32(const sfm_kernel *, sfm_isa, sfm_accuracy, int,
                                             int);
starfmm_mutual_fn_f64 sfm_mutual_get_f64(const sfm_kernel *, sfm_isa, sfm_accuracy, int,
                                         int);
starfmm_mutual_fn_f32 sfm_mutual_get_f32(const sfm_kernel *, sfm_isa, sfm_accuracy, int,
                                         int);

int sfm_kernel_has_loops(const sfm_kernel *kernel, sfm_isa isa, int source, int target)
{
    const sfm_accuracy accuracy = SFM_ACCURACY_FULL;
    return sfm_evaluate_get_f64(kernel, isa, accuracy, source, target) != NULL &&
           sfm_evaluate_get_f32(kernel, isa, accuracy, source, target) != NULL;
}

int sfm_kernel_is_mutual(const sfm_kernel *kernel, starfmm_precision precision, sfm_isa isa,
                         sfm_accuracy accuracy, int source, int target)
{
    if (precision == STARFMM_DOUBLE)
        return sfm_mutual_get_f64(kernel, isa, accuracy, source, target) != NULL;
    return sfm_mutual_get_f32(kernel, isa, accuracy, source, target) != NULL;
}
