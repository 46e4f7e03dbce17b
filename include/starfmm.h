/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * starfmm: the kernel-independent fast multipole method as a StarPU task graph.
 *
 * This header is the blocking interface.  It needs nothing but the C library and
 * compiles as C11 and as C++.  `starfmm_starpu.h` submits into the caller's graph.
 *
 * What is summed, for N sources y_i with charges q_i and M targets x_j:
 *
 *     potential_j = sum_i K(x_j, y_i) q_i        gradient_j = d potential_j / d x_j
 *
 *     STARFMM_LAPLACE     K = 1 / (4 pi r)
 *     STARFMM_YUKAWA      K = exp(-kappa r) / (4 pi r)      params[0] = kappa >= 0
 *     STARFMM_COUNT       K = 1, for every pair, coincident ones too: each potential is the
 *                         sum of all charges.  A check of the tree, lists and task graph.
 *     STARFMM_STOKES      flow of viscosity 1: forces (3 components) and stresslets (9) to
 *                         velocities (3), and the pressure; (I + d d^T / r^2) / (8 pi r)
 *     STARFMM_HELMHOLTZ   K = exp(i k r) / (4 pi r)         params[0] = k >= 0
 *                         complex numbers are two components: re, im
 *     STARFMM_ELASTICITY  forces to displacements (3 components each) in a solid of shear
 *                         modulus 1 (Kelvin):  ((3 - 4 nu) I + d d^T / r^2)
 *                         / (16 pi (1 - nu) r)              params[0] = nu in (-1, 1/2]
 *
 * A pair at distance exactly zero contributes zero (except STARFMM_COUNT).
 *
 * Method: L. Ying, G. Biros, D. Zorin, "A kernel-independent adaptive fast multipole
 * algorithm in two and three dimensions", J. Comput. Phys. 196 (2004) 591-626.
 *
 * Conventions
 *   - Arrays are row-major: points are (n x 3) doubles, charges (n x n_rhs) and potentials
 *     (m x n_rhs) in the plan's precision, gradients (m x n_rhs x 3) in the plan's precision.
 *   - Every function that can fail returns a `starfmm_status`; the message with the values
 *     is read by starfmm_last_error() from the same thread.
 *   - The library itself never prints, exits or aborts.  What the libraries under it do to a
 *     process in spite of it:
 *       StarPU prints warnings of its own, and aborts where malloc or pthread_create fail
 *       inside it; room for its threads, data handles and tasks is looked for before.
 *       OpenBLAS maps 128 MB of address space for each thread inside a product, and tries for
 *       ever where it cannot.  Buffers for our threads are looked for before and kept.  What it
 *       maps while it is loaded nobody can look for: under a limit (ulimit -v) start programs
 *       with OPENBLAS_NUM_THREADS=1.
 *       HDF5 can crash on damaged files; only the command reads any.
 *     Where another thread takes the memory between the look and the use, it is as it was.
 *   - Thread rules: different plans may be used from different threads at the same time; one
 *     plan may be evaluated by several threads at the same time (evaluations of one plan are
 *     ordered by their data); creating and destroying the same plan is the caller's to order.
 */
#ifndef STARFMM_H
#define STARFMM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define STARFMM_API __attribute__((visibility("default")))
#else
#define STARFMM_API
#endif

#define STARFMM_VERSION_MAJOR 0
#define STARFMM_VERSION_MINOR 1
#define STARFMM_VERSION_PATCH 0

/* ---- status -------------------------------------------------------------------------- */

typedef enum starfmm_status {
    STARFMM_OK = 0,
    STARFMM_EINVAL = 1,     /* an argument is NULL, negative, absurd or inconsistent */
    STARFMM_ENONFINITE = 2, /* a coordinate or charge is NaN or infinite */
    STARFMM_EPRECISION = 3, /* the tolerance asked for is below what can be kept, which the
                               message names */
    STARFMM_ENOMEM = 4,     /* an allocation failed */
    STARFMM_EIO = 5,        /* a file could not be read, written or renamed */
    STARFMM_EFORMAT = 6,    /* a file is not what it should be: foreign, stale, truncated */
    STARFMM_ERUNTIME = 7, /* StarPU is not running, has no CPU worker, or refused a task */
    STARFMM_ENUMERIC = 8, /* a factorisation did not converge */
    STARFMM_ECANCELLED = 9, /* the request was cancelled */
    STARFMM_EBUSY = 10, /* the plan has requests in flight, or the call may not wait here */
    STARFMM_EUNSUPPORTED = 11 /* a combination that this version does not have */
} starfmm_status;

