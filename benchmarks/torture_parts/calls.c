/* Stands between a program and the C library: counts the calls that touch files below a prefix, records them, makes
   the n-th fail, or kills the process at it. Loaded by LD_PRELOAD; does nothing until it is armed (calls.py).

   A record is 48 bytes, the path, and the data that was written: see RECORD in calls.py. One lock is held over a
   call and its record, so that records are in the order of the calls. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITES = 1, SYNCS = 2, NAMES = 4, READS = 8, OPENS = 16, SOCKETS = 32 };

struct record {
    char operation;
    char kind;
    uint16_t path_length;
    uint32_t data_length;
    uint64_t device, inode;
    int64_t offset, length;
    int64_t result;
};

static char prefix[PATH_MAX];
static size_t prefix_length;
static int mask;
static long at = -1, times;
static int failure;
static char what;
static int record_to = -1;
static volatile long counted;
static volatile long struck;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static __thread int inside;

void torture_arm(const char *below, int kinds, long first, long how_often, char how, int error, int descriptor) {
    pthread_mutex_lock(&lock);
    snprintf(prefix, sizeof prefix, "%s", below);
    prefix_length = strlen(prefix);
    mask = kinds;
    at = first;
    times = how_often;
    what = how;
    failure = error;
    record_to = descriptor;
    counted = struck = 0;
    pthread_mutex_unlock(&lock);
}

long torture_counted(void) { return counted; }
long torture_struck(void) { return struck; }

static void put(struct record *r, const char *path, const void *data) {
    r->path_length = (uint16_t)strlen(path);
    struct iovec parts[3] = {{r, sizeof *r}, {(void *)path, r->path_length}, {(void *)data, r->data_length}};
    syscall(SYS_writev, record_to, parts, r->data_length ? 3 : 2);
}

void torture_note(long number) {
    pthread_mutex_lock(&lock);
    if (record_to >= 0) {
        struct record r = {.operation = 'A', .length = number};
        put(&r, "", NULL);
    }
    pthread_mutex_unlock(&lock);
}

/* A child that is forked while another thread is in a call would wait for ever. */
static void free_the_lock(void) {
    pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;
    lock = fresh;
    inside = 0;
}

__attribute__((constructor)) static void arm_from_environment(void) {
    pthread_atfork(NULL, NULL, free_the_lock);
    const char *order = getenv("TORTURE_CALLS");
    char below[PATH_MAX], how;
    int kinds, error;
    long first, how_often;
    if (order && sscanf(order, "%d:%ld:%ld:%c:%d:%4095[^\n]", &kinds, &first, &how_often, &how, &error, below) == 6)
        torture_arm(below, kinds, first, how_often, how, error, -1);
}

static const char *path_of(int descriptor, char *room) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    long n = syscall(SYS_readlinkat, AT_FDCWD, link, room, PATH_MAX - 1);
    room[n > 0 ? n : 0] = 0;
    return room;
}

static int concerns(int kind, const char *path) {
    return (mask & kind) && strncmp(path, prefix, prefix_length) == 0;
}

/* Count a call; return 1 if it is one of those that are struck. */
static int hit(void) {
    long now = ++counted;
    if (at < 0 || now < at || (times > 0 && now >= at + times)) return 0;
    struck++;
    return 1;
}

__attribute__((noreturn)) static void die(void) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

static void note_call(char operation, char kind, int descriptor, const char *path, int64_t offset, int64_t length,
                      const void *data, int64_t result) {
    if (record_to < 0) return;
    struct record r = {.operation = operation, .kind = kind, .offset = offset, .length = length, .result = result};
    struct stat status;
    int kept = errno;
    if (descriptor >= 0 && fstat(descriptor, &status) == 0) {
        r.device = status.st_dev;
        r.inode = status.st_ino;
    }
    r.data_length = data && result > 0 ? (uint32_t)result : 0;
    put(&r, path, data);
    errno = kept;
}

/* A call on a descriptor: `how` says what to do where it is struck. */
static long on_descriptor(int kind, char operation, long number, int descriptor, const void *data, long size,
                          int64_t offset) {
    char room[PATH_MAX];
    const char *path;
    if (!mask || inside || !concerns(kind, path = path_of(descriptor, room)))
        return syscall(number, descriptor, data, size, offset);
    long result;
    inside = 1;
    pthread_mutex_lock(&lock);
    if (hit()) {
        long half = operation == 'W' && size > 1 ? size / 2 : size;
        switch (what) {
        case 'k':
            die();
        case 't':
            if (operation == 'W') syscall(number, descriptor, data, half, offset);
            die();
        case 'K':
            syscall(number, descriptor, data, size, offset);
            die();
        case 's':
            if (operation == 'W') {
                result = syscall(number, descriptor, data, half, offset);
                goto done;
            } /* fall through */
        default:
            errno = failure;
            result = -1;
            goto done;
        }
    }
    result = syscall(number, descriptor, data, size, offset);
done:
    if (kind != READS) note_call(operation, 'd', descriptor, path, offset, size, operation == 'W' ? data : NULL, result);
    pthread_mutex_unlock(&lock);
    inside = 0;
    return result;
}

static int64_t place(int descriptor) {
    int64_t now = syscall(SYS_lseek, descriptor, 0, SEEK_CUR);
    struct stat status;
    int flags = fcntl(descriptor, F_GETFL);
    if (flags >= 0 && (flags & O_APPEND) && fstat(descriptor, &status) == 0) now = status.st_size;
    return now;
}

