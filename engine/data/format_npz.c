/* NumPy's .npz: a zip archive of .npy members, stored or deflated.
 *
 * Sequences are the array X, labels the array y; X_train, y_train, X_test and y_test are joined in
 * this order; an archive with one array of rows and one of labels needs no names. The zip format's
 * central directory is checked against the file's size and the local headers, and each member
 * against its size and CRC.
 *
 * source   PKWARE's .ZIP File Format Specification 6.3; zip64 is refused */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "engine/data/npy_priv.h"

#define MOST_MEMBERS 64u
#define MOST_NAME    120u
#define PACKED       ((size_t)1 << 16)

/* One member, and the place in it. */
typedef struct member {
    const eng_input *input;
    char name[MOST_NAME + 1]; /* without .npy */
    uint64_t offset;          /* of its packed bytes */
    uint64_t packed, unpacked;
    uint32_t crc;
    bool deflated;
    eng_npy array;
    /* while it is read */
    uint64_t taken, given;
    uint32_t sum;
    eng_unpacker *unpacker;
    unsigned char *bytes; /* (PACKED) of which [at, at + n) is left */
    const unsigned char *at;
    size_t n;
    bool at_end;
} member;

typedef struct archive {
    eng_input *input;
    member *members;
    size_t n;
} archive;

static bool knows(const unsigned char *start, size_t n)
{
    return n >= 4 && (memcmp(start, "PK\3\4", 4) == 0 || memcmp(start, "PK\5\6", 4) == 0);
}

static uint32_t u16_at(const unsigned char *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8;
}

static uint32_t u32_at(const unsigned char *bytes)
{
    return u16_at(bytes) | u16_at(bytes + 2) << 16;
}

static swp_status damaged(const char *path, const char *found, swp_err *err)
{
    swp_status status =
        swp_fail(err, SWP_FORMAT, "%s: expected a whole zip archive, found %s", path, found);
    swp_hint(err, "copy or download the file again");
    return status;
}

/* --- a member's bytes ------------------------------------------------------------------------- */

static swp_status member_start(void *source, swp_err *err)
{
    member *m = source;
    m->taken = m->given = m->n = 0;
    m->sum = (uint32_t)crc32(0, NULL, 0);
    m->at_end = false;
    if (!m->bytes)
        m->bytes = swp_resize(NULL, PACKED, 1);
    if (m->deflated && m->unpacker)
        eng_unpacker_reset(m->unpacker);
    else if (m->deflated)
        m->unpacker = eng_unpacker_create(-MAX_WBITS);
    if (!m->bytes || (m->deflated && !m->unpacker))
        return swp_fail(err, SWP_NOMEM, "no memory to read %s", m->input->path);
    return SWP_OK;
}

static swp_status refill(member *m, swp_err *err)
{
    uint64_t left = m->packed - m->taken;
    m->n = left < PACKED ? (size_t)left : PACKED;
    m->at = m->bytes;
    swp_status status = eng_input_read_at(m->input, m->offset + m->taken, m->bytes, m->n, err);
    m->taken += m->n;
    return status;
}

/* After the last byte the CRC must be the directory's. */
static swp_status check_end(const member *m, swp_err *err)
{
    if (m->given == m->unpacked && m->sum != m->crc)
        return damaged(m->input->path, "an array with a wrong checksum", err);
    return SWP_OK;
}

static swp_status member_read(void *source, void *bytes, size_t size, size_t *got, swp_err *err)
{
    member *m = source;
    unsigned char *to = bytes;
    uint64_t left = m->unpacked - m->given;
    size_t room = left < size ? (size_t)left : size;
    swp_status status = SWP_OK;
    while (status == SWP_OK && room > 0 && !m->at_end) {
        if (m->n == 0 && m->taken < m->packed)
            status = refill(m, err);
        if (status != SWP_OK)
            break;
        size_t before = room, waiting = m->n;
        if (m->deflated) {
            eng_unpacked result = eng_unpacker_run(m->unpacker, &m->at, &m->n, &to, &room);
            m->at_end = result == ENG_UNPACKED_END;
            if (result == ENG_UNPACKED_NO_MEMORY)
                status = swp_fail(err, SWP_NOMEM, "no memory to read %s", m->input->path);
            else if (result == ENG_UNPACKED_DAMAGED)
                status = damaged(m->input->path, "damaged data", err);
        } else {
            size_t n = m->n < room ? m->n : room;
            memcpy(to, m->at, n);
            m->at += n;
            m->n -= n;
            to += n;
            room -= n;
        }
        if (before == room && waiting == m->n)
            break; /* no bytes are left: the caller sees that too few were read */
    }
    *got = (size_t)(to - (unsigned char *)bytes);
    m->given += *got;
    m->sum = (uint32_t)crc32_z(m->sum, bytes, *got);
    return status == SWP_OK ? check_end(m, err) : status;
}