/* A short name of a status, such as "invalid argument".  Never NULL. */
STARFMM_API const char *starfmm_status_string(starfmm_status status);

/* The message of the last call that failed in this thread, with the values that were wrong.
 * Owned by the library, valid until the next call of this thread.  "" when none failed. */
STARFMM_API const char *starfmm_last_error(void);

/* Version of the library that is linked, for example "0.1.0". */
STARFMM_API const char *starfmm_version(void);

/* ---- options ------------------------------------------------------------------------- */

typedef enum starfmm_precision { STARFMM_DOUBLE = 0, STARFMM_FLOAT = 1 } starfmm_precision;
typedef enum starfmm_kernel {
    STARFMM_LAPLACE = 0,
    STARFMM_YUKAWA = 1,
    STARFMM_COUNT = 2,
    STARFMM_STOKES = 3,
    STARFMM_HELMHOLTZ = 4,
    STARFMM_ELASTICITY = 5
} starfmm_kernel;

typedef enum starfmm_m2l {
    STARFMM_M2L_AUTO = 0,
    STARFMM_M2L_FOURIER = 1, /* convolution on the equivalent-surface grid, DFT as GEMM */
    STARFMM_M2L_DENSE = 2    /* one matrix per relative position, level-3 BLAS */
} starfmm_m2l;

/* A switch whose automatic value the library chooses. */
typedef enum starfmm_switch {
    STARFMM_AUTO = 0,
    STARFMM_ON = 1,
    STARFMM_OFF = 2
} starfmm_switch;

/* Which error a tolerance is a bound of: see "Accuracy" below. */
typedef enum starfmm_grade {
    STARFMM_ORDINARY = 0, /* of all targets together */
    STARFMM_STRICT = 1    /* of every single target */
} starfmm_grade;

#define STARFMM_MAX_PARAMS 4

/*
 * Accuracy.
 * (1) The error of a result is at most `tolerance`: in the ordinary grade its relative L2 error,
 * sqrt(sum |error|^2 / sum |exact value|^2) over all targets, for each charge vector; in the
 * strict grade every single target's error relative to sum |K(x_j, y_i)| |q_i|, which does not
 * cancel.
 * (2) It holds for each output that is asked for, for potentials in their norm and for gradients
 * in theirs (|grad K| for |K|), for charges of any sign, for targets among the sources or apart,
 * for every kernel and kind of sources and targets, and for both precisions.  Orders for charges
 * of Laplace and Yukawa are from tables; all others (dipoles, Hessians, vectors, waves, users'
 * kernels) are measured between boxes when a plan is created, and rise until the tolerance holds.
 * (3) Excluded are, in the ordinary grade, sets whose sources are all far from all targets, sums
 * that cancel more than random signs make them, and kernels that decay within a leaf (Yukawa:
 * kappa times its side above 4), where errors are up to the strict grade's of the same order, 100
 * times as large for potentials and 1000 times for gradients; in the strict grade, kernels that
 * decay within the root cube (kappa times its side above 8).
 * (4) What no plan keeps is refused with STARFMM_EPRECISION, whose message names what can be
 * had: tolerances below 1e-12 in double and 1e-5 in single precision, and below what was
 * measured for the kernel, output and grade (STARFMM_EUNSUPPORTED: not one digit, as of waves
 * much shorter than the boxes and of kernels that solve no elliptic equation); values must stay
 * in the range of the precision, and strict gradients lose the rounding errors of potentials
 * over the side of their leaf, 2^-52 times (distance / side).
 */

/*
 * Options of a plan.  Fill with starfmm_options_init(), then change what matters: in every
 * field zero means automatic.  starfmm_plan_get_info() tells what automatic became.
 * n_crit, group_size, m2l and deterministic, where automatic, are those of the environment
 * (STARFMM_N_CRIT, _GROUP, _M2L, _DETERMINISTIC), which is read once, when the plan is created.
 *  A variable with a wrong value is EINVAL, whatever the options.
 * What is open then is chosen by a cost model.
 */
