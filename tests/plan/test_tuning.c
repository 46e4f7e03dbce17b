/* SPDX-License-Identifier: BSD-3-Clause */
/* Profiles: what is written comes back, what is damaged is refused, what is found fits. */
#include "plan/tuning.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/points.h"
#include "tests/support/test.h"

static char folder[256], path[300];

static void enter(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/starfmm-tuning-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(folder)) sfm_test_skip("no temporary folder can be made");
    snprintf(path, sizeof path, "%s/profile.txt", folder);
}

static void leave(void)
{
    unlink(path);
    CHECK(rmdir(folder) == 0);
}

static sfm_tuning sample(void)
{
    sfm_tuning t = {.machine = "Some_CPU/2/avx512",
                    .kernel = "laplace",
                    .precision = "double",
                    .digits = 6,
                    .n_sources = 1000000,
                    .n_targets = 1000000,
                    .spread = 2600,
                    .n_crit = 86,
                    .group_size = 512,
                    .m2l = "dense",
                    .scheduler = "prio",
                    .ratio = 0.875};
    return t;
}

static void write_text(const char *text)
{
    FILE *f = fopen(path, "w");
    CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

/* The text of a file with one entry, the sample's. */
static void sample_text(char *text, size_t size)
{
    sfm_tuning t = sample();
    const sfm_tunings one = {1, &t};
    CHECK_OK(sfm_tunings_save(path, &one));
    FILE *f = fopen(path, "r");
    REQUIRE(f != NULL);
    text[fread(text, 1, size - 1, f)] = '\0';
    fclose(f);
}

SFM_CASE(comes_back)
{
    sfm_tuning two[2] = {sample(), sample()};
    sfm_tunings in = {2, two}, out;
    enter();
    two[1].n_sources = 5;
    strcpy(two[1].m2l, "auto");
    CHECK_OK(sfm_tunings_save(path, &in));
    CHECK_OK(sfm_tunings_load(path, &out));
    CHECK(out.n == 2 && memcmp(out.entry, two, sizeof two) == 0);
    sfm_tunings_free(&out);
    leave();
}

SFM_CASE(missing_is_empty)
{
    sfm_tunings t;
    CHECK_OK(sfm_tunings_load("/nonexistent/profile.txt", &t));
    CHECK(t.n == 0);
    CHECK_STATUS(STARFMM_EIO, sfm_tunings_load("/tmp", &t));
    CHECK_STATUS(STARFMM_EIO, sfm_tunings_load("/dev/zero", &t));
}

static void refuses(const char *text, const char *words)
{
    sfm_tunings t;
    write_text(text);
    CHECK_STATUS(STARFMM_EFORMAT, sfm_tunings_load(path, &t));
    CHECKF(strstr(starfmm_last_error(), words), "'%s' has no '%s'", starfmm_last_error(),
           words);
    CHECK(t.n == 0 && t.entry == NULL);
}

/* The sample's text with one part replaced. */
static void refuses_changed(const char *part, const char *by)
{
    char text[2048], changed[2048];
    sample_text(text, sizeof text);
    char *at = strstr(text, part);
    REQUIRE(at != NULL);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, by,
             at + strlen(part));
    refuses(changed, "profile.txt:3 is damaged");
}

SFM_CASE(damage_is_refused)
{
    enter();
    refuses("", "is no profile");
    refuses("my thesis\n", "is no profile");
    refuses("# starfmm profile 2\n", "is no profile");
    refuses(SFM_TUNING_MAGIC "\n# a comment\n\n", ":3 is damaged");
    refuses_changed("n_crit=86", "n_crit=-86");
    refuses_changed("n_crit=86", "n_crit=1e9");
    refuses_changed("n_crit=86", "n_crit=8.5");
    refuses_changed("n_crit=86", "n_crit=nan");
    refuses_changed("n_crit=86", "n_crit=");
    refuses_changed("n_crit=86 ", "");
    refuses_changed("n_crit=86", "n_crit=86 n_crit=86");
    refuses_changed("n_crit=86", "n_crti=86");
    refuses_changed("m2l=dense", "m2l=thick");
    refuses_changed("machine=Some", "machine=Some ");
    refuses_changed("ratio=0.875\n", "ratio=0.875"); /* cut off */
    leave();
}

SFM_CASE(finds_what_fits)
{
    sfm_tuning t[3] = {sample(), sample(), sample()}, p = sample();
    const sfm_tunings all = {3, t};
    t[1].n_sources = t[1].n_targets = 1200000;
    t[2].spread = 900;
    CHECK(sfm_tunings_find(&all, &p) == &t[0]);
    p.n_sources = p.n_targets = 1190000;
    CHECK(sfm_tunings_find(&all, &p) == &t[1]);
    p.spread = 901;
    CHECK(sfm_tunings_find(&all, &p) == &t[2]);
    p.spread = 2;
    CHECK(sfm_tunings_find(&all, &p) == NULL);
    p = sample();
    p.n_targets = 10;
    CHECK(sfm_tunings_find(&all, &p) == NULL);
    p = sample();
    p.digits = 5;
    CHECK(sfm_tunings_find(&all, &p) == NULL);
    p = sample();
    p.machine[0] = 's';
    CHECK(sfm_tunings_find(&all, &p) == NULL);
}

SFM_CASE(the_latest_replaces)
{
    sfm_tunings t = {0};
    sfm_tuning a = sample(), b = sample(), c = sample();
    b.n_sources = b.n_targets = 50;
    c.n_crit = 20;
    CHECK_OK(sfm_tunings_put(&t, &a));
    CHECK_OK(sfm_tunings_put(&t, &b));
    CHECK_OK(sfm_tunings_put(&t, &c));
    CHECK(t.n == 2 && t.entry[0].n_sources == 50 && t.entry[1].n_crit == 20);
    sfm_tunings_free(&t);
}

/* Kinds of sets are told apart, samples of one kind are not. */
SFM_CASE(spread_tells_sets_apart)
{
    const char *const kinds[] = {"cube", "sphere", "helix", "plummer"};
    sfm_tuning t[4][2];
    starfmm_options o = {.size = sizeof o};
    for (int k = 0; k < 4; k++)
        for (int seed = 0; seed < 2; seed++) {
            double *x = sfm_test_points(kinds[k], 20000, (uint64_t)seed);
            sfm_point_sets p = {.n_sources = 20000, .sources = x};
            sfm_tuning_classify(&o, &p, &t[k][seed]);
            free(x);
        }
    for (int a = 0; a < 4; a++)
        for (int b = 0; b < 4; b++) {
            const sfm_tunings one = {1, &t[a][0]};
            CHECKF((sfm_tunings_find(&one, &t[b][1]) != NULL) == (a == b), "%s %d, %s %d",
                   kinds[a], t[a][0].spread, kinds[b], t[b][1].spread);
        }
    CHECK(t[0][0].n_targets == 20000 && t[0][0].digits == 6);
}

SFM_CASE(points_that_are_one)
{
    double x[6] = {1, 2, 3, 1, 2, 3};
    starfmm_options o = {.size = sizeof o};
    sfm_point_sets p = {.n_sources = 2, .sources = x};
    sfm_tuning t;
    sfm_tuning_classify(&o, &p, &t);
    CHECK(t.spread == 1);
    p.n_sources = 0;
    sfm_tuning_classify(&o, &p, &t);
    CHECK(t.spread == 0);
}

SFM_MAIN()