static eng_stream stream_of(member *m)
{
    return (eng_stream){.path = m->input->path,
                        .name = m->name,
                        .read = member_read,
                        .rewind = member_start,
                        .source = m,
                        .most = m->unpacked,
                        .exact = true};
}

/* --- the directory ---------------------------------------------------------------------------- */

/* Find the end record of the directory, searching backwards, since a comment may follow it. */
static swp_status find_directory(const eng_input *input, uint64_t *offset, uint32_t *n,
                                 uint32_t *size, swp_err *err)
{
    enum { RECORD = 22, MOST_COMMENT = 65535 };
    size_t span = input->size < RECORD + MOST_COMMENT ? (size_t)input->size : RECORD + MOST_COMMENT;
    unsigned char *tail = swp_resize(NULL, span, 1);
    if (!tail)
        return swp_fail(err, SWP_NOMEM, "no memory to read %s", input->path);
    swp_status status = eng_input_read_at(input, input->size - span, tail, span, err);
    bool found = false;
    for (size_t i = span >= RECORD ? span - RECORD + 1 : 0; status == SWP_OK && !found && i > 0;
         i--) {
        const unsigned char *at = tail + i - 1;
        if (memcmp(at, "PK\5\6", 4) != 0 || u16_at(at + 20) != span - RECORD - (i - 1))
            continue;
        found = true;
        *n = u16_at(at + 10);
        *size = u32_at(at + 12);
        *offset = u32_at(at + 16);
        uint64_t end = input->size - span + (i - 1);
        if (*n == 0xffff || *size == UINT32_MAX || *offset == UINT32_MAX) {
            status = swp_fail(err, SWP_FORMAT, "%s: expected an archive below 4 GB, found zip64",
                              input->path);
            swp_hint(err, "write the arrays as .npy files: X.npy:y.npy");
        } else if (u32_at(at + 4) != 0 || u16_at(at + 8) != *n || *offset + *size > end) {
            status = damaged(input->path, "a directory that does not fit", err);
        }
    }
    swp_free(tail);
    if (status == SWP_OK && !found)
        status = damaged(input->path, "none of its directory: was it cut short?", err);
    return status;
}

/* Only the local header says where the packed bytes begin. */
static swp_status find_bytes(const eng_input *input, uint64_t local, member *m, swp_err *err)
{
    unsigned char header[30];
    if (local + sizeof header > input->size)
        return damaged(input->path, "a member beyond its end", err);
    swp_status status = eng_input_read_at(input, local, header, sizeof header, err);
    if (status != SWP_OK)
        return status;
    m->offset = local + sizeof header + u16_at(header + 26) + u16_at(header + 28);
    if (memcmp(header, "PK\3\4", 4) != 0 || m->offset + m->packed > input->size)
        return damaged(input->path, "a member where its directory has none", err);
    return SWP_OK;
}

static swp_status refuse_archive(const char *path, bool workbook, swp_err *err)
{
    swp_status status =
        swp_fail(err, SWP_FORMAT, "%s:1: expected a data set, found %s", path,
                 workbook ? "an Excel workbook (.xlsx)" : "a compressed archive (zip)");
    swp_hint(err, workbook ? "save the sheet as CSV"
                           : "unpack it first, and name the folder or the file");
    return status;
}

