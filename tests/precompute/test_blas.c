/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/blas.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/test.h"

/* Of OpenBLAS; cblas.h is for base/blas.c alone. */
int openblas_get_num_threads(void);
void openblas_set_num_threads(int n_threads);

#define SEED 7
#define SIDE 16 /* leading dimension of every test matrix */

static void fill(size_t n, double *a)
{
    for (size_t i = 0; i < n; i++) a[i] = 2.0 * rand() / RAND_MAX - 1.0;
}

static double element(int transposed, const double *a, size_t i, size_t j)
{
    return transposed ? a[j * SIDE + i] : a[i * SIDE + j];
}

static void naive_gemm(int ta, int tb, size_t m, size_t n, size_t k, double alpha,
                       const double *a, const double *b, double beta, double *c)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = 0.0;
            for (size_t l = 0; l < k; l++)
                sum += element(ta, a, i, l) * element(tb, b, l, j);
            c[i * SIDE + j] = alpha * sum + beta * c[i * SIDE + j];
        }
}

static double distance(const double *a, const double *b)
{
    double worst = 0.0;
    for (int i = 0; i < SIDE * SIDE; i++) worst = fmax(worst, fabs(a[i] - b[i]));
    return worst;
}

/* Shapes that are all different, of one, and empty in each direction. */
static const size_t shapes[][3] = {{5, 7, 11}, {16, 16, 16}, {1, 9, 3},
                                   {4, 1, 6},  {3, 8, 1},    {0, 4, 5},
                                   {4, 0, 5},  {6, 5, 0},    {0, 0, 0}};
#define N_SHAPES (sizeof shapes / sizeof shapes[0])

SFM_CASE(gemm_f64_is_the_definition)
{
    double a[SIDE * SIDE], b[SIDE * SIDE], c[SIDE * SIDE], want[SIDE * SIDE];
    srand(SEED);
    for (size_t s = 0; s < N_SHAPES; s++)
        for (int t = 0; t < 4; t++) {
            fill(SIDE * SIDE, a), fill(SIDE * SIDE, b), fill(SIDE * SIDE, c);
            memcpy(want, c, sizeof c);
            size_t m = shapes[s][0], n = shapes[s][1], k = shapes[s][2];
            naive_gemm(t & 1, t >> 1, m, n, k, 0.5, a, b, -2.0, want);
            sfm_gemm_f64(t & 1, t >> 1, m, n, k, 0.5, a, SIDE, b, SIDE, -2.0, c, SIDE);
            CHECKF(distance(c, want) < 1e-14, "shape %zu, transposed %d: %g (seed %d)", s,
                   t, distance(c, want), SEED);
        }
}

SFM_CASE(gemm_f32_is_the_definition)
{
    double a[SIDE * SIDE], b[SIDE * SIDE], c[SIDE * SIDE], want[SIDE * SIDE];
    float af[SIDE * SIDE], bf[SIDE * SIDE], cf[SIDE * SIDE];
    srand(SEED);
    for (size_t s = 0; s < N_SHAPES; s++)
        for (int t = 0; t < 4; t++) {
            fill(SIDE * SIDE, a), fill(SIDE * SIDE, b), fill(SIDE * SIDE, want);
            for (int i = 0; i < SIDE * SIDE; i++)
                af[i] = (float)a[i], bf[i] = (float)b[i], cf[i] = (float)want[i];
            size_t m = shapes[s][0], n = shapes[s][1], k = shapes[s][2];
            naive_gemm(t & 1, t >> 1, m, n, k, 0.5, a, b, -2.0, want);
            sfm_gemm_f32(t & 1, t >> 1, m, n, k, 0.5f, af, SIDE, bf, SIDE, -2.0f, cf, SIDE);
            for (int i = 0; i < SIDE * SIDE; i++) c[i] = cf[i];
            CHECKF(distance(c, want) < 5e-6, "shape %zu, transposed %d: %g (seed %d)", s, t,
                   distance(c, want), SEED);
        }
}

SFM_CASE(gemm_takes_empty_matrices_without_leading_dimension)
{
    double c[2] = {3.0, 4.0};
    sfm_gemm_f64(0, 0, 2, 1, 0, 1.0, c, 0, c, 1, 0.5, c, 1);
    CHECK(c[0] == 1.5 && c[1] == 2.0);
    sfm_gemm_f64(0, 0, 0, 0, 0, 1.0, NULL, 0, NULL, 0, 0.0, NULL, 0);
}

