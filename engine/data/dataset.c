/* From a path to a data set: finds the files, reads them, and computes the set's fingerprint; also
 * writes a set as text. */
#include "engine/data/dataset.h"

#include <math.h>
#include <string.h>

#include "engine/base/digest.h"
#include "engine/base/mem.h"
#include "engine/base/path.h"
#include "engine/base/str.h"
#include "engine/data/format_priv.h"
#include "engine/data/rows_priv.h"
#include "engine/data/source_priv.h"
#include "engine/data/synth.h"

static void hash_u64(swp_digest *sha, uint64_t value)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    swp_digest_add(sha, bytes, sizeof bytes);
}

static void hash_values(swp_digest *sha, const float *values, size_t n)
{
    enum { AT_ONCE = 256 };
    uint8_t bytes[4 * AT_ONCE];
    size_t fill = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits = 0x7fc00000u;
        if (!isnan(values[i]))
            memcpy(&bits, &values[i], sizeof bits);
        for (int j = 0; j < 4; j++)
            bytes[fill++] = (uint8_t)(bits >> (8 * j));
        if (fill == sizeof bytes || i + 1 == n) {
            swp_digest_add(sha, bytes, fill);
            fill = 0;
        }
    }
}

static bool is_little_endian(void)
{
    const uint16_t one = 1;
    uint8_t first;
    memcpy(&first, &one, 1);
    return first == 1;
}

void eng_dataset_seal(eng_dataset *set)
{
    swp_digest sha;
    swp_digest_init(&sha);
    hash_u64(&sha, set->n_rows);
    hash_u64(&sha, set->length);
    if (set->n_missing == 0 && is_little_endian()) /* in memory as they are hashed */
        swp_digest_add(&sha, set->values, set->n_rows * set->length * sizeof *set->values);
    else
        hash_values(&sha, set->values, set->n_rows * set->length);
    for (size_t i = 0; i < set->n_rows; i++) {
        const char *name = set->classes[set->labels[i]].name;
        swp_digest_add(&sha, name, strlen(name) + 1);
    }
    swp_digest_end(&sha, set->fingerprint);
}

/* "path" or "path, path" in new memory, or NULL. */
static char *describe(const eng_source *source)
{
    swp_buf text = {0};
    for (size_t i = 0; i < source->n_paths; i++)
        swp_buf_printf(&text, "%s%s", i ? ", " : "", source->paths[i]);
    if (text.failed)
        swp_buf_deinit(&text);
    return text.text;
}

/* Names of the set are made printable; labels stay as they are, since settings name them. */
static swp_status name_set(eng_dataset *set, eng_source *source, swp_err *err)
{
    set->name = source->name;
    source->name = NULL;
    set->source = describe(source);
    if (!set->source)
        return swp_fail(err, SWP_NOMEM, "no memory to read %s", source->paths[0]);
    swp_make_plain(set->name);
    swp_make_plain(set->source);
    char *const notes[] = {set->first_missing, set->header, set->label_place, set->left_out};
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++)
        if (notes[i])
            swp_make_plain(notes[i]);
    return SWP_OK;
}

static swp_status load_files(const char *path, size_t bare, const eng_reading *how,
                             eng_dataset *set, swp_err *err)
{
    eng_source source;
    eng_rows rows = {.bare = bare, .how = *how};
    swp_status status = eng_source_find(&source, path, err);
    if (status == SWP_OK)
        status = eng_format_read_all(source.paths, source.n_paths, &rows, err);
    if (status == SWP_OK)
        status = eng_rows_finish(&rows, set, err);
    if (status == SWP_OK)
        status = name_set(set, &source, err);
    eng_rows_deinit(&rows);
    eng_source_deinit(&source);
    return status;
}

static swp_status load_input(size_t bare, const eng_reading *how, eng_dataset *set, swp_err *err)
{
    eng_rows rows = {.bare = bare, .how = *how};
    char *input = NULL;
    swp_status status = eng_format_read_all(&input, 1, &rows, err);
    if (status == SWP_OK)
        status = eng_rows_finish(&rows, set, err);
    eng_rows_deinit(&rows);
    set->name = swp_strdup(ENG_STANDARD_INPUT);
    set->source = swp_strdup(ENG_STANDARD_INPUT);
    if (status == SWP_OK && (!set->name || !set->source))
        status = swp_fail(err, SWP_NOMEM, "no memory to read " ENG_STANDARD_INPUT);
    return status;
}

typedef struct builtin_settings {
    int64_t rows, seed;
} builtin_settings;

/* "rows=N" or "seed=S", of which `length` bytes count. */
static bool parse_setting(const char *text, size_t length, builtin_settings *out)
{
    char word[32];
    if (length >= sizeof word)
        return false;
    memcpy(word, text, length);
    word[length] = '\0';
    if (strncmp(word, "rows=", 5) == 0)
        return swp_parse_int(word + 5, ENG_SYNTH_MIN_ROWS, ENG_MAX_ROWS, &out->rows);
    return strncmp(word, "seed=", 5) == 0 && swp_parse_int(word + 5, 0, UINT32_MAX, &out->seed);
}

