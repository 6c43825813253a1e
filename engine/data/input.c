/* The bytes of a data file. Regular files are read as they are; a file that begins with gzip's two
 * bytes is unpacked on the way (zlib), however many members it has. Standard input is copied to an
 * unnamed temporary file first. The size that a packed file may unpack to is bounded, so that a
 * small hostile file cannot keep the program busy or fill the memory. */
#include "engine/data/input_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "engine/base/mem.h"

#define PACKED ((size_t)1 << 16)

struct eng_unpacker {
    z_stream stream;
    unsigned char bytes[PACKED]; /* of the file, not yet unpacked: [at, at + n) */
    const unsigned char *at;
    size_t n;
    uint64_t taken, given; /* bytes read and unpacked */
    bool at_end;           /* of the last member */
};

static void *zlib_alloc(void *context, unsigned count, unsigned size)
{
    (void)context;
    return swp_resize(NULL, count, size);
}

static void zlib_free(void *context, void *block)
{
    (void)context;
    swp_free(block);
}

eng_unpacker *eng_unpacker_create(int window)
{
    eng_unpacker *unpacker = swp_alloc(1, sizeof *unpacker);
    if (!unpacker)
        return NULL;
    unpacker->stream.zalloc = zlib_alloc;
    unpacker->stream.zfree = zlib_free;
    if (inflateInit2(&unpacker->stream, window) != Z_OK) {
        swp_free(unpacker);
        return NULL;
    }
    return unpacker;
}

void eng_unpacker_destroy(eng_unpacker *unpacker)
{
    if (!unpacker)
        return;
    inflateEnd(&unpacker->stream);
    swp_free(unpacker);
}

void eng_unpacker_reset(eng_unpacker *unpacker)
{
    (void)inflateReset(&unpacker->stream);
}

eng_unpacked eng_unpacker_run(eng_unpacker *unpacker, const unsigned char **from, size_t *n_from,
                              unsigned char **to, size_t *n_to)
{
    enum { MOST = 1 << 30 };
    z_stream *z = &unpacker->stream;
    unsigned in = (unsigned)(*n_from < MOST ? *n_from : MOST);
    unsigned out = (unsigned)(*n_to < MOST ? *n_to : MOST);
    /* zlib does not write to its input; its declaration says const only with ZLIB_CONST. */
    memcpy(&z->next_in, from, sizeof z->next_in);
    z->avail_in = in;
    z->next_out = *to;
    z->avail_out = out;
    int result = inflate(z, Z_NO_FLUSH);
    *from += in - z->avail_in;
    *n_from -= in - z->avail_in;
    *to += out - z->avail_out;
    *n_to -= out - z->avail_out;
    switch (result) {
    case Z_OK:
    case Z_BUF_ERROR: /* no progress: the caller gives more input, or sees the end */
        return ENG_UNPACKED_MORE;
    case Z_STREAM_END:
        return ENG_UNPACKED_END;
    case Z_MEM_ERROR:
        return ENG_UNPACKED_NO_MEMORY;
    default:
        return ENG_UNPACKED_DAMAGED;
    }
}

static swp_status no_memory(const eng_input *input, swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "no memory to read %s", input->path);
}