typedef struct starfmm_options {
    size_t size;                 /* sizeof(starfmm_options), set by starfmm_options_init */
    starfmm_precision precision; /* of charges, potentials, gradients and arithmetic */
    starfmm_kernel kernel;       /* interaction kernel */
    double params[STARFMM_MAX_PARAMS]; /* kernel parameters; kappa and the like in
                                          1 / (unit of the coordinates) */
    int digits;      /* short for tolerance = 10^-digits; double 1..12, float 1..5; if both
                          tolerance and digits 0: 6 in double, 4 in float */
    int order;       /* points per edge of the equivalent surface, 1..20; 0: from tolerance,
                          which is not looked at where order is set */
    int check_order; /* points per edge of the check surface, order..22; 0: from order */
    int n_crit;      /* split a node with more sources or more targets than this, 1..10^6
                          (coincident points stay together); 0: from a cost model.  Where the
                          points fill a cube evenly, the root cube is made larger, by less than 2,
                          so that all leaves are of one level and nearly as full as that allows */
    int group_size;  /* nodes per group (task granularity), 1..2^30; 0: by a cost model */
    int max_depth;   /* deepest level of the tree, 1..21; 0: 21 */
    starfmm_switch balance;  /* adjacent leaves differ by at most one level; auto: on */
    starfmm_switch gradient; /* evaluations may ask for gradients; auto: off */
    starfmm_switch deterministic; /* bitwise reproducible sums on any number of workers and
                                     any scheduler; auto: off */
    starfmm_m2l m2l;              /* method of the M2L operator */
    /* Kinds by name (starfmm_kernel.h): of what the sources hold, as "charge", "dipole" or
     * "force", and of what targets receive, as "potential", "gradient" or "velocity"; NULL: the
     * kernel's first, and with `gradient` "gradient" */
    const char *sources, *targets;
    double tolerance;    /* see "Accuracy"; 0 < tolerance < 1; 0: from digits */
    starfmm_grade grade; /* ordinary or strict */
} starfmm_options;

/* Set every field of *options to automatic. */
STARFMM_API starfmm_status starfmm_options_init(starfmm_options *options);

/* ---- the runtime ---------------------------------------------------------------------- */

/*
 * Evaluations run as tasks of the process's StarPU.  A host that uses StarPU initialises it
 * itself and never calls these two.  Any other program calls starfmm_runtime_start() once
 * before its first evaluation and starfmm_runtime_stop() at its end.
 *
 * start: initialise StarPU unless it is running already (then do nothing but count).
 *   `n_workers` CPU workers, 0: as many as the machine has.  Every STARPU_* environment
 *   variable keeps its documented effect: STARPU_NCPU, where set, wins over n_workers.  The
 *   policy is STARPU_SCHED's, else lws.  Where HOME cannot be written, StarPU's performance
 *   models are directed to a private temporary folder, since StarPU would otherwise abort the
 *   process.
 *   Errors: EINVAL, ERUNTIME (no CPU worker; a policy or number in a STARPU_* variable that
 *   StarPU does not take).
 *   Also ERUNTIME: in a child of fork, where StarPU ran in the parent.
 * stop: undo one successful start; waits for requests that are in flight.  Plans may be
 *   destroyed after it.
 * Calls nest.  Both may be called from any thread; in tasks and callbacks start answers EBUSY
 * and stop does nothing.
 */
STARFMM_API starfmm_status starfmm_runtime_start(int n_workers);
STARFMM_API void starfmm_runtime_stop(void);

/* ---- plans ---------------------------------------------------------------------------- */

/* Everything that depends on the points alone: tree, lists, operators, buffers, tasks. */
typedef struct starfmm_plan starfmm_plan;

/*
 * Create a plan.
 *   plan       where to store it; set to NULL on failure
 *   options    NULL: all automatic
 *   n_sources, sources   (n_sources x 3) coordinates, any unit, copied
 *   n_targets, targets   (n_targets x 3); targets = NULL: the targets are the sources and
 *                        n_targets is ignored
 * Zero sources or targets make a valid plan.  Coordinates are double in both precisions, and
 * differences of coordinates as exact as doubles allow, whatever else is in the set: outliers,
 * offsets, clusters of clusters.  In single precision distances are told apart down to 2^-46 of
 * the side of the leaf that holds both points, and five digits kept on ordinary sets.
 * Errors: EINVAL, ENONFINITE, EPRECISION, EUNSUPPORTED, ENOMEM, ENUMERIC.
 */