/* Make the set of `name`, the text after "builtin:". */
static swp_status make_builtin(const char *name, eng_dataset **out, swp_err *err)
{
    builtin_settings settings = {.rows = 5000, .seed = 1};
    size_t length = strcspn(name, "?");
    if (length != 3 || strncmp(name, "ecg", length) != 0)
        return swp_fail(err, SWP_CONFIG, "expected builtin:ecg, found builtin:%.40s", name);
    const char *at = name + length;
    while (*at) { /* on the ? or & before a setting */
        size_t n = strcspn(++at, "&");
        if (!parse_setting(at, n, &settings))
            return swp_fail(err, SWP_CONFIG,
                            "builtin:%.60s: expected rows=%d..%u or seed=0..%u, found \"%.*s\"",
                            name, ENG_SYNTH_MIN_ROWS, ENG_MAX_ROWS, UINT32_MAX,
                            (int)(n < 40 ? n : 40), at);
        at += n;
    }
    return eng_synth_ecg((size_t)settings.rows, (uint32_t)settings.seed, out, err);
}

/* `bare`: rows of that many fields may lack labels, and "-" is standard input; 0: neither. */
static swp_status load(const char *path, size_t bare, const eng_reading *how, eng_dataset **out,
                       swp_err *err)
{
    static const char builtin[] = "builtin:";
    static const eng_reading nothing = {0};
    how = how ? how : &nothing;
    *out = NULL;
    if (strncmp(path, builtin, sizeof builtin - 1) == 0)
        return make_builtin(path + sizeof builtin - 1, out, err);
    eng_dataset *set = swp_alloc(1, sizeof *set);
    if (!set)
        return swp_fail(err, SWP_NOMEM, "no memory to read %s", path);
    bool is_input = bare > 0 && strcmp(path, "-") == 0;
    swp_status status =
        is_input ? load_input(bare, how, set, err) : load_files(path, bare, how, set, err);
    if (status != SWP_OK) {
        eng_dataset_destroy(set);
        return status;
    }
    *out = set;
    return SWP_OK;
}

swp_status eng_dataset_load(const char *path, eng_dataset **out, swp_err *err)
{
    return load(path, 0, NULL, out, err);
}

swp_status eng_dataset_load_as(const char *path, const eng_reading *how, eng_dataset **out,
                               swp_err *err)
{
    return load(path, 0, how, out, err);
}

swp_status eng_series_load(const char *path, size_t length, eng_dataset **out, swp_err *err)
{
    return load(path, length, NULL, out, err);
}

void eng_dataset_destroy(eng_dataset *set)
{
    if (!set)
        return;
    for (size_t i = 0; set->classes && i < set->n_classes; i++)
        swp_free(set->classes[i].name);
    swp_free(set->classes);
    swp_free(set->values);
    swp_free(set->labels);
    swp_free(set->first_missing);
    swp_free(set->header);
    swp_free(set->label_place);
    swp_free(set->left_out);
    swp_free(set->name);
    swp_free(set->source);
    swp_free(set);
}

size_t eng_dataset_class(const eng_dataset *set, const char *name)
{
    size_t i = 0;
    while (i < set->n_classes && strcmp(set->classes[i].name, name) != 0)
        i++;
    return i;
}

/* A label in a form that the readers accept: quoted unless it is plain. */
static void add_label(swp_buf *line, const char *name)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-";
    if (name[strspn(name, plain)] == '\0') {
        swp_buf_puts(line, name);
        return;
    }
    swp_buf_puts(line, "\"");
    for (; *name; name++) {
        if (*name == '"' || *name == '\\')
            swp_buf_puts(line, "\\");
        swp_buf_add(line, name, 1);
    }
    swp_buf_puts(line, "\"");
}

static void add_row(swp_buf *line, const eng_dataset *set, size_t row)
{
    add_label(line, set->classes[set->labels[row]].name);
    const float *values = set->values + row * set->length;
    for (size_t i = 0; i < set->length; i++) {
        char number[SWP_NUMBER_SIZE];
        swp_buf_puts(line, ",");
        swp_buf_puts(line, isnan(values[i]) ? "NaN" : swp_format_float(values[i], number));
    }
    swp_buf_puts(line, "\n");
}

swp_status eng_dataset_save(const eng_dataset *set, const char *path, swp_err *err)
{
    swp_file file;
    swp_status status = swp_file_create(path, &file, err);
    if (status != SWP_OK)
        return status;
    swp_buf line = {0};
    for (size_t row = 0; row < set->n_rows && file.failure == 0 && !line.failed; row++) {
        line.length = 0;
        add_row(&line, set, row);
        if (!line.failed)
            swp_file_write(&file, line.text, line.length);
    }
    if (line.failed)
        status = swp_fail(err, SWP_NOMEM, "no memory to write %s", path);
    swp_buf_deinit(&line);
    return swp_file_close(&file, status, err);
}
