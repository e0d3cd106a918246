/* A disk with a memory: what is written through libc to files below DISK_ROOT is also noted in the file DISK_NOTES, with every
   sync, so that a test can build the files as a power cut would have left them. While the file DISK_FULL exists, writes that
   would need space fail with ENOSPC. Preloaded into a child process.

   A note: 32 bytes { u8 kind, u8 file, u16 0, u32 length, u64 offset, u64 number, u64 0 }, for writes followed by the bytes.
   kinds: 1 open (bytes: the path), 2 write, 3 truncate (offset: the size), 4 sync, 5 unlink, 6 mark (bytes: of the child). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define MAX_FD 1024

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char watched[MAX_FD]; /* 1 + the path's number */
static char paths[32][PATH_MAX];
static int known;
static int notes = -1;
static uint64_t number;

static int number_of(const char *path) {
    const char *root = getenv("DISK_ROOT");
    if (!root || !path || strncmp(path, root, strlen(root)) != 0 || strstr(path, "-shm")) return -1;
    for (int i = 0; i < known; i++)
        if (strcmp(paths[i], path) == 0) return i;
    if (known == 32) abort();
    strncpy(paths[known], path, PATH_MAX - 1);
    return known++;
}

static void note(uint8_t kind, int file, uint64_t offset, const void *bytes, uint32_t length) {
    if (notes < 0) notes = NEXT(open)(getenv("DISK_NOTES"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    char head[32] = {0};
    head[0] = (char)kind;
    head[1] = (char)file;
    memcpy(head + 4, &length, 4);
    memcpy(head + 8, &offset, 8);
    number++;
    memcpy(head + 16, &number, 8);
    if (NEXT(write)(notes, head, 32) != 32) abort();
    if (length && NEXT(write)(notes, bytes, length) != (ssize_t)length) abort();
}

static int full(void) {
    const char *path = getenv("DISK_FULL");
    return path && NEXT(access)(path, F_OK) == 0;
}

static int opened(int fd, const char *path) {
    if (fd < 0 || fd >= MAX_FD) return fd;
    pthread_mutex_lock(&lock);
    int file = number_of(path);
    watched[fd] = file < 0 ? 0 : (char)(file + 1);
    if (file >= 0) note(1, file, 0, path, (uint32_t)strlen(path));
    pthread_mutex_unlock(&lock);
    return fd;
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest); \
        return opened(NEXT(name)(path, flags, mode), path); \
    }
OPEN(open)
OPEN(open64)

int close(int fd) {
    if (fd >= 0 && fd < MAX_FD) watched[fd] = 0;
    return NEXT(close)(fd);
}

static ssize_t written(int fd, const void *bytes, size_t length, off_t offset) {
    int file = fd >= 0 && fd < MAX_FD ? watched[fd] - 1 : -1;
    if (file < 0) return NEXT(pwrite)(fd, bytes, length, offset);
    struct stat now;
    if (full() && fstat(fd, &now) == 0 && offset + (off_t)length > now.st_size) {
        errno = ENOSPC;
        return -1;
    }
    pthread_mutex_lock(&lock);
    ssize_t done = NEXT(pwrite)(fd, bytes, length, offset);
    if (done > 0) note(2, file, (uint64_t)offset, bytes, (uint32_t)done);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return written(fd, bytes, length, offset); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) { return written(fd, bytes, length, offset); }

ssize_t write(int fd, const void *bytes, size_t length) {
    int file = fd >= 0 && fd < MAX_FD ? watched[fd] - 1 : -1;
    if (file >= 0) return written(fd, bytes, length, lseek(fd, 0, SEEK_CUR)) == (ssize_t)length ? lseek(fd, (off_t)length, SEEK_CUR), (ssize_t)length : -1;
    if (fd == 1 && getenv("DISK_ROOT")) { /* the child's word to the test: an acknowledgement */
        pthread_mutex_lock(&lock);
        note(6, 0, 0, bytes, (uint32_t)length);
        pthread_mutex_unlock(&lock);
    }
    return NEXT(write)(fd, bytes, length);
}

static int truncated(int fd, off_t size) {
    int file = fd >= 0 && fd < MAX_FD ? watched[fd] - 1 : -1;
    pthread_mutex_lock(&lock);
    int done = NEXT(ftruncate)(fd, size);
    if (done == 0 && file >= 0) note(3, file, (uint64_t)size, 0, 0);
    pthread_mutex_unlock(&lock);
    return done;
}
int ftruncate(int fd, off_t size) { return truncated(fd, size); }
int ftruncate64(int fd, off64_t size) { return truncated(fd, size); }

static int synced(int fd, int done) {
    int file = fd >= 0 && fd < MAX_FD ? watched[fd] - 1 : -1;
    if (done == 0 && file >= 0) {
        pthread_mutex_lock(&lock);
        note(4, file, 0, 0, 0);
        pthread_mutex_unlock(&lock);
    }
    return done;
}
int fsync(int fd) { return synced(fd, NEXT(fsync)(fd)); }
int fdatasync(int fd) { return synced(fd, NEXT(fdatasync)(fd)); }

int unlink(const char *path) {
    pthread_mutex_lock(&lock);
    int file = number_of(path);
    int done = NEXT(unlink)(path);
    if (done == 0 && file >= 0) note(5, file, 0, 0, 0);
    pthread_mutex_unlock(&lock);
    return done;
}
