/* A machine whose wall clock jumps and whose disk is full, on demand: preloaded into a server. MACHINE_DIALS names a file of two
   numbers, which a test turns while the server runs: by how many seconds the wall clock is ahead, and whether the disk is full:
   then writes to files below MACHINE_DISK that need space fail with ENOSPC. The monotonic clock goes on, as on a real machine. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NEXT(name) \
    ({ \
        static __typeof__(&name) next; \
        if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name); \
        next; \
    })

struct dials {
    int64_t ahead;
    int64_t full;
};

static const volatile struct dials *dials;
static const char *disk;

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("MACHINE_DIALS");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *mapped = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(struct dials), PROT_READ, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) abort();
    close(fd);
    disk = getenv("MACHINE_DISK");
    dials = mapped;
}

static int64_t ahead(void) { return dials ? dials->ahead : 0; }

int clock_gettime(clockid_t clock, struct timespec *now) {
    int done = NEXT(clock_gettime)(clock, now);
    if (done == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += ahead();
    return done;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    int done = NEXT(gettimeofday)(now, zone);
    if (done == 0) now->tv_sec += ahead();
    return done;
}

time_t time(time_t *into) {
    time_t now = NEXT(time)(NULL) + ahead();
    if (into) *into = now;
    return now;
}

/* Whether there is no room for a file of the disk to end there. */
static int no_room(int fd, off_t end) {
    char link[64], path[PATH_MAX];
    struct stat now;
    if (!dials || !dials->full || !disk) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path);
    size_t below = strlen(disk);
    if (length < (ssize_t)below || strncmp(path, disk, below) != 0 || fstat(fd, &now) != 0 || end <= now.st_size) return 0;
    errno = ENOSPC;
    return 1;
}

static off_t position(int fd) { return lseek(fd, 0, SEEK_CUR); }

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
    return no_room(fd, at + (off_t)length) ? -1 : NEXT(pwrite)(fd, bytes, length, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
    return no_room(fd, at + (off_t)length) ? -1 : NEXT(pwrite64)(fd, bytes, length, at);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    return no_room(fd, position(fd) + (off_t)length) ? -1 : NEXT(write)(fd, bytes, length);
}

int ftruncate(int fd, off_t size) { return no_room(fd, size) ? -1 : NEXT(ftruncate)(fd, size); }

int ftruncate64(int fd, off64_t size) { return no_room(fd, size) ? -1 : NEXT(ftruncate64)(fd, size); }
