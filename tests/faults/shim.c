/* Preloaded into sweep by inject.py: one kind of call fails, at a point that is counted over all
 * processes of a run. The environment:
 *
 *   FAULT_CALL    memory, write, sync, read, open, name, fork, pair, lock, map or clock
 *   FAULT_HOW     the error (EIO, ENOSPC, ...); "short" for write and read, "end" for read; the
 *                 seconds by which a clock jumps
 *   FAULT_AT      the number of the call that fails, from 1; 0 = none, they are only counted
 *   FAULT_ON      any text: all calls after that one fail too
 *   FAULT_COUNT   a file: the counter, one native unsigned long
 *   FAULT_STACKS  a file: of every call its number and a hash of where it came from, a pair of
 *                 native unsigned longs
 *   FAULT_TRACE   a file: where the failing call came from
 *   FAULT_JOURNAL a file: what was done to stores, for power.py
 *
 * Programs that sweep starts are not affected. Calls that do not fail go to the kernel, memory to
 * glibc's allocator. Streams get their own functions, since glibc's do not call write(). */
#define _GNU_SOURCE
#undef _FILE_OFFSET_BITS /* keep open and open64 two names */
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum call { NONE, MEMORY, WRITE, SYNC, READ, OPEN, NAME, FORK, PAIR, LOCK, MAP, CLOCK };

static const char *const call_names[] = {"none", "memory", "write", "sync", "read", "open",
                                         "name", "fork",   "pair",  "lock", "map",  "clock"};

static const struct {
    const char *name;
    int number;
} errors[] = {{"EIO", EIO},       {"ENOSPC", ENOSPC}, {"ENOMEM", ENOMEM},
              {"EPIPE", EPIPE},   {"EAGAIN", EAGAIN}, {"EMFILE", EMFILE},
              {"EACCES", EACCES}, {"EROFS", EROFS},   {"ENOLCK", ENOLCK},
              {"ENOENT", ENOENT}, {"EINTR", EINTR},   {"ECONNRESET", ECONNRESET}};

/* volatile: fopencookie() is declared not to call this file, but allocates memory. */
static volatile enum call chosen;
static atomic_ulong *count; /* shared by all processes */
static unsigned long first;
static bool goes_on, is_short, is_end;
static int error;
static long jump_s;
static const char *trace;
static int stacks = -1, journal = -1;

/* Write where the call came from. Counting is off meanwhile: this allocates, opens and writes. */
static void leave_trace(void)
{
    void *frames[32];
    atomic_ulong *counter = count;
    count = NULL;
    int fd = open(trace, O_WRONLY | O_CREAT | O_APPEND, 0666);
    int n = backtrace(frames, 32);
    backtrace_symbols_fd(frames, n, fd);
    close(fd);
    count = counter;
}

/* FNV-1a over the return addresses of the call, which children inherit from their parent. */
static void note_stack(unsigned long n)
{
    void *frames[32];
    enum call before = chosen;
    chosen = NONE;
    int depth = backtrace(frames, 32);
    chosen = before;
    unsigned long note[2] = {n, 14695981039346656037u};
    for (int i = 0; i < depth; i++)
        note[1] = (note[1] ^ (unsigned long)frames[i]) * 1099511628211u;
    syscall(SYS_write, stacks, note, sizeof note);
}

/* Append to the journal: kind, length of the path, offset, size; the path; the bytes. Files that no
 * power cut keeps, and files other than stores, are left out. */
static void note_path(char kind, const char *path, off64_t offset, const void *bytes, size_t size)
{
    const char *store = strstr(path, ".db");
    if (!store ||
        (store[3] && strcmp(store + 3, "-wal") != 0 && strcmp(store + 3, "-journal") != 0))
        return;
    uint64_t head[4] = {(uint64_t)kind, strlen(path), (uint64_t)offset, size};
    struct iovec parts[] = {{head, sizeof head},
                            {(void *)(uintptr_t)path, head[1]},
                            {(void *)(uintptr_t)bytes, bytes ? size : 0}};
    syscall(SYS_writev, journal, parts, 3);
}