ssize_t write(int descriptor, const void *data, size_t size) {
    if (!mask || inside) return syscall(SYS_write, descriptor, data, size);
    int kept = errno;
    int64_t offset = place(descriptor);
    errno = kept;
    return on_descriptor(WRITES, 'W', SYS_write, descriptor, data, (long)size, offset);
}
ssize_t pwrite64(int descriptor, const void *data, size_t size, off64_t offset) {
    return on_descriptor(WRITES, 'W', SYS_pwrite64, descriptor, data, (long)size, offset);
}
ssize_t pwrite(int descriptor, const void *data, size_t size, off_t offset) {
    return pwrite64(descriptor, data, size, offset);
}
ssize_t read(int descriptor, void *data, size_t size) {
    return on_descriptor(READS, 'R', SYS_read, descriptor, data, (long)size, 0);
}
ssize_t pread64(int descriptor, void *data, size_t size, off64_t offset) {
    return on_descriptor(READS, 'R', SYS_pread64, descriptor, data, (long)size, offset);
}
ssize_t pread(int descriptor, void *data, size_t size, off_t offset) {
    return pread64(descriptor, data, size, offset);
}
int ftruncate64(int descriptor, off64_t size) {
    return (int)on_descriptor(WRITES, 'T', SYS_ftruncate, descriptor, (void *)size, size, 0);
}
int ftruncate(int descriptor, off_t size) { return ftruncate64(descriptor, size); }
int fsync(int descriptor) { return (int)on_descriptor(SYNCS, 'S', SYS_fsync, descriptor, NULL, 0, 0); }
int fdatasync(int descriptor) { return (int)on_descriptor(SYNCS, 'S', SYS_fdatasync, descriptor, NULL, 0, 0); }

/* A call on names: rename and unlink. */
static int on_names(char operation, const char *from, const char *to) {
    char room[PATH_MAX], room_too[PATH_MAX];
    const char *path = from, *other = to;
    if (mask && !inside && from[0] != '/' && getcwd(room, sizeof room - strlen(from) - 2))
        path = strcat(strcat(room, "/"), from);
    if (mask && !inside && to && to[0] != '/' && getcwd(room_too, sizeof room_too - strlen(to) - 2))
        other = strcat(strcat(room_too, "/"), to);
    int ours = mask && !inside && concerns(NAMES, path);
    if (!ours)
        return (int)(operation == 'U' ? syscall(SYS_unlinkat, AT_FDCWD, from, 0)
                                      : syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
    inside = 1;
    pthread_mutex_lock(&lock);
    int struck_now = hit(), result;
    if (struck_now && (what == 'k' || what == 't')) die();
    if (struck_now && what != 'K' && what != 's') {
        errno = failure;
        result = -1;
    } else {
        result = (int)(operation == 'U' ? syscall(SYS_unlinkat, AT_FDCWD, from, 0)
                                        : syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
        if (struck_now && what == 'K') die();
        if (result == 0)
            note_call(operation, 'n', -1, path, 0, other ? (int64_t)strlen(other) : 0, other,
                      other ? (int64_t)strlen(other) : 0);
    }
    pthread_mutex_unlock(&lock);
    inside = 0;
    return result;
}

int rename(const char *from, const char *to) { return on_names('N', from, to); }
int unlink(const char *path) { return on_names('U', path, NULL); }

static int on_open(int folder, const char *name, int flags, mode_t mode) {
    char room[PATH_MAX];
    const char *path = name;
    if (!mask || inside) return (int)syscall(SYS_openat, folder, name, flags, mode);
    if (name[0] != '/' && folder == AT_FDCWD && getcwd(room, sizeof room - strlen(name) - 2))
        path = strcat(strcat(room, "/"), name);
    int watched = mask & OPENS, ours = concerns(NAMES, path);
    if (!watched && !ours) return (int)syscall(SYS_openat, folder, name, flags, mode);
    inside = 1;
    pthread_mutex_lock(&lock);
    struct stat status;
    int kept = errno;
    int is_new = (flags & O_CREAT) && fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0;
    errno = kept;
    int struck_now = ours && is_new && hit(), result;
    if (struck_now && (what == 'k' || what == 't')) die();
    if (struck_now && what != 'K' && what != 's') {
        errno = failure;
        result = -1;
    } else {
        result = (int)syscall(SYS_openat, folder, name, flags, mode);
        if (struck_now && what == 'K') die();
        if (result >= 0 && ours && is_new) note_call('C', 'n', result, path, 0, 0, NULL, 0);
        if (watched) note_call('O', 'n', -1, path, flags, result, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    inside = 0;
    return result;
}

#define OPEN_WITH(folder)                                                                                              \
    mode_t mode = 0;                                                                                                   \
    if (flags & (O_CREAT | O_TMPFILE)) {                                                                               \
        va_list more;                                                                                                  \
        va_start(more, flags);                                                                                         \
        mode = va_arg(more, mode_t);                                                                                   \
        va_end(more);                                                                                                  \
    }                                                                                                                  \
    return on_open(folder, name, flags, mode);

int open(const char *name, int flags, ...) { OPEN_WITH(AT_FDCWD) }
int open64(const char *name, int flags, ...) { OPEN_WITH(AT_FDCWD) }
int openat(int folder, const char *name, int flags, ...) { OPEN_WITH(folder) }
int openat64(int folder, const char *name, int flags, ...) { OPEN_WITH(folder) }

int socket(int domain, int type, int protocol) {
    if ((mask & SOCKETS) && !inside) {
        pthread_mutex_lock(&lock);
        note_call('O', 's', -1, "socket", domain, type, NULL, 0);
        pthread_mutex_unlock(&lock);
    }
    return (int)syscall(SYS_socket, domain, type, protocol);
}
