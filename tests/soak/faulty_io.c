/* A library to be preloaded that makes file calls fail, and notes which trials are stored.
 *
 * SOAK_FOLDER   calls on files below this folder are counted and may fail; it is an absolute path
 * SOAK_STATE    file of counters, shared by all processes: one per role (front, worker) and kind of call (read, write)
 * SOAK_LOG      file to which a line is appended for every stored trial and every fault
 * SOAK_FAULT    "ROLE KIND CALL ACTION NUMBER": at call CALL of that role (front, worker or any) and kind (read or
 *               write), counted from 1, do ACTION:
 *                 errno   the call fails once with error NUMBER
 *                 lasting it fails, and every later one too
 *                 short   from here on, reads and writes transfer half of what they were asked for
 *                 signal  the process gets signal NUMBER
 * SOAK_CLOCK    "SECONDS CALL": the clock is wrong by so many seconds from write number CALL of the front on
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum role { FRONT, WORKER, ANY };
enum kind { READ, WRITE };
enum action { NOTHING, ERRNO, LASTING, SHORT, SIGNAL };

struct state {
    uint64_t calls[2][2];
    uint64_t fired;
};

static char folder[PATH_MAX];
static size_t folder_length;
static struct state *state;
static int log_file = -1;
static enum role role = WORKER;
static struct {
    enum role role;
    enum kind kind;
    uint64_t call;
    enum action action;
    int number;
} fault;
static int64_t clock_error;
static uint64_t clock_from;

#define REAL(name)                                                                                                     \
    static __typeof__(name) *real;                                                                                     \
    if (!real)                                                                                                         \
    real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static int matches(const char *text, const char *name) { return strcmp(text, name) == 0; }

static void read_role(void) {
    char line[512];
    int file = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    long length = syscall(SYS_read, file, line, sizeof line - 1);
    syscall(SYS_close, file);
    if (length <= 0)
        return;
    line[length] = 0;
    size_t first = strlen(line) + 1;
    if (first < (size_t)length && matches(line + first, "run"))
        role = FRONT;
}

static void read_fault(const char *text) {
    char who[16], what[16], action[16];
    if (!text || sscanf(text, "%15s %15s %lu %15s %d", who, what, &fault.call, action, &fault.number) != 5)
        return;
    fault.role = matches(who, "front") ? FRONT : matches(who, "any") ? ANY : WORKER;
    fault.kind = matches(what, "read") ? READ : WRITE;
    fault.action = matches(action, "errno")     ? ERRNO
                   : matches(action, "lasting") ? LASTING
                   : matches(action, "short")   ? SHORT
                   : matches(action, "signal")  ? SIGNAL
                                                : NOTHING;
}

__attribute__((constructor)) static void start(void) {
    const char *place = getenv("SOAK_FOLDER"), *counters = getenv("SOAK_STATE"), *log = getenv("SOAK_LOG");
    if (!place || !counters || !log || strlen(place) >= sizeof folder)
        return;
    int file = (int)syscall(SYS_openat, AT_FDCWD, counters, O_RDWR | O_CLOEXEC);
    if (file < 0)
        return;
    void *shared = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    syscall(SYS_close, file);
    if (shared == MAP_FAILED)
        return;
    log_file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CLOEXEC);
    /* Out of the way of programs that count on the lowest free descriptor. */
    int high = fcntl(log_file, F_DUPFD_CLOEXEC, 700);
    if (high >= 0) {
        syscall(SYS_close, log_file);
        log_file = high;
    }
    strcpy(folder, place);
    folder_length = strlen(folder);
    read_role();
    read_fault(getenv("SOAK_FAULT"));
    const char *clock = getenv("SOAK_CLOCK");
    if (clock)
        sscanf(clock, "%ld %lu", &clock_error, &clock_from);
    state = shared;
}

