/* The format of a file. Binary formats are known by their first bytes, text formats by the first
 * line that is not blank. Other known files (a web page, a Parquet file, a pointer of git-lfs) are
 * refused with a hint how to get the data. */
#include "engine/data/format_priv.h"

#include <string.h>
#include <strings.h>

const eng_format *const eng_formats[] = {&eng_format_arff, &eng_format_ts, &eng_format_text, NULL};

const eng_binary_format *const eng_binary_formats[] = {&eng_format_npy, &eng_format_npz, NULL};

/* Files that are not data, or not in a readable form: how they begin, what they are, what to do. */
typedef struct foreign {
    const char *start;
    size_t n;
    const char *found, *hint;
} foreign;

#define BEGINS(text) text, sizeof(text) - 1

static const foreign binaries[] = {
    {BEGINS("PAR1"), "a Parquet file",
     "convert it: python3 -c 'import pandas; "
     "pandas.read_parquet(\"FILE\").to_csv(\"FILE.csv\", index=False)'"},
    {BEGINS("ARROW1"), "a Feather file",
     "convert it: python3 -c 'import pandas; "
     "pandas.read_feather(\"FILE\").to_csv(\"FILE.csv\", index=False)'"},
    {BEGINS("\x89HDF\r\n\x1a\n"), "an HDF5 file",
     "write its arrays to an .npz file: numpy.savez(\"FILE.npz\", X=X, y=y)"},
    {BEGINS("MATLAB 5.0 MAT-file"), "a MATLAB file",
     "write its arrays to an .npz file: scipy.io.loadmat, then numpy.savez(\"FILE.npz\", X=X, "
     "y=y)"},
    {BEGINS("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "an Excel file (.xls)", "save the sheet as CSV"},
    {BEGINS("BZh"), "a bzip2 file", "unpack it first: bunzip2 FILE"},
    {BEGINS("\xfd"
            "7zXZ"),
     "an xz file", "unpack it first: unxz FILE"},
    {BEGINS("\x28\xb5\x2f\xfd"), "a zstd file", "unpack it first: unzstd FILE"},
    {BEGINS("7z\xbc\xaf\x27\x1c"), "a 7z archive", "unpack it first and name one of its files"},
    {BEGINS("Rar!\x1a\x07"), "a RAR archive", "unpack it first and name one of its files"},
    {BEGINS("\x80\x02"), "a Python pickle", ENG_HINT_PICKLE},
    {BEGINS("\x80\x03"), "a Python pickle", ENG_HINT_PICKLE},
    {BEGINS("\x80\x04"), "a Python pickle", ENG_HINT_PICKLE},
    {BEGINS("\x80\x05"), "a Python pickle", ENG_HINT_PICKLE},
    {BEGINS("%PDF-"), "a PDF file", "name the file with the data"},
    {BEGINS("SQLite format 3"), "an SQLite database", "name the file with the data"},
    {BEGINS("RDX3\n"), "an R data file",
     "write the data frame: write.csv(x, FILE, row.names = FALSE)"},
};

static const foreign texts[] = {
    {BEGINS("version https://git-lfs"), "a git-lfs pointer, not the data it stands for",
     "fetch the data: git lfs pull"},
    {BEGINS("<!doctype html"), "a web page (HTML), not the data",
     "the download gave a page, perhaps one that asks to log in: download the file itself"},
    {BEGINS("<html"), "a web page (HTML), not the data",
     "the download gave a page, perhaps one that asks to log in: download the file itself"},
    {BEGINS("<?xml"), "an XML file", "write the data as text: one sequence a line, with its label"},
    {BEGINS("{\""), "a JSON file", "write the data as text: one sequence a line, with its label"},
    {BEGINS("[{\""), "a JSON file", "write the data as text: one sequence a line, with its label"},
};

static const foreign *find_foreign(const foreign *list, size_t n, const char *start, size_t size,
                                   bool any_case)
{
    for (size_t i = 0; i < n; i++) {
        if (size < list[i].n)
            continue;
        if (any_case ? strncasecmp(start, list[i].start, list[i].n) == 0
                     : memcmp(start, list[i].start, list[i].n) == 0)
            return &list[i];
    }
    return NULL;
}

static swp_status refuse(const char *path, const foreign *what, swp_err *err)
{
    swp_status status =
        swp_fail(err, SWP_FORMAT, "%s:1: expected a data set, found %s", path, what->found);
    swp_hint(err, "%s", what->hint);
    return status;
}

static swp_status read_lines(eng_lines *lines, eng_rows *rows, swp_err *err)
{
    bool more;
    swp_status status = eng_lines_next(lines, "%#", &more, err);
    if (status != SWP_OK)
        return status;
    if (!more)
        return swp_fail(err, SWP_FORMAT, "%s:1: expected rows, found %s", lines->path,
                        lines->number == 0 ? "an empty file" : "only comments and blank lines");
    const char *text = lines->text + strspn(lines->text, " \t");
    const foreign *what =
        find_foreign(texts, sizeof texts / sizeof texts[0], text, strlen(text), true);
    if (what)
        return refuse(lines->path, what, err);
    const eng_format *const *format = eng_formats;
    while ((*format)->knows && !(*format)->knows(lines->text))
        format++;
    status = eng_lines_rewind(lines, err);
    if (status != SWP_OK)
        return status;

    size_t before = rows->n;
    status = (*format)->read(lines, rows, err);
    if (status == SWP_OK && rows->n == before)
        return eng_lines_fail(lines, err, "expected rows of data, found the end of the file");
    return status;
}

static swp_status read_text(eng_input *input, eng_rows *rows, swp_err *err)
{
    eng_lines lines;
    swp_status status = eng_lines_open(&lines, input, err);
    if (status == SWP_OK)
        status = read_lines(&lines, rows, err);
    eng_lines_close(&lines);
    return status;
}

/* Read the first bytes of an open input, and rewind it. */
static swp_status look(eng_input *input, unsigned char start[ENG_MAGIC], size_t *n, swp_err *err)
{
    swp_status status = eng_input_read(input, start, ENG_MAGIC, n, err);
    return status == SWP_OK ? eng_input_rewind(input, err) : status;
}

static swp_status read_input(eng_input *input, eng_rows *rows, swp_err *err)
{
    unsigned char start[ENG_MAGIC];
    size_t n;
    swp_status status = look(input, start, &n, err);
    if (status != SWP_OK)
        return status;
    for (size_t i = 0; eng_binary_formats[i]; i++) {
        if (eng_binary_formats[i]->knows(start, n))
            return eng_binary_formats[i]->read(input, rows, err);
    }
    const foreign *what =
        find_foreign(binaries, sizeof binaries / sizeof binaries[0], (const char *)start, n, false);
    return what ? refuse(input->path, what, err) : read_text(input, rows, err);
}

static swp_status read_file(const char *path, eng_rows *rows, swp_err *err)
{
    eng_input input;
    swp_status status = eng_input_open(&input, path, err);
    if (status == SWP_OK)
        status = read_input(&input, rows, err);
    eng_input_close(&input);
    return status;
}

/* Whether two files are arrays of which the second holds the labels of the first; if so, read both.
 */
static swp_status try_arrays(char *const paths[2], eng_rows *rows, bool *done, swp_err *err)
{
    eng_input first, second = {.file = -1};
    unsigned char a[ENG_MAGIC], b[ENG_MAGIC];
    size_t n_a = 0, n_b = 0;
    swp_status status = eng_input_open(&first, paths[0], err);
    if (status == SWP_OK)
        status = eng_input_open(&second, paths[1], err);
    if (status == SWP_OK)
        status = look(&first, a, &n_a, err);
    if (status == SWP_OK)
        status = look(&second, b, &n_b, err);
    *done = false;
    if (status == SWP_OK && eng_format_npy.knows(a, n_a) && eng_format_npy.knows(b, n_b))
        status = eng_npy_read_pair(&first, &second, rows, done, err);
    eng_input_close(&second);
    eng_input_close(&first);
    return status;
}

swp_status eng_format_read_all(char *const *paths, size_t n, eng_rows *rows, swp_err *err)
{
    swp_status status = SWP_OK;
    bool done = false;
    if (n == 2)
        status = try_arrays(paths, rows, &done, err);
    for (size_t i = 0; status == SWP_OK && !done && i < n; i++)
        status = read_file(paths[i], rows, err);
    return status;
}