/* Copy standard input to the end of `to`. */
static swp_status copy_input(FILE *to, swp_err *err)
{
    char bytes[8192];
    ssize_t got;
    while ((got = read(STDIN_FILENO, bytes, sizeof bytes)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return swp_fail_errno(err, SWP_IO, errno, "cannot read " ENG_STANDARD_INPUT);
        if (fwrite(bytes, 1, (size_t)got, to) < (size_t)got)
            break;
    }
    return fflush(to) == 0 && !ferror(to)
               ? SWP_OK
               : swp_fail_errno(err, SWP_IO, errno,
                                "cannot copy " ENG_STANDARD_INPUT " to a temporary file");
}

static swp_status open_standard_input(eng_input *input, swp_err *err)
{
    FILE *copy = tmpfile();
    if (!copy)
        return swp_fail_errno(err, SWP_IO, errno, "cannot make a temporary file");
    swp_status status = copy_input(copy, err);
    if (status == SWP_OK)
        input->file = dup(fileno(copy));
    if (status == SWP_OK && input->file < 0)
        status = swp_fail_errno(err, SWP_IO, errno, "cannot read " ENG_STANDARD_INPUT);
    fclose(copy);
    return status;
}

/* A gzip file begins with 1f 8b and the method, of which there is one. */
static swp_status look_for_gzip(eng_input *input, swp_err *err)
{
    unsigned char magic[3];
    if (input->size < sizeof magic)
        return SWP_OK;
    swp_status status = eng_input_read_at(input, 0, magic, sizeof magic, err);
    if (status != SWP_OK || magic[0] != 0x1f || magic[1] != 0x8b || magic[2] != 8)
        return status;
    input->unpacker = eng_unpacker_create(16 + MAX_WBITS);
    return input->unpacker ? SWP_OK : no_memory(input, err);
}

swp_status eng_input_open(eng_input *input, const char *path, swp_err *err)
{
    *input = (eng_input){.path = path ? path : ENG_STANDARD_INPUT, .file = -1};
    if (path) {
        input->file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (input->file < 0)
            return swp_fail_errno(err, SWP_IO, errno, "cannot open %s", path);
    } else {
        swp_status status = open_standard_input(input, err);
        if (status != SWP_OK)
            return status;
    }
    struct stat info;
    if (fstat(input->file, &info) != 0)
        return swp_fail_errno(err, SWP_IO, errno, "cannot read %s", input->path);
    if (!S_ISREG(info.st_mode))
        return swp_fail(err, SWP_IO, "%s: expected a file, found %s", input->path,
                        S_ISDIR(info.st_mode) ? "a folder" : "something else");
    input->size = (uint64_t)info.st_size;
    swp_status status = look_for_gzip(input, err);
    return status == SWP_OK ? eng_input_rewind(input, err) : status;
}

void eng_input_close(eng_input *input)
{
    if (input->file >= 0)
        close(input->file);
    eng_unpacker_destroy(input->unpacker);
    *input = (eng_input){.file = -1};
}

swp_status eng_input_rewind(eng_input *input, swp_err *err)
{
    if (lseek(input->file, 0, SEEK_SET) != 0)
        return swp_fail_errno(err, SWP_IO, errno, "cannot read %s again", input->path);
    eng_unpacker *u = input->unpacker;
    if (u) {
        eng_unpacker_reset(u);
        u->n = 0;
        u->taken = u->given = 0;
        u->at_end = false;
    }
    return SWP_OK;
}

/* One read of the file. */
static swp_status read_file(const eng_input *input, void *bytes, size_t size, size_t *got,
                            swp_err *err)
{
    ssize_t n;
    do {
        n = read(input->file, bytes, size);
    } while (n < 0 && errno == EINTR);
    *got = n < 0 ? 0 : (size_t)n;
    return n < 0 ? swp_fail_errno(err, SWP_IO, errno, "cannot read %s", input->path) : SWP_OK;
}

static swp_status refill(const eng_input *input, eng_unpacker *u, swp_err *err)
{
    swp_status status = read_file(input, u->bytes, sizeof u->bytes, &u->n, err);
    u->at = u->bytes;
    u->taken += u->n;
    return status;
}

static swp_status damaged(const eng_input *input, const char *found, const char *hint, swp_err *err)
{
    swp_status status =
        swp_fail(err, SWP_FORMAT, "%s: expected a whole gzip file, found %s", input->path, found);
    swp_hint(err, "%s", hint);
    return status;
}

/* A member has ended: another may follow, or zeros that fill a block. */
static swp_status next_member(const eng_input *input, eng_unpacker *u, swp_err *err)
{
    for (;;) {
        while (u->n > 0 && *u->at == 0) {
            u->at++;
            u->n--;
        }
        if (u->n > 0)
            break;
        swp_status status = refill(input, u, err);
        if (status != SWP_OK)
            return status;
        u->at_end = u->n == 0;
        if (u->at_end)
            return SWP_OK;
    }
    if (*u->at != 0x1f)
        return damaged(input, "other bytes after the end of its data", "pack the file again", err);
    eng_unpacker_reset(u);
    return SWP_OK;
}

static swp_status unpack(eng_input *input, unsigned char *to, size_t size, size_t *got,
                         swp_err *err)
{
    eng_unpacker *u = input->unpacker;
    unsigned char *start = to;
    swp_status status = SWP_OK;
    while (status == SWP_OK && size > 0 && !u->at_end) {
        if (u->n == 0)
            status = refill(input, u, err);
        if (status != SWP_OK)
            break;
        bool no_more = u->n == 0;
        size_t before = size;
        eng_unpacked result = eng_unpacker_run(u, &u->at, &u->n, &to, &size);
        u->given += before - size;
        if (result == ENG_UNPACKED_NO_MEMORY)
            status = no_memory(input, err);
        else if (result == ENG_UNPACKED_DAMAGED)
            status = damaged(input, "damaged data", "copy or download the file again", err);
        else if (result == ENG_UNPACKED_END)
            status = next_member(input, u, err);
        else if (no_more && before == size)
            status = damaged(input, "its end before that of the data",
                             "the file was cut short: copy or download it again", err);
        if (status == SWP_OK && u->given > ENG_UNPACK_FREE &&
            u->given / ENG_UNPACK_RATIO > u->taken)
            status =
                damaged(input, "data that unpack to more than 200 times the file's size",
                        "no recorded data do; if yours do, unpack the file first (gunzip)", err);
    }
    *got = (size_t)(to - start);
    return status;
}

swp_status eng_input_read(eng_input *input, void *bytes, size_t size, size_t *got, swp_err *err)
{
    if (input->unpacker)
        return unpack(input, bytes, size, got, err);
    unsigned char *to = bytes;
    *got = 0;
    for (size_t n = 1; n > 0 && *got < size; *got += n) {
        swp_status status = read_file(input, to + *got, size - *got, &n, err);
        if (status != SWP_OK)
            return status;
    }
    return SWP_OK;
}

swp_status eng_input_read_at(const eng_input *input, uint64_t offset, void *bytes, size_t size,
                             swp_err *err)
{
    unsigned char *to = bytes;
    while (size > 0) {
        ssize_t n = pread(input->file, to, size, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return swp_fail_errno(err, SWP_IO, errno, "cannot read %s", input->path);
        if (n == 0)
            return swp_fail(err, SWP_IO, "cannot read %s: it became shorter while it was read",
                            input->path);
        to += n;
        offset += (uint64_t)n;
        size -= (size_t)n;
    }
    return SWP_OK;
}