/* Read one entry of the directory. *size is its length there. */
static swp_status read_entry(archive *a, const unsigned char *at, size_t left, size_t *size,
                             bool *other, swp_err *err)
{
    enum { FIXED = 46 };
    const char *path = a->input->path;
    if (left < FIXED || memcmp(at, "PK\1\2", 4) != 0)
        return damaged(path, "a damaged directory", err);
    size_t name = u16_at(at + 28);
    *size = FIXED + name + u16_at(at + 30) + u16_at(at + 32);
    if (*size > left)
        return damaged(path, "a damaged directory", err);
    const char *text = (const char *)at + FIXED;
    *other = name < 5 || name - 4 > MOST_NAME || memchr(text, '\0', name) ||
             memcmp(text + name - 4, ".npy", 4) != 0;
    if (*other) {
        bool workbook = name == 15 && memcmp(text, "xl/workbook.xml", 15) == 0;
        return workbook ? refuse_archive(path, true, err) : SWP_OK;
    }
    member m = {.input = a->input,
                .packed = u32_at(at + 20),
                .unpacked = u32_at(at + 24),
                .crc = u32_at(at + 16),
                .deflated = u16_at(at + 10) == 8};
    memcpy(m.name, text, name - 4);
    swp_make_plain(m.name);
    if (u16_at(at + 8) & 1)
        return damaged(path, "an array under a password", err);
    if (!m.deflated && (u16_at(at + 10) != 0 || m.packed != m.unpacked))
        return damaged(path, "an array that is neither stored nor deflated", err);
    if (m.unpacked > ENG_UNPACK_FREE && m.unpacked / ENG_UNPACK_RATIO > m.packed)
        return damaged(path, "an array that unpacks to more than 200 times its size", err);
    swp_status status = find_bytes(a->input, u32_at(at + 42), &m, err);
    if (status == SWP_OK)
        a->members[a->n++] = m;
    return status;
}

static swp_status read_directory(archive *a, swp_err *err)
{
    uint64_t offset = 0;
    uint32_t n = 0, size = 0;
    swp_status status = find_directory(a->input, &offset, &n, &size, err);
    if (status != SWP_OK)
        return status;
    unsigned char *bytes = swp_resize(NULL, size, 1);
    a->members = swp_alloc(MOST_MEMBERS, sizeof *a->members);
    if (!bytes || !a->members)
        status = swp_fail(err, SWP_NOMEM, "no memory to read %s", a->input->path);
    if (status == SWP_OK)
        status = eng_input_read_at(a->input, offset, bytes, size, err);
    size_t at = 0, step = 0;
    bool other = false;
    for (uint32_t i = 0; status == SWP_OK && i < n; i++, at += step) {
        if (a->n == MOST_MEMBERS)
            status = swp_fail(err, SWP_FORMAT, "%s: expected at most %u arrays, found more",
                              a->input->path, MOST_MEMBERS);
        else
            status = read_entry(a, bytes + at, size - at, &step, &other, err);
    }
    if (status == SWP_OK && a->n == 0)
        status = refuse_archive(a->input->path, false, err);
    swp_free(bytes);
    return status;
}

/* --- which array is what ---------------------------------------------------------------------- */

static member *find_member(archive *a, const char *const *names)
{
    for (size_t k = 0; names[k]; k++) {
        for (size_t i = 0; i < a->n; i++) {
            if (strcasecmp(a->members[i].name, names[k]) == 0)
                return &a->members[i];
        }
    }
    return NULL;
}

/* Find the only array of rows, and the only array of labels that fits it. */
static void find_by_shape(archive *a, member **x, member **y)
{
    size_t n_x = 0, n_y = 0;
    for (size_t i = 0; i < a->n; i++) {
        member *m = &a->members[i];
        bool labels = eng_npy_has_labels(&m->array, 0);
        if (eng_npy_has_rows(&m->array) && !(labels && a->n > 1)) {
            *x = m;
            n_x++;
        } else if (labels) {
            *y = m;
            n_y++;
        }
    }
    if (n_x != 1)
        *x = NULL;
    if (n_y != 1)
        *y = NULL;
}

