/* A disk and a clock that fail when they are told to: loaded before the C library (LD_PRELOAD), it stands in for the calls
 * that write, flush and tell the time. Only files below QUERIST_CHAOS_FOLDER are concerned. What happens is said by the file
 * QUERIST_CHAOS_ORDERS, which the test writes while the program runs: see shim.rs. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { WELL, FULL, READ_ONLY, FLUSH_FAILS, SLOW, DIE };

struct orders {
    int32_t mode;
    int32_t countdown;     /* DIE: how many more writes and flushes succeed */
    int32_t milliseconds;  /* SLOW: how long a flush takes */
    int32_t seen;          /* how often an order was followed */
    int64_t clock_seconds; /* by how much the clock is wrong */
};

static volatile struct orders *orders;
static const char *folder;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("QUERIST_CHAOS_ORDERS");
    folder = getenv("QUERIST_CHAOS_FOLDER");
    int file = path && folder ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *shared = mmap(NULL, sizeof(struct orders), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (shared != MAP_FAILED) orders = shared;
}

static int below(const char *path) { return strncmp(path, folder, strlen(folder)) == 0; }

static int concerned(int file) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n <= 0) return 0;
    path[n] = 0;
    return below(path);
}

/* What a write must fail with, or 0. `half` is written before the program dies. */
static int refused(int file, int flush, const void *half, size_t length, off_t at) {
    if (!orders || orders->mode == WELL || !concerned(file)) return 0;
    int mode = orders->mode;
    if (mode == FULL && !flush) { __sync_add_and_fetch(&orders->seen, 1); return ENOSPC; }
    if (mode == READ_ONLY && !flush) { __sync_add_and_fetch(&orders->seen, 1); return EROFS; }
    if (mode == FLUSH_FAILS && flush) { __sync_add_and_fetch(&orders->seen, 1); return EIO; }
    if (mode == SLOW && flush) {
        struct timespec pause = { orders->milliseconds / 1000, (orders->milliseconds % 1000) * 1000000L };
        __sync_add_and_fetch(&orders->seen, 1);
        nanosleep(&pause, NULL);
    }
    if (mode == DIE && __sync_sub_and_fetch(&orders->countdown, 1) < 0) {
        static ssize_t (*torn)(int, const void *, size_t, off_t);
        if (!torn) *(void **)&torn = dlsym(RTLD_NEXT, "pwrite");
        __sync_add_and_fetch(&orders->seen, 1);
        if (half && at >= 0 && length > 1) (void)!torn(file, half, length / 2, at);
        _exit(137);
    }
    return 0;
}

#define REAL(name, type, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, #name)

#define REFUSE(file, flush, half, length, at) \
    int why = refused(file, flush, half, length, at); \
    if (why) { errno = why; return -1; }

ssize_t write(int file, const void *data, size_t length) {
    REAL(write, ssize_t, int, const void *, size_t);
    REFUSE(file, 0, data, length, -1)
    return real(file, data, length);
}
ssize_t writev(int file, const struct iovec *parts, int n) {
    REAL(writev, ssize_t, int, const struct iovec *, int);
    REFUSE(file, 0, NULL, 0, -1)
    return real(file, parts, n);
}
ssize_t pwrite(int file, const void *data, size_t length, off_t at) {
    REAL(pwrite, ssize_t, int, const void *, size_t, off_t);
    REFUSE(file, 0, data, length, at)
    return real(file, data, length, at);
}
ssize_t pwrite64(int file, const void *data, size_t length, off64_t at) {
    REAL(pwrite64, ssize_t, int, const void *, size_t, off64_t);
    REFUSE(file, 0, data, length, at)
    return real(file, data, length, at);
}
int ftruncate(int file, off_t length) {
    REAL(ftruncate, int, int, off_t);
    REFUSE(file, 0, NULL, 0, -1)
    return real(file, length);
}
int ftruncate64(int file, off64_t length) {
    REAL(ftruncate64, int, int, off64_t);
    REFUSE(file, 0, NULL, 0, -1)
    return real(file, length);
}
int fsync(int file) {
    REAL(fsync, int, int);
    REFUSE(file, 1, NULL, 0, -1)
    return real(file);
}
int fdatasync(int file) {
    REAL(fdatasync, int, int);
    REFUSE(file, 1, NULL, 0, -1)
    return real(file);
}
int syncfs(int file) {
    REAL(syncfs, int, int);
    REFUSE(file, 1, NULL, 0, -1)
    return real(file);
}

static int may_open(const char *path, int flags) {
    if (!orders || (orders->mode != READ_ONLY && orders->mode != FULL) || !path || !below(path)) return 1;
    int wants = orders->mode == FULL ? flags & O_CREAT : flags & (O_CREAT | O_WRONLY | O_RDWR | O_TRUNC);
    if (!wants || (orders->mode == FULL && access(path, F_OK) == 0)) return 1;
    errno = orders->mode == FULL ? ENOSPC : EROFS;
    return 0;
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(name, int, const char *, int, ...); \
        va_list more; \
        va_start(more, flags); \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; \
        va_end(more); \
        return may_open(path, flags) ? real(path, flags, mode) : -1; \
    }
OPEN(open)
OPEN(open64)

int clock_gettime(clockid_t clock, struct timespec *now) {
    REAL(clock_gettime, int, clockid_t, struct timespec *);
    int done = real(clock, now);
    if (done == 0 && orders && clock == CLOCK_REALTIME) now->tv_sec += orders->clock_seconds;
    return done;
}