static void note(const char *what, const char *call, const char *path) {
    char line[PATH_MAX + 128];
    int length = snprintf(line, sizeof line, "%s\t%d\t%s\t%s\t%s\n", what, (int)syscall(SYS_getpid),
                          role == FRONT ? "front" : "worker", call, path);
    if (length > 0 && log_file >= 0)
        syscall(SYS_write, log_file, line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
}

static int below(const char *path) {
    return strncmp(path, folder, folder_length) == 0 && (path[folder_length] == '/' || path[folder_length] == 0);
}

/* The absolute path of what a call names; 0 where it is not to be had. */
static int absolute(int at, const char *path, char *full) {
    if (!path)
        return 0;
    if (path[0] == '/')
        return snprintf(full, PATH_MAX, "%s", path) < PATH_MAX;
    char start_at[PATH_MAX];
    if (at == AT_FDCWD) {
        if (syscall(SYS_getcwd, start_at, sizeof start_at) < 0)
            return 0;
    } else {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", at);
        long length = syscall(SYS_readlinkat, AT_FDCWD, link, start_at, sizeof start_at - 1);
        if (length <= 0)
            return 0;
        start_at[length] = 0;
    }
    return snprintf(full, PATH_MAX, "%s/%s", start_at, path) < PATH_MAX;
}

static int path_of(int fd, char *full) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    long length = syscall(SYS_readlinkat, AT_FDCWD, link, full, PATH_MAX - 1);
    if (length <= 0)
        return 0;
    full[length] = 0;
    return 1;
}

/* Counts a call on a path below the folder. 0: go on; -1: transfer only half; otherwise the error to fail with. */
static int judge(enum kind kind, const char *call, const char *path, int can_be_interrupted) {
    uint64_t number = __atomic_add_fetch(&state->calls[role][kind], 1, __ATOMIC_SEQ_CST);
    if (fault.role == ANY)
        number += __atomic_load_n(&state->calls[role == FRONT ? WORKER : FRONT][kind], __ATOMIC_SEQ_CST);
    int is_meant = fault.kind == kind && (fault.role == ANY || fault.role == role);
    if (fault.action == NOTHING || !is_meant || number < fault.call)
        return 0;
    if (fault.action == SHORT) {
        __atomic_add_fetch(&state->fired, 1, __ATOMIC_SEQ_CST);
        return -1;
    }
    if (fault.number == EINTR && fault.action == ERRNO && !can_be_interrupted)
        return 0;
    if (fault.action != LASTING && __atomic_load_n(&state->fired, __ATOMIC_SEQ_CST) > 0)
        return 0;
    uint64_t fired = __atomic_fetch_add(&state->fired, 1, __ATOMIC_SEQ_CST);
    if (fired < 20)
        note("fault", call, path);
    if (fault.action == SIGNAL) {
        syscall(SYS_kill, syscall(SYS_getpid), fault.number);
        return 0;
    }
    return fault.number;
}

static int judge_path(enum kind kind, const char *call, int at, const char *path) {
    int saved = errno, verdict = 0;
    char full[PATH_MAX];
    if (state && absolute(at, path, full) && below(full))
        verdict = judge(kind, call, full, strncmp(call, "open", 4) == 0 && call[4] != 'd');
    errno = saved;
    return verdict;
}

static int judge_file(enum kind kind, const char *call, int fd, int can_be_interrupted) {
    int saved = errno, verdict = 0;
    char full[PATH_MAX];
    if (state && path_of(fd, full) && below(full))
        verdict = judge(kind, call, full, can_be_interrupted);
    errno = saved;
    return verdict;
}

#define FAIL_IF(verdict)                                                                                               \
    do {                                                                                                               \
        int found = (verdict);                                                                                         \
        if (found > 0) {                                                                                               \
            errno = found;                                                                                             \
            return -1;                                                                                                 \
        }                                                                                                              \
    } while (0)

static enum kind kind_of(int flags) {
    return (flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC) ? WRITE : READ;
}

#define MODE_OF(flags)                                                                                                 \
    mode_t mode = 0;                                                                                                   \
    if ((flags) & O_CREAT || ((flags) & O_TMPFILE) == O_TMPFILE) {                                                                             \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode = va_arg(rest, mode_t);                                                                                   \
        va_end(rest);                                                                                                  \
    }

#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...) {                                                                       \
        MODE_OF(flags)                                                                                                 \
        REAL(name);                                                                                                    \
        FAIL_IF(judge_path(kind_of(flags), "open", AT_FDCWD, path));                                                   \
        return real(path, flags, mode);                                                                                \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                                                   \
    int name(int at, const char *path, int flags, ...) {                                                               \
        MODE_OF(flags)                                                                                                 \
        REAL(name);                                                                                                    \
        FAIL_IF(judge_path(kind_of(flags), "open", at, path));                                                         \
        return real(at, path, flags, mode);                                                                            \
    }
OPENAT(openat)
OPENAT(openat64)

DIR *opendir(const char *path) {
    REAL(opendir);
    int verdict = judge_path(READ, "opendir", AT_FDCWD, path);
    if (verdict > 0) {
        errno = verdict;
        return NULL;
    }
    return real(path);
}

static size_t half(size_t size, int verdict) { return verdict < 0 && size > 1 ? size / 2 : size; }