STARFMM_API starfmm_status starfmm_plan_create(starfmm_plan **plan,
                                               const starfmm_options *options,
                                               size_t n_sources, const double *sources,
                                               size_t n_targets, const double *targets);

/*
 * Move the points of a plan: as good as what starfmm_plan_create would make of the same options
 * and these points, in less time.  Operators and memory are kept, operators of kernels with a
 * length (Yukawa) as long as the points stay in the plan's root cube and fill more than half of
 * its side (of that which a new plan would give it).  Where the old tree still suits the points
 * (each node has points of a set if it had, no leaf more than n_crit and a quarter), tree,
 * lists and tasks are kept too: a leaf may then hold more than n_crit.  The root cube may be a
 * little larger than the smallest.  The numbers of points may change.  Errors as of
 * starfmm_plan_create, and EBUSY while requests are in flight; the plan is then as it was.
 */
STARFMM_API starfmm_status starfmm_plan_move(starfmm_plan *plan, size_t n_sources,
                                             const double *sources, size_t n_targets,
                                             const double *targets);

/* Free a plan; NULL is allowed.  EBUSY, and nothing freed, while requests are in flight, and in
 * tasks and callbacks where it would have to wait.  Every function answers EINVAL to a plan that
 * has been destroyed. */
STARFMM_API starfmm_status starfmm_plan_destroy(starfmm_plan *plan);

/*
 * Evaluate: submit the task graph and wait for its own tasks only.
 *   n_rhs       number of charge vectors, 1..1024
 *   charges     (n_sources x n_rhs x c), plan precision, in the caller's order, where c are the
 *               components of options.sources: 1 of charges, 3 of dipoles or forces, 2 (re, im)
 *               of complex charges
 *   potentials  (n_targets x n_rhs x c), plan precision, overwritten; in the caller's order.
 *               c are the components of the kernel's first kind of targets, with which all
 *               begin: 1 of potentials, 3 of velocities
 *   gradients   (n_targets x n_rhs x c) or NULL: what options.targets has beyond these: 3 of
 *               "gradient", 9 of "hessian" (the gradient, then xx xy xz yy yz zz), 1 of
 *               "pressure".  starfmm_info tells all three c
 * Errors: EINVAL, ENONFINITE (the first bad charge is named), ENOMEM, ERUNTIME, EBUSY (called
 * from inside a task or a callback).  After an error the outputs are undefined and the plan
 * is as good as before.
 */
STARFMM_API starfmm_status starfmm_evaluate(starfmm_plan *plan, size_t n_rhs,
                                            const void *charges, void *potentials,
                                            void *gradients);

/* How the arrays of an evaluation are used: 0, or a sum of these. */
typedef enum starfmm_flag {
    /* Rows of charges, potentials, gradients are in the order of starfmm_plan_get_order. */
    STARFMM_TREE_ORDER = 1,
    /* Results are added to what the arrays hold. */
    STARFMM_ACCUMULATE = 2
} starfmm_flag;

/* The same with flags. */
STARFMM_API starfmm_status starfmm_evaluate_with(starfmm_plan *plan, unsigned flags,
                                                 size_t n_rhs, const void *charges,
                                                 void *potentials, void *gradients);

/*
 * The order of the points in the plan's tree: leaf after leaf, so that those of a group of nodes
 * are in consecutive rows, and groups that are near in number mostly near in space.
 *   sources, targets   [n_sources], [n_targets]: the caller's row of the point in each row
 *   source_begin, target_begin   [n_groups + 1]: the first row of each group, where it has
 *                      leaves; the last entry is the number of rows
 * Each may be NULL.  The numbers are those of starfmm_plan_get_info.  Valid until
 * starfmm_plan_move.  EINVAL.
 */
STARFMM_API starfmm_status starfmm_plan_get_order(const starfmm_plan *plan, size_t *sources,
                                                  size_t *targets, size_t *source_begin,
                                                  size_t *target_begin);

