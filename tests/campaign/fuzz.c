/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Damaged inputs for the readers of the command:
 *
 *     fuzz text|hdf5 [--seed S] [--count N]
 *
 * Input i is a sound file, mutated by random numbers that follow from S + i.  Batches are read
 * in a child, which tells how far it has come; where it dies, the input is read again as the
 * command does.  HDF5 may die in a batch, which calls it directly; the command, which tries a
 * file in a child of its own, may not.  Exit code 1 with the number of each input that kills.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/hdf5_file.h"
#include "tests/support/points.h"
#include "tool/data.h"

#define BATCH 1000
#define MAX_BYTES (1 << 16)

static char path[] = "/tmp/starfmm-fuzz-XXXXXX";
static unsigned char sound[4][MAX_BYTES];
static size_t sound_size[4];
static int n_sound;
static int is_hdf5;

static void keep(const void *bytes, size_t size)
{
    memcpy(sound[n_sound], bytes, size);
    sound_size[n_sound++] = size;
}

static void keep_file(void)
{
    FILE *f = fopen(path, "rb");
    sound_size[n_sound] = f ? fread(sound[n_sound], 1, MAX_BYTES, f) : 0;
    n_sound += sound_size[n_sound] > 0;
    if (f) fclose(f);
}

static int make_sound_files(void)
{
    static const char *const texts[] = {
        "# kernel = laplace\nx,y,z,q\n0,0,0,1\n1,0.5,0,2\n0,1,1e-3,-3\n",
        "0 0 0 1 2\n1 0 0 3 4\n0 1 0 5 6\n",
        "# a comment\n\n1e300\t-1e-300\t0\t1\n.5\t+7.\t-0\t2e0\n"};
    double x[18], q[12];
    for (int i = 0; i < 18; i++) x[i] = i % 7 * 0.25;
    for (int i = 0; i < 12; i++) q[i] = i - 5;
    for (int i = 0; i < 3 && !is_hdf5; i++) keep(texts[i], strlen(texts[i]));
    for (int columns = 1; columns <= 2 && is_hdf5; columns++) {
        const sfm_hdf5_item items[] = {{"sources", SFM_HDF5_F64, 2, {6, 3}, x},
                                       {"charges", SFM_HDF5_F64, columns, {6, 2}, q},
                                       {"targets", SFM_HDF5_F64, 2, {2, 3}, x},
                                       {"@kappa", SFM_HDF5_F64, 0, {1}, q}};
        if (sfm_hdf5_replace(path, 4, items) != STARFMM_OK) return 0;
        keep_file();
    }
    return n_sound > 0;
}

/* ---- mutation ------------------------------------------------------------------------ */

static size_t below(uint64_t *state, size_t n)
{
    return n ? sfm_test_next(state) % n : 0;
}

static size_t mutate_once(uint64_t *s, unsigned char *b, size_t n)
{
    static const uint64_t odd[] = {
        0,         1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0xffffffff, 0x7fffffffffffffff,
        UINT64_MAX};
    size_t at = below(s, n), length = 1 + below(s, 16), from = below(s, n);
    if (n == 0) return n;
    if (at + length > n) length = n - at;
    switch (below(s, 7)) {
    case 0:
        b[at] ^= (unsigned char)(1u << below(s, 8));
        break;
    case 1:
        b[at] = (unsigned char)sfm_test_next(s);
        break;
    case 2:
        memcpy(b + at, &odd[below(s, 10)], length < 8 ? length : 8);
        break;
    case 3:
        n = at;
        break;
    case 4:
        memmove(b + at, b + at + length, n - at - length);
        n -= length;
        break;
    case 5:
        if (n + length > MAX_BYTES) break;
        memmove(b + at + length, b + at, n - at);
        n += length;
        break;
    default:
        memmove(b + at, b + from, from + length > n ? n - from : length);
    }
    return n;
}

static int write_mutant(uint64_t number)
{
    unsigned char b[MAX_BYTES];
    uint64_t state = number * 0x9e3779b97f4a7c15u + 3;
    size_t which = below(&state, (size_t)n_sound), n = sound_size[which];
    memcpy(b, sound[which], n);
    for (size_t times = 1 + below(&state, 4); times > 0; times--)
        n = mutate_once(&state, b, n);
    FILE *f = fopen(path, "wb");
    int ok = f && fwrite(b, 1, n, f) == n;
    return f && fclose(f) == 0 && ok;
}

/* ---- reading ------------------------------------------------------------------------- */

/* As the command does. */
static void read_whole(void)
{
    tool_problem problem;
    if (tool_problem_read(&problem, path, NULL) == TOOL_OK) tool_problem_free(&problem);
}

static void read_directly(void)
{
    tool_array arrays[] = {
        {.name = "sources", .columns = 3, .max_rank = 2},
        {.name = "charges", .max_rank = 2},
        {.name = "targets", .columns = 3, .max_rank = 2, .is_optional = 1}};
    tool_attribute kappa = {TOOL_ATTRIBUTE_REAL, "kappa", "", 0, 0};
    tool_contents contents = {
        .arrays = arrays, .n_arrays = 3, .attributes = &kappa, .n_attributes = 1};
    tool_hdf5_read(path, &contents);
    for (int i = 0; i < 3; i++) free(arrays[i].data);
}

/* In a child: inputs [first, last); how many were begun, and whether it died of one. */
static int read_batch(uint64_t first, uint64_t last, int directly, volatile uint64_t *begun)
{
    int state = 0;
    *begun = 0;
    pid_t child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stderr)) _exit(3);
        for (uint64_t i = first; i < last; i++) {
            alarm(120);
            if (!write_mutant(i)) _exit(3);
            ++*begun;
            if (directly)
                read_directly();
            else
                read_whole();
        }
        _exit(0);
    }
    waitpid(child, &state, 0);
    return !(WIFEXITED(state) && WEXITSTATUS(state) == 0);
}

int main(int argc, char **argv)
{
    uint64_t seed = 1, count = 1000, absorbed = 0, killed = 0;
    if (argc < 2 || (strcmp(argv[1], "text") != 0 && strcmp(argv[1], "hdf5") != 0))
        return fprintf(stderr, "fuzz text|hdf5 [--seed S] [--count N]\n"), 2;
    is_hdf5 = argv[1][0] == 'h';
    for (int i = 2; i + 1 < argc; i += 2)
        *(strcmp(argv[i], "--seed") == 0 ? &seed : &count) =
            strtoull(argv[i + 1], NULL, 10);
    volatile uint64_t *begun = mmap(NULL, sizeof *begun, PROT_READ | PROT_WRITE,
                                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (mkstemp(path) < 0 || begun == MAP_FAILED || !make_sound_files()) return 2;
    for (uint64_t i = seed; i < seed + count;) {
        uint64_t last = i + BATCH < seed + count ? i + BATCH : seed + count;
        int died = read_batch(i, last, is_hdf5, begun);
        i += *begun;
        if (!died) continue;
        if (is_hdf5 && !read_batch(i - 1, i, 0, begun)) {
            absorbed++;
            continue;
        }
        printf("input %llu kills the reader: --seed %llu --count 1\n",
               (unsigned long long)i - 1, (unsigned long long)i - 1);
        killed++;
    }
    unlink(path);
    printf("%s: %llu inputs, HDF5 died of %llu, the command of %llu\n", argv[1],
           (unsigned long long)count, (unsigned long long)absorbed,
           (unsigned long long)killed);
    return killed > 0;
}