#define TRANSFER(name, kind, buffer)                                                                                   \
    ssize_t name(int fd, buffer bytes, size_t size) {                                                                  \
        REAL(name);                                                                                                    \
        int verdict = judge_file(kind, #name, fd, 1);                                                                  \
        FAIL_IF(verdict);                                                                                              \
        return real(fd, bytes, half(size, verdict));                                                                   \
    }
TRANSFER(read, READ, void *)
TRANSFER(write, WRITE, const void *)

#define TRANSFER_AT(name, kind, buffer, place)                                                                         \
    ssize_t name(int fd, buffer bytes, size_t size, place offset) {                                                    \
        REAL(name);                                                                                                    \
        int verdict = judge_file(kind, #name, fd, 1);                                                                  \
        FAIL_IF(verdict);                                                                                              \
        return real(fd, bytes, half(size, verdict), offset);                                                           \
    }
TRANSFER_AT(pread, READ, void *, off_t)
TRANSFER_AT(pread64, READ, void *, off64_t)
TRANSFER_AT(pwrite, WRITE, const void *, off_t)
TRANSFER_AT(pwrite64, WRITE, const void *, off64_t)

#define VECTOR(name, kind)                                                                                             \
    ssize_t name(int fd, const struct iovec *parts, int count) {                                                       \
        REAL(name);                                                                                                    \
        int verdict = judge_file(kind, #name, fd, 1);                                                                  \
        FAIL_IF(verdict);                                                                                              \
        return real(fd, parts, verdict < 0 && count > 1 ? 1 : count);                                                  \
    }
VECTOR(writev, WRITE)
VECTOR(readv, READ)

ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t size, unsigned flags) {
    REAL(copy_file_range);
    int verdict = judge_file(WRITE, "copy_file_range", to, 0);
    FAIL_IF(verdict);
    return real(from, from_at, to, to_at, half(size, verdict), flags);
}

#define FILE_CALL(name)                                                                                                \
    int name(int fd) {                                                                                                 \
        REAL(name);                                                                                                    \
        FAIL_IF(judge_file(WRITE, #name, fd, 1));                                                                      \
        return real(fd);                                                                                               \
    }
FILE_CALL(fsync)
FILE_CALL(fdatasync)

int flock(int fd, int operation) {
    REAL(flock);
    FAIL_IF(judge_file(WRITE, "flock", fd, 0));
    return real(fd, operation);
}

#define PATH_CALL(name)                                                                                                \
    int name(const char *path) {                                                                                       \
        REAL(name);                                                                                                    \
        FAIL_IF(judge_path(WRITE, #name, AT_FDCWD, path));                                                             \
        return real(path);                                                                                             \
    }
PATH_CALL(unlink)
PATH_CALL(rmdir)

int mkdir(const char *path, mode_t mode) {
    REAL(mkdir);
    FAIL_IF(judge_path(WRITE, "mkdir", AT_FDCWD, path));
    return real(path, mode);
}

int unlinkat(int at, const char *path, int flags) {
    REAL(unlinkat);
    FAIL_IF(judge_path(WRITE, "unlink", at, path));
    return real(at, path, flags);
}

/* A trial is stored by a rename to `store/trials/XX/KEY`. */
static int is_trial(const char *path) {
    const char *found = strstr(path, "/store/trials/");
    if (!found)
        return 0;
    const char *name = strrchr(path, '/') + 1;
    return strlen(name) == 32 && strspn(name, "0123456789abcdef") == 32 && name - found == 17;
}

static int renamed(int result, const char *from, const char *full) {
    int saved = errno;
    if (state && is_trial(full) && strstr(from, "/staging/"))
        note(result == 0 ? "stored" : saved == ENOTEMPTY || saved == EEXIST ? "twice" : "not-stored", "rename", full);
    errno = saved;
    return result;
}

int rename(const char *from, const char *to) {
    REAL(rename);
    char full[PATH_MAX] = "";
    FAIL_IF(judge_path(WRITE, "rename", AT_FDCWD, to));
    int result = real(from, to);
    int saved = errno;
    absolute(AT_FDCWD, to, full);
    errno = saved;
    return renamed(result, from, full);
}

static int64_t error_of_clock(void) {
    return clock_error && state && __atomic_load_n(&state->calls[FRONT][WRITE], __ATOMIC_SEQ_CST) >= clock_from
               ? clock_error
               : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += error_of_clock();
    return result;
}

time_t time(time_t *now) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (now)
        *now = exact.tv_sec;
    return exact.tv_sec;
}
