/* SPDX-License-Identifier: BSD-3-Clause */
/* Files replaced as a whole: the old one or the new one, and nothing beside them. */
#include "base/files.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/test.h"

static char folder[128], path[256];

static void enter(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%.90s/starfmm-files-XXXXXX", tmp ? tmp : "/tmp");
    if (mkdtemp(folder) == NULL) sfm_test_skip("no temporary folder can be made");
    snprintf(path, sizeof path, "%s/file", folder);
}

static int count_files(void)
{
    int n = 0;
    DIR *dir = opendir(folder);
    while (dir && readdir(dir)) n++;
    if (dir) closedir(dir);
    return n - 2;
}

static void leave(void)
{
    unlink(path);
    CHECKF(rmdir(folder) == 0, "%d files are left in %s", count_files(), folder);
}

/* Does the file hold the text and nothing else? */
static int holds(const char *text)
{
    char found[64] = "";
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(found, 1, sizeof found - 1, f) : 0;
    if (f) fclose(f);
    return n == strlen(text) && memcmp(found, text, n) == 0;
}

SFM_CASE(replaced_as_a_whole)
{
    struct stat s;
    enter();
    mode_t before = umask(027);
    CHECK_OK(sfm_replace_file(path, "a longer text", 13));
    umask(before);
    CHECK(holds("a longer text"));
    CHECKF(stat(path, &s) == 0 && (s.st_mode & 0777) == 0640, "mode %o", s.st_mode);
    CHECK_OK(sfm_replace_file(path, "short", 5));
    CHECK(holds("short"));
    CHECK_OK(sfm_replace_file(path, NULL, 0));
    CHECK(holds("") && count_files() == 1);
    leave();
}

SFM_CASE(until_commit_the_old_one)
{
    sfm_replacement r;
    enter();
    CHECK_OK(sfm_replace_file(path, "old", 3));
    CHECK_OK(sfm_replacement_open(&r, path));
    CHECK_OK(sfm_replacement_write(&r, "new", 3));
    CHECK(holds("old") && count_files() == 2);
    sfm_replacement_discard(&r);
    sfm_replacement_discard(&r);
    CHECK(holds("old") && count_files() == 1);
    CHECK_OK(sfm_replacement_open(&r, path));
    CHECK_OK(sfm_replacement_write(&r, "new", 3));
    CHECK_OK(sfm_replacement_commit(&r));
    CHECK(holds("new") && count_files() == 1);
    leave();
}

static void check_fails(const char *to, const char *reason)
{
    starfmm_status status = sfm_replace_file(to, "new", 3);
    CHECKF(status == STARFMM_EIO && strstr(sfm_get_error(), reason), "status %d: %s",
           (int)status, sfm_get_error());
}

SFM_CASE(failures_leave_nothing)
{
    char name[PATH_MAX + 20];
    struct rlimit limit, tight;
    enter();
    CHECK_OK(sfm_replace_file(path, "old", 3));
    snprintf(name, sizeof name, "%s/no/file", folder);
    check_fails(name, "No such file");
    check_fails(folder, "directory"); /* the temporary lies beside it */
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    check_fails(name, "too long");
    name[PATH_MAX - 5] = '\0'; /* no room for the temporary's name */
    check_fails(name, "too long");
    getrlimit(RLIMIT_FSIZE, &limit);
    tight = limit;
    tight.rlim_cur = 2;
    setrlimit(RLIMIT_FSIZE, &tight);
    check_fails(path, "too large");
    setrlimit(RLIMIT_FSIZE, &limit);
    CHECK(holds("old") && count_files() == 1);
    leave();
}

SFM_MAIN()