static void note_file(char kind, int fd, off64_t offset, const void *bytes, size_t size)
{
    char link[64], path[4096];
    if (journal < 0)
        return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    note_path(kind, path, offset, bytes, size);
}

static bool fails(enum call call)
{
    if (call != chosen || !count)
        return false;
    unsigned long n = atomic_fetch_add(count, 1) + 1;
    if (stacks >= 0)
        note_stack(n);
    bool yes = first > 0 && (n == first || (goes_on && n > first));
    if (yes && trace)
        leave_trace();
    if (yes)
        errno = error;
    return yes;
}

static unsigned long number_of(const char *name)
{
    const char *text = getenv(name);
    return text ? strtoul(text, NULL, 10) : 0;
}

static void choose(const char *call, const char *how)
{
    for (size_t i = 0; i < sizeof call_names / sizeof call_names[0]; i++)
        if (strcmp(call_names[i], call) == 0)
            chosen = (enum call)i;
    error = EIO;
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (strcmp(errors[i].name, how) == 0)
            error = errors[i].number;
    is_short = strcmp(how, "short") == 0;
    is_end = strcmp(how, "end") == 0;
    jump_s = strtol(how, NULL, 10);
}

static FILE *open_stream(int fd, const char *mode);

__attribute__((constructor)) static void begin(void)
{
    const char *call = getenv("FAULT_CALL"), *how = getenv("FAULT_HOW");
    const char *file = getenv("FAULT_COUNT");
    unsetenv("LD_PRELOAD");
    if (!call || !how || !file)
        return;
    choose(call, how);
    first = number_of("FAULT_AT");
    goes_on = getenv("FAULT_ON") != NULL;
    trace = getenv("FAULT_TRACE");
    void *frame;
    backtrace(&frame, 1); /* loads its library now, not in a failing call */
    stdout = open_stream(STDOUT_FILENO, "w");
    int fd = open(file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0 || ftruncate(fd, sizeof *count) != 0)
        abort();
    const char *notes = getenv("FAULT_STACKS");
    if (notes)
        stacks = open(notes, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
    const char *deeds = getenv("FAULT_JOURNAL");
    if (deeds)
        journal = open(deeds, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
    void *shared = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    count = shared;
}

/* Memory */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static bool no_memory(void)
{
    bool yes = fails(MEMORY);
    if (yes)
        errno = ENOMEM;
    return yes;
}

void *malloc(size_t size)
{
    return no_memory() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return no_memory() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *block, size_t size)
{
    return no_memory() ? NULL : __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return no_memory() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    *out = no_memory() ? NULL : __libc_memalign(alignment, size);
    return *out ? 0 : ENOMEM;
}

/* Bytes to and from files and sockets. *size shrinks for a short call; false = it fails. */
static bool may_pass(enum call call, size_t *size)
{
    if (!fails(call))
        return true;
    if (is_short && *size > 1)
        *size /= 2;
    return is_short;
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    if (journal >= 0)
        note_file('w', fd, lseek64(fd, 0, SEEK_CUR), bytes, size);
    return may_pass(WRITE, &size) ? syscall(SYS_write, fd, bytes, size) : -1;
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at)
{
    note_file('w', fd, at, bytes, size);
    return may_pass(WRITE, &size) ? syscall(SYS_pwrite64, fd, bytes, size, at) : -1;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at)
{
    return pwrite64(fd, bytes, size, at);
}

ssize_t read(int fd, void *bytes, size_t size)
{
    return may_pass(READ, &size) ? syscall(SYS_read, fd, bytes, size) : -!is_end;
}

ssize_t pread64(int fd, void *bytes, size_t size, off64_t at)
{
    return may_pass(READ, &size) ? syscall(SYS_pread64, fd, bytes, size, at) : -!is_end;
}

ssize_t pread(int fd, void *bytes, size_t size, off_t at)
{
    return pread64(fd, bytes, size, at);
}

int fsync(int fd)
{
    note_file('s', fd, 0, NULL, 0);
    return fails(SYNC) ? -1 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    note_file('s', fd, 0, NULL, 0);
    return fails(SYNC) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int ftruncate64(int fd, off64_t length)
{
    note_file('t', fd, length, NULL, 0);
    return fails(SYNC) ? -1 : (int)syscall(SYS_ftruncate, fd, length);
}

int ftruncate(int fd, off_t length)
{
    return ftruncate64(fd, length);
}

/* Files and their names */

static int open_real(const char *path, int flags, unsigned mode)
{
    return fails(OPEN) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    unsigned mode = flags & O_CREAT ? va_arg(args, unsigned) : 0;
    va_end(args);
    return open_real(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    unsigned mode = flags & O_CREAT ? va_arg(args, unsigned) : 0;
    va_end(args);
    return open_real(path, flags, mode);
}

static ssize_t stream_read(void *cookie, char *bytes, size_t size)
{
    return read((int)(intptr_t)cookie, bytes, size);
}

/* Write all of it, as glibc's streams do. */
static ssize_t stream_write(void *cookie, const char *bytes, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t n = write((int)(intptr_t)cookie, bytes + done, size - done);
        if (n < 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

static int stream_close(void *cookie)
{
    return close((int)(intptr_t)cookie);
}

static FILE *open_stream(int fd, const char *mode)
{
    const cookie_io_functions_t functions = {
        .read = stream_read, .write = stream_write, .close = stream_close};
    enum call before = chosen;
    chosen = NONE;
    FILE *stream = fopencookie((void *)(intptr_t)fd, mode, functions);
    chosen = before;
    return stream;
}

FILE *fopen64(const char *path, const char *mode)
{
    int flags = *mode == 'r' ? O_RDONLY : O_WRONLY | O_CREAT | (*mode == 'a' ? O_APPEND : O_TRUNC);
    void *stream = malloc(1); /* glibc allocates first, and then opens */
    int fd = stream ? open_real(path, flags, 0666) : -1;
    free(stream);
    return fd < 0 ? NULL : open_stream(fd, mode);
}

FILE *fopen(const char *path, const char *mode)
{
    return fopen64(path, mode);
}

FILE *fdopen(int fd, const char *mode)
{
    void *stream = malloc(1); /* as above */
    free(stream);
    return stream ? open_stream(fd, mode) : NULL;
}

int rename(const char *from, const char *to)
{
    return fails(NAME) ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path)
{
    if (journal >= 0)
        note_path('u', path, 0, NULL, 0);
    return fails(NAME) ? -1 : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int mkdir(const char *path, mode_t mode)
{
    return fails(NAME) ? -1 : (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

/* Processes and what connects them */

pid_t __fork(void);

pid_t fork(void)
{
    return fails(FORK) ? -1 : __fork();
}

int socketpair(int domain, int type, int protocol, int ends[2])
{
    return fails(PAIR) ? -1 : (int)syscall(SYS_socketpair, domain, type, protocol, ends);
}

int pipe(int ends[2])
{
    return fails(PAIR) ? -1 : (int)syscall(SYS_pipe2, ends, 0);
}

/* Locks, shared memory, time */

int fcntl64(int fd, int command, ...)
{
    va_list args;
    va_start(args, command);
    void *argument = va_arg(args, void *);
    va_end(args);
    bool locks = command == F_SETLK || command == F_SETLKW;
    return locks && fails(LOCK) ? -1 : (int)syscall(SYS_fcntl, fd, command, argument);
}

int fcntl(int fd, int command, ...)
{
    va_list args;
    va_start(args, command);
    void *argument = va_arg(args, void *);
    va_end(args);
    return fcntl64(fd, command, argument);
}

void *mmap64(void *at, size_t size, int protection, int flags, int fd, off64_t offset)
{
    if (fd >= 0 && fails(MAP))
        return MAP_FAILED;
    return (void *)syscall(SYS_mmap, at, size, protection, flags, fd, offset);
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    return mmap64(at, size, protection, flags, fd, offset);
}

int clock_gettime(clockid_t id, struct timespec *out)
{
    bool jumps = fails(CLOCK);
    int result = (int)syscall(SYS_clock_gettime, id, out);
    if (jumps)
        out->tv_sec += jump_s;
    return result;
}
