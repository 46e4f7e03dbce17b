/* SPDX-License-Identifier: BSD-3-Clause */
/* By system calls alone, whose failures can be told. */
#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static starfmm_status fail_errno(const char *what, const char *path)
{
    int error = errno;
    char reason[128];
    return sfm_fail(STARFMM_EIO, "%s %.800s: %s", what, path,
                    strerror_r(error, reason, sizeof reason));
}

starfmm_status sfm_replacement_open(sfm_replacement *r, const char *path)
{
    static atomic_uint serial;
    int fd = -1;
    r->stream = 0;
    snprintf(r->path, PATH_MAX, "%s", path);
    /* A name is taken only where a process of the same number died while it wrote. */
    for (int i = 0; i < 100 && fd < 0; i++) {
        int length = snprintf(r->temporary, PATH_MAX, "%s.tmp-%ld-%u", path, (long)getpid(),
                              atomic_fetch_add(&serial, 1));
        errno = ENAMETOOLONG;
        if (length < PATH_MAX)
            fd = open(r->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                      0666);
        if (fd < 0 && errno != EEXIST) break;
    }
    if (fd < 0) r->temporary[0] = '\0';
    if (fd < 0) return fail_errno("cannot write", path);
    close(fd);
    return STARFMM_OK;
}

void sfm_replacement_discard(sfm_replacement *r)
{
    if (r->temporary[0]) unlink(r->temporary);
    r->temporary[0] = '\0';
}

/* fsync of a file or folder. */
static int sync_to_disk(const char *path, int flags)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
    if (fd < 0) return -1;
    int failed = fsync(fd), error = errno;
    close(fd);
    errno = error;
    return failed;
}

starfmm_status sfm_replacement_commit(sfm_replacement *r)
{
    if (sync_to_disk(r->temporary, 0) != 0 || rename(r->temporary, r->path) != 0) {
        starfmm_status status = fail_errno("cannot write", r->path);
        sfm_replacement_discard(r);
        return status;
    }
    r->temporary[0] = '\0';
    /* The new name survives a crash once the folder is on the disk; where that cannot be
     * asked for, the file is there all the same. */
    char folder[PATH_MAX] = ".";
    const char *slash = strrchr(r->path, '/');
    if (slash) snprintf(folder, PATH_MAX, "%.*s", (int)(slash - r->path) + 1, r->path);
    sync_to_disk(folder, O_DIRECTORY);
    return STARFMM_OK;
}

starfmm_status sfm_replacement_write(sfm_replacement *r, const void *data, size_t size)
{
    struct rlimit limit;
    size_t done = 0;
    int fd = -1, error = EFBIG;
    /* Writing beyond the limit would raise SIGXFSZ, which ends the process. */
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
        size <= limit.rlim_cur) {
        fd = r->stream ? dup(r->stream) : open(r->temporary, O_WRONLY | O_CLOEXEC);
        error = fd < 0 ? errno : 0;
    }
    while (done < size && !error) {
        ssize_t n = write(fd, (const char *)data + done, size - done);
        if (n < 0 && errno != EINTR) error = errno;
        if (n > 0) done += (size_t)n;
    }
    if (fd >= 0 && close(fd) != 0 && !error) error = errno;
    errno = error;
    return error ? fail_errno("cannot write", r->path) : STARFMM_OK;
}

starfmm_status sfm_replace_file(const char *path, const void *data, size_t size)
{
    sfm_replacement r;
    SFM_TRY(sfm_replacement_open(&r, path));
    starfmm_status status = sfm_replacement_write(&r, data, size);
    if (status == STARFMM_OK) return sfm_replacement_commit(&r);
    sfm_replacement_discard(&r);
    return status;
}