/* A = U diag(s) Vt, and U, V with orthonormal columns. */
static void check_svd(size_t m, size_t n, const double *a, const double *u, const double *s,
                      const double *vt)
{
    size_t k = m < n ? m : n;
    double off = 0.0, skew = 0.0;
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = 0.0;
            for (size_t r = 0; r < k; r++) sum += u[i * k + r] * s[r] * vt[r * n + j];
            off = fmax(off, fabs(sum - a[i * n + j]));
        }
    for (size_t r = 0; r < k; r++)
        for (size_t q = 0; q < k; q++) {
            double uu = r == q ? -1.0 : 0.0, vv = uu;
            for (size_t i = 0; i < m; i++) uu += u[i * k + r] * u[i * k + q];
            for (size_t j = 0; j < n; j++) vv += vt[r * n + j] * vt[q * n + j];
            skew = fmax(skew, fmax(fabs(uu), fabs(vv)));
        }
    CHECKF(off < 1e-13 && skew < 1e-13, "%zu x %zu: off by %g, skew by %g", m, n, off,
           skew);
    for (size_t r = 1; r < k; r++) CHECK(s[r] <= s[r - 1] && s[r] >= 0.0);
}

SFM_CASE(svd_is_a_decomposition)
{
    static const size_t sizes[][2] = {{1, 1}, {9, 4}, {4, 9}, {12, 12}, {1, 5}, {5, 1}};
    double a[144], copy[144], u[144], s[12], vt[144];
    srand(SEED);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        fill(144, a);
        memcpy(copy, a, sizeof a);
        int info = sfm_svd_f64(sizes[i][0], sizes[i][1], copy, u, s, vt);
        CHECKF(info == 0, "info %d", info);
        check_svd(sizes[i][0], sizes[i][1], a, u, s, vt);
    }
    CHECK(sfm_svd_f64(0, 3, a, u, s, vt) == 0);
}

SFM_CASE(svd_finds_known_values)
{
    /* [3 0; 4 5]: the eigenvalues of A^T A = [25 20; 20 25] are 45 and 5. */
    double a[4] = {3, 0, 4, 5}, u[4], s[2], vt[4];
    CHECK(sfm_svd_f64(2, 2, a, u, s, vt) == 0);
    CHECKF(fabs(s[0] - sqrt(45)) < 1e-14 && fabs(s[1] - sqrt(5)) < 1e-14, "%g %g", s[0],
           s[1]);
}

SFM_CASE(single_thread_sections_nest)
{
    openblas_set_num_threads(2);
    CHECK_OK(sfm_blas_begin(1));
    CHECK(openblas_get_num_threads() == 1);
    CHECK_OK(sfm_blas_begin(1));
    sfm_blas_end();
    CHECK(openblas_get_num_threads() == 1);
    sfm_blas_end();
    CHECK(openblas_get_num_threads() == 2);
    openblas_set_num_threads(1);
}

static atomic_int n_wrong;

static void *enter_and_leave(void *unused)
{
    for (int i = 0; i < 200; i++) {
        CHECK_OK(sfm_blas_begin(1));
        if (openblas_get_num_threads() != 1) atomic_fetch_add(&n_wrong, 1);
        sfm_blas_end();
    }
    return unused;
}

SFM_CASE(single_thread_sections_of_many_threads)
{
    pthread_t threads[4];
    atomic_store(&n_wrong, 0);
    openblas_set_num_threads(2);
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, enter_and_leave, NULL);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    CHECKF(atomic_load(&n_wrong) == 0, "%d times not alone", atomic_load(&n_wrong));
    CHECK(openblas_get_num_threads() == 2);
    openblas_set_num_threads(1);
}

SFM_MAIN()

/* In a child, whose limits are its own: little address space is ENOMEM, not an endless loop; with
 * enough of it products of two threads work. */
SFM_CASE(buffers_within_little_address_space)
{
    if (SFM_SANITIZED) return; /* its shadow memory is terabytes of address space */
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit little = {64 << 20, RLIM_INFINITY},
                            ample = {1u << 31, RLIM_INFINITY};
        double a[4] = {1, 2, 3, 4}, c[4] = {0};
        alarm(20);
        setrlimit(RLIMIT_AS, &little);
        int refused =
            sfm_blas_begin(60) == STARFMM_ENOMEM && strstr(sfm_get_error(), "buffers");
        setrlimit(RLIMIT_AS, &ample);
        if (sfm_blas_begin(2) != STARFMM_OK) _exit(2);
        sfm_gemm_f64(0, 0, 2, 2, 2, 1, a, 2, a, 2, 0, c, 2);
        sfm_blas_end();
        _exit(!refused || c[0] != 7 || c[3] != 22);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    CHECKF(WIFEXITED(status) && WEXITSTATUS(status) == 0, "child ended with %#x", status);
}
