/* NumPy's files as numpy.save, numpy.savez and numpy.savez_compressed write them. */
#include "tests/engine/arrays.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "tests/support/cmocka_all.h"

size_t test_npy(const test_array *array, unsigned char *out, size_t room)
{
    char text[200];
    int n = snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }",
                     array->type, array->fortran ? "True" : "False", array->shape);
    size_t header = ((size_t)n + 10 + 1 + 63) / 64 * 64 - 10;
    assert_true(10 + header + array->size <= room);
    memcpy(out, "\x93NUMPY\1\0", 8);
    out[8] = (unsigned char)header;
    out[9] = (unsigned char)(header >> 8);
    memset(out + 10, ' ', header);
    memcpy(out + 10, text, (size_t)n);
    out[10 + header - 1] = '\n';
    if (array->size > 0)
        memcpy(out + 10 + header, array->data, array->size);
    return 10 + header + array->size;
}

static void put_number(unsigned char *out, size_t at, size_t bytes, size_t value)
{
    for (size_t i = 0; i < bytes; i++)
        out[at + i] = (unsigned char)(value >> (8 * i));
}

/* The fields that a local header and an entry of the directory share, from the flags on. */
static void put_shared(unsigned char *out, size_t at, bool deflated, size_t sum, size_t packed,
                       size_t size, size_t name)
{
    put_number(out, at + 2, 2, deflated ? 8 : 0);
    put_number(out, at + 8, 4, sum);
    put_number(out, at + 12, 4, packed);
    put_number(out, at + 16, 4, size);
    put_number(out, at + 20, 2, name);
}

static size_t pack(const unsigned char *bytes, size_t size, unsigned char *out, size_t room)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY), Z_OK);
    memcpy(&z.next_in, &bytes, sizeof z.next_in);
    z.avail_in = (unsigned)size;
    z.next_out = out;
    z.avail_out = (unsigned)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t n = z.total_out;
    deflateEnd(&z);
    return n;
}

size_t test_npz(const test_array *arrays, size_t n, bool deflated, unsigned char *out, size_t room)
{
    unsigned char directory[1000] = {0}, member[2000];
    size_t at = 0, in_directory = 0;
    for (size_t i = 0; i < n; i++) {
        char name[64];
        size_t length = (size_t)snprintf(name, sizeof name, "%s.npy", arrays[i].name);
        size_t size = test_npy(&arrays[i], member, sizeof member), local = at;
        size_t sum = crc32(0, member, (unsigned)size);
        assert_true(at + 30 + length + size + 64 <= room);
        memset(out + at, 0, 30);
        memcpy(out + at + 30, name, length);
        at += 30 + length;
        size_t packed = size;
        if (deflated)
            packed = pack(member, size, out + at, room - at);
        else
            memcpy(out + at, member, size);
        memcpy(out + local, "PK\3\4", 4);
        put_shared(out, local + 6, deflated, sum, packed, size, length);
        at += packed;
        unsigned char *entry = directory + in_directory;
        assert_true(in_directory + 46 + length <= sizeof directory);
        memcpy(entry, "PK\1\2", 4);
        put_shared(entry, 8, deflated, sum, packed, size, length);
        put_number(entry, 42, 4, local);
        memcpy(entry + 46, name, length);
        in_directory += 46 + length;
    }
    assert_true(at + in_directory + 22 <= room);
    memcpy(out + at, directory, in_directory);
    unsigned char *end = out + at + in_directory;
    memset(end, 0, 22);
    memcpy(end, "PK\5\6", 4);
    put_number(end, 8, 2, n);
    put_number(end, 10, 2, n);
    put_number(end, 12, 4, in_directory);
    put_number(end, 16, 4, at);
    return at + in_directory + 22;
}