static swp_status list_arrays(const archive *a, swp_err *err)
{
    swp_buf text = {0};
    for (size_t i = 0; i < a->n && text.length < 300; i++) {
        char shape[120];
        eng_npy_describe(&a->members[i].array, shape, sizeof shape);
        swp_buf_printf(&text, "%s%.40s %s", i ? ", " : "", a->members[i].name, shape);
    }
    swp_status status =
        text.failed ? swp_fail(err, SWP_NOMEM, "no memory to read %s", a->input->path)
                    : swp_fail(err, SWP_FORMAT,
                               "%s: expected an array X of sequences and y of their labels, found "
                               "%s",
                               a->input->path, text.text);
    if (!text.failed)
        swp_hint(err, "write them under these names: numpy.savez(\"FILE.npz\", X=X, y=y)");
    swp_buf_deinit(&text);
    return status;
}

static swp_status read_pair(member *x, member *y, eng_rows *rows, swp_err *err)
{
    eng_stream values = stream_of(x), labels = {0};
    swp_status status = member_start(x, err);
    if (status == SWP_OK && y) {
        labels = stream_of(y);
        status = member_start(y, err);
    }
    return status == SWP_OK ? eng_npy_read(&values, y ? &labels : NULL, rows, err) : status;
}

static swp_status note_others(const archive *a, member *const *used, size_t n_used, eng_rows *rows,
                              swp_err *err)
{
    swp_buf text = {0};
    for (size_t i = 0; i < a->n && text.length < 300; i++) {
        bool is_used = false;
        for (size_t k = 0; k < n_used; k++)
            is_used |= used[k] == &a->members[i];
        if (!is_used)
            swp_buf_printf(&text, "%sarray %.60s", text.length ? ", " : "", a->members[i].name);
    }
    swp_status status = SWP_OK;
    if (text.failed)
        status = swp_fail(err, SWP_NOMEM, "no memory to describe the data");
    else if (text.length > 0)
        status = eng_note(&rows->left_out, err, "%s", text.text);
    swp_buf_deinit(&text);
    return status;
}

static swp_status read_arrays(archive *a, eng_rows *rows, swp_err *err)
{
    static const char *const xs[] = {"X", "data", "values", NULL};
    static const char *const ys[] = {"y", "label", "labels", "target", "class", NULL};
    static const char *const parts[4][3] = {{"X_train", "train_X", NULL},
                                            {"y_train", "train_y", NULL},
                                            {"X_test", "test_X", NULL},
                                            {"y_test", "test_y", NULL}};
    member *used[4];
    size_t n_used = 4;
    for (size_t i = 0; i < 4; i++)
        used[i] = find_member(a, parts[i]);
    bool parted = used[0] && used[2] && (rows->bare > 0 || (used[1] && used[3]));
    if (!parted) {
        n_used = 2;
        used[0] = find_member(a, xs);
        used[1] = find_member(a, ys);
        if (!used[0] || !used[1])
            find_by_shape(a, &used[0], &used[1]);
        if (!used[0] || (!used[1] && a->n > 1 && rows->bare == 0))
            return list_arrays(a, err);
    }
    swp_status status = SWP_OK;
    for (size_t i = 0; status == SWP_OK && i < n_used; i += 2)
        status = read_pair(used[i], used[i + 1], rows, err);
    return status == SWP_OK ? note_others(a, used, n_used, rows, err) : status;
}

static swp_status read_npz(eng_input *input, eng_rows *rows, swp_err *err)
{
    archive a = {.input = input};
    if (input->unpacker)
        return damaged(input->path, "one inside a gzip file, which must be unpacked first", err);
    swp_status status = read_directory(&a, err);
    for (size_t i = 0; status == SWP_OK && i < a.n; i++) {
        eng_stream stream = stream_of(&a.members[i]);
        status = member_start(&a.members[i], err);
        if (status == SWP_OK)
            status = eng_npy_header(&stream, &a.members[i].array, err);
    }
    if (status == SWP_OK)
        status = read_arrays(&a, rows, err);
    for (size_t i = 0; i < a.n; i++) {
        eng_unpacker_destroy(a.members[i].unpacker);
        swp_free(a.members[i].bytes);
    }
    swp_free(a.members);
    return status;
}

const eng_binary_format eng_format_npz = {
    .endings = {".npz"},
    .knows = knows,
    .read = read_npz,
};