/*
 * Evaluate at other targets, from the expansions that the last evaluation of n_rhs vectors on
 * this plan has left: its charges, the same digits, none of its far field computed again.
 *   n_targets, targets     (n_targets x 3), anywhere: inside the plan's root cube or outside,
 *                          where sources are, between them or among none
 *   potentials, gradients  as in starfmm_evaluate, for these targets
 * "Last" is in the order of submission, so that a later evaluation waits for this one.  Best in
 * boxes that hold targets of the plan too; elsewhere all that is far is summed from multipole
 * expansions, which costs more.
 * Errors: as of starfmm_evaluate; EINVAL too where no such evaluation has been submitted since
 * the plan was made, moved or released, or where that evaluation has failed.
 */
STARFMM_API starfmm_status starfmm_evaluate_at(starfmm_plan *plan, size_t n_rhs,
                                               size_t n_targets, const double *targets,
                                               void *potentials, void *gradients);

/*
 * Told now and then, from workers' threads and perhaps from several at a time, how many of an
 * evaluation's tasks have ended; it must be quick and must not wait.  Returning other than 0
 * cancels the evaluation, which then ends with ECANCELLED.
 */
typedef int (*starfmm_progress)(size_t done, size_t total, void *payload);

/* The progress callback of blocking evaluations of a plan; NULL: none. */
STARFMM_API starfmm_status starfmm_plan_set_progress(starfmm_plan *plan,
                                                     starfmm_progress progress,
                                                     void *payload);

/* Let the blocking evaluations that are under way on a plan end soon, with ECANCELLED: from
 * another thread than those that wait for them.  EINVAL. */
STARFMM_API starfmm_status starfmm_plan_cancel(starfmm_plan *plan);

/*
 * The same sum by brute force, O(n_sources x n_rows), compensated in long double: an oracle,
 * single-threaded and needing no StarPU.  `rows` (n_rows indices of targets, NULL: the first
 * n_rows) selects the targets.  Outputs are double in every precision: potentials
 * (n_rows x n_rhs), gradients (n_rows x n_rhs x 3) or NULL.  charges as in starfmm_evaluate,
 * in the precision that options (NULL: double, Laplace) names.  It sums every kernel and all
 * kinds; where these have several components, those of a point and vector are next to each
 * other, in `potentials` as many as the kernel's first kind of targets has, in `gradients` what
 * options.targets (NULL: "gradient", where gradients are wanted) has beyond them.
 * Errors: EINVAL, ENONFINITE; all arguments are looked at before anything is summed.
 */
STARFMM_API starfmm_status starfmm_direct(const starfmm_options *options, size_t n_sources,
                                          const double *sources, size_t n_targets,
                                          const double *targets, size_t n_rhs,
                                          const void *charges, size_t n_rows,
                                          const size_t *rows, double *potentials,
                                          double *gradients);

/* The error of an evaluation, see starfmm_estimate_error. */
typedef struct starfmm_error_estimate {
    size_t size;                /* sizeof(starfmm_error_estimate), set by the caller */
    size_t n_samples;           /* targets that were summed directly */
    double potential, gradient; /* relative L2 errors over them, the largest of vectors */
    /* Those over all targets are not larger than these, */
    double potential_bound, gradient_bound;
    double confidence; /* with this probability: 0.95 */
} starfmm_error_estimate;

/*
 * Estimate the error that an evaluation of this plan has made, from direct sums in double
 * precision at random targets, as many as take less than a tenth of the evaluation's work (at
 * least 10), in the calling thread.  Needs no StarPU.
 *   charges, potentials, gradients   of the evaluation; gradients may be NULL
 * Where errors are below 1e-13 those of the sums show.  Errors: EINVAL, ENOMEM; EUNSUPPORTED:
 * STARFMM_COUNT has no error.  The plan may be evaluated meanwhile, but not moved.
 */
STARFMM_API starfmm_status starfmm_estimate_error(const starfmm_plan *plan, size_t n_rhs,
                                                  const void *charges,
                                                  const void *potentials,
                                                  const void *gradients,
                                                  starfmm_error_estimate *estimate);

#ifdef __cplusplus
}
#endif

#include "starfmm_info.h" /* what a plan is, and how long its tasks took */

#endif
