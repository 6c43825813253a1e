/* The first pass over delimited text. The delimiter is found from the first lines; then all lines
 * are read once, and only the fields at both ends are looked at, where labels, indexes and empty
 * columns are. For speed, a line without quotes is not split: its delimiters are counted, and the
 * fields are searched from both ends. */
#include "engine/data/survey_priv.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"

#define SAMPLE_LINES 16
#define FIRST_SLOTS  64u   /* a power of two */
#define MOST_SEEN    8192u /* values of a column that are compared; others are taken to differ */

/* A set of hashes, at most half full. */
struct eng_seen {
    uint64_t *slots; /* 0: free */
    size_t n, capacity;
};

/* Meant as a number but not readable as one: not a label and not a name; refused as a value. */
static bool is_strange_number(const char *field)
{
    static const char minus[] = "\xe2\x88\x92"; /* the typographic sign */
    double number;
    if (strncmp(field, minus, 3) == 0)
        return swp_scan_double(field + 3, &number) != NULL;
    const char *comma = swp_scan_double(field, &number);
    if (comma) /* 0,5, or "1 0" of the line "1 0,5" that was split at its commas */
        return (*comma == ',' || *comma == ' ') && swp_scan_double(comma + 1, &number);
    field += *field == '-' || *field == '+';
    return strcasecmp(field, "inf") == 0 || strcasecmp(field, "infinity") == 0;
}

eng_field_kind eng_kind_of(const char *field)
{
    double value;
    if (swp_parse_double(field, &value))
        return value == floor(value) ? ENG_WHOLE : ENG_FRACTION;
    if (eng_is_missing(field))
        return ENG_GAP;
    return is_strange_number(field) ? ENG_FRACTION : ENG_TEXT;
}

bool eng_decimal_point(char *field)
{
    char *comma = strchr(field, ',');
    if (strspn(field, "+-.,0123456789eE") != strlen(field)) /* no number */
        return true;
    if (strchr(field, '.'))
        return false;
    if (comma)
        *comma = '.';
    return true;
}

/* --- the delimiter ---------------------------------------------------------------------------- */

/* Counts of what a line has outside of quotes. */
typedef struct marks {
    size_t semicolons, tabs, commas;
    size_t decimal_commas; /* between digits, in quotes, too: of these, `quoted` */
    size_t bare_commas;    /* before a digit only: ,5 */
    size_t quoted;
} marks;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static marks count_marks(const char *text)
{
    marks m = {0};
    char quote = '\0';
    bool at_start = true;
    for (const char *c = text; *c; c++) {
        bool decimal = *c == ',' && is_digit(c[1]);
        bool bare = decimal && (c == text || strchr(" \t;+-\"'", c[-1]));
        decimal &= c > text && is_digit(c[-1]);
        m.decimal_commas += decimal;
        m.bare_commas += bare;
        if (quote) {
            m.quoted += decimal || bare;
            if (*c == '\\' && c[1])
                c++;
            else if (*c == quote)
                quote = '\0';
            continue;
        }
        if (at_start && (*c == '"' || *c == '\'')) {
            quote = *c;
            continue;
        }
        m.semicolons += *c == ';';
        m.tabs += *c == '\t';
        m.commas += *c == ',';
        at_start = strchr(" \t,;", *c) != NULL;
    }
    return m;
}

/* "sep=;", which Excel writes and reads. */
static char sep_of(const char *text)
{
    text += *text == '"';
    if (strncasecmp(text, "sep=", 4) != 0 || text[4] == '\0')
        return '\0';
    const char *rest = text + 5;
    rest += strspn(rest, ",;\" ");
    return *rest == '\0' && strchr(",;\t", text[4]) ? text[4] : '\0';
}

/* Is `of` the same number, above 0, in all sampled lines, and every comma a decimal one? */
static bool is_even(const marks *m, size_t n, size_t offset, bool *decimal)
{
    bool even = n > 0, bare = false;
    *decimal = false;
    for (size_t i = 0; i < n; i++) {
        size_t count = *(const size_t *)(const void *)((const char *)&m[i] + offset);
        size_t first = *(const size_t *)(const void *)((const char *)&m[0] + offset);
        size_t decimals = m[i].decimal_commas + m[i].bare_commas;
        even &= count > 0 && count == first && m[i].commas + m[i].quoted == decimals &&
                m[i].commas <= count + 1;
        *decimal |= m[i].decimal_commas > 0;
        bare |= m[i].bare_commas > m[i].quoted;
    }
    return even && (*decimal || !bare);
}

static swp_status find_delimiter(eng_survey *s, eng_lines *lines, swp_err *err)
{
    marks found[SAMPLE_LINES];
    size_t n = 0;
    bool more, decimal;
    while (n < SAMPLE_LINES) {
        swp_status status = eng_lines_next(lines, "#%", &more, err);
        if (status != SWP_OK)
            return status;
        if (!more)
            break;
        char sep = n == 0 && s->sep_line == 0 ? sep_of(lines->text) : '\0';
        if (sep) {
            s->delimiter = sep;
            s->sep_line = lines->number;
            continue;
        }
        found[n++] = count_marks(lines->text);
    }
    size_t first_commas = n > 0 ? found[0].commas : 0;
    if (s->delimiter) {
        size_t offset = s->delimiter == ';' ? offsetof(marks, semicolons) : offsetof(marks, tabs);
        s->decimal_comma = s->delimiter != ',' && is_even(found, n, offset, &decimal) && decimal;
    } else if (is_even(found, n, offsetof(marks, semicolons), &decimal)) {
        s->delimiter = ';';
        s->decimal_comma = decimal;
    } else if (is_even(found, n, offsetof(marks, tabs), &decimal)) {
        s->delimiter = '\t';
        s->decimal_comma = decimal;
    } else {
        s->delimiter = first_commas > 0 ? ',' : n > 0 && found[0].tabs > 0 ? '\t' : ' ';
    }
    return SWP_OK;
}

swp_status eng_survey_line(const eng_survey *s, eng_lines *lines, bool *more, swp_err *err)
{
    swp_status status = eng_lines_next(lines, "#%", more, err);
    if (status == SWP_OK && *more && s->sep_line == lines->number)
        status = eng_lines_next(lines, "#%", more, err);
    return status;
}

/* --- the ends of a line ----------------------------------------------------------------------- */

/* Fields of one line: those at the start, and those at the end, the last one first. */
typedef struct ends {
    size_t n; /* of the whole line */
    char *front[ENG_EDGES], *back[ENG_EDGES];
} ends;

static size_t count_byte(const char *text, size_t n, char byte)
{
    size_t count = 0;
    while (n > 0) { /* in steps whose count fits a byte, which the compiler vectorises */
        size_t step = n < 255 ? n : 255;
        unsigned char part = 0;
        for (size_t i = 0; i < step; i++)
            part = (unsigned char)(part + (text[i] == byte));
        count += part;
        text += step;
        n -= step;
    }
    return count;
}

/* Cut blanks off both ends of a field that ends at `end`. */
static char *trimmed(char *field, char *end, char delimiter)
{
    const char *blanks = delimiter == '\t' ? " " : " \t";
    while (end > field && strchr(blanks, end[-1]))
        end--;
    *end = '\0';
    return field + strspn(field, blanks);
}

static void find_ends(eng_lines *lines, char delimiter, ends *out)
{
    char *start = lines->text, *end = start + lines->size;
    out->n = 1 + count_byte(start, lines->size, delimiter);
    size_t most = out->n < ENG_EDGES ? out->n : ENG_EDGES;
    /* The last fields first: cutting the first ones writes NULs, which would end that search. */
    char *cuts[ENG_EDGES], *at = end;
    for (size_t i = 0; i < most; i++) {
        while (at > start && at[-1] != delimiter)
            at--;
        cuts[i] = at;
        if (at > start)
            at--;
    }
    at = start;
    char *front_ends[ENG_EDGES];
    for (size_t i = 0; i < most; i++) {
        out->front[i] = at;
        char *stop = memchr(at, delimiter, (size_t)(end - at));
        front_ends[i] = stop ? stop : end;
        at = stop ? stop + 1 : end;
    }
    char *back_end = end;
    for (size_t i = 0; i < most; i++) {
        out->back[i] = trimmed(cuts[i], back_end, delimiter);
        back_end = cuts[i] > start ? cuts[i] - 1 : start;
    }
    for (size_t i = 0; i < most; i++)
        out->front[i] = trimmed(out->front[i], front_ends[i], delimiter);
}

static swp_status split_ends(const eng_survey *s, eng_lines *lines, eng_fields *fields, ends *out,
                             swp_err *err)
{
    bool quoted = memchr(lines->text, '"', lines->size) || memchr(lines->text, '\'', lines->size);
    if (s->delimiter != ' ' && !quoted) {
        find_ends(lines, s->delimiter, out);
        return SWP_OK;
    }
    swp_status status = eng_fields_split(fields, lines, lines->text, s->delimiter, err);
    out->n = fields->n;
    for (size_t i = 0; status == SWP_OK && i < ENG_EDGES && i < fields->n; i++) {
        out->front[i] = fields->at[i];
        out->back[i] = fields->at[fields->n - 1 - i];
    }
    return status;
}

/* --- the columns ------------------------------------------------------------------------------ */

static uint64_t *find_slot(const eng_seen *seen, uint64_t hash)
{
    size_t at = (size_t)(hash ^ hash >> 32) & (seen->capacity - 1);
    while (seen->slots[at] && seen->slots[at] != hash)
        at = (at + 1) & (seen->capacity - 1);
    return &seen->slots[at];
}

static bool grow_seen(eng_seen *seen)
{
    eng_seen larger = {.capacity = seen->capacity ? 2 * seen->capacity : FIRST_SLOTS, .n = seen->n};
    larger.slots = swp_alloc(larger.capacity, sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < seen->capacity; i++) {
        if (seen->slots[i])
            *find_slot(&larger, seen->slots[i]) = seen->slots[i];
    }
    swp_free(seen->slots);
    *seen = larger;
    return true;
}

/* Record whether the value was in the column before. False: no memory. */
static bool see(eng_seen *seen, const char *field, bool *before)
{
    uint64_t hash = swp_hash(field, strlen(field), SWP_HASH_START);
    hash += hash == 0;
    if (2 * seen->n >= seen->capacity && seen->n < MOST_SEEN && !grow_seen(seen))
        return false;
    uint64_t *slot = find_slot(seen, hash);
    *before |= *slot != 0;
    if (*slot == 0 && seen->n < MOST_SEEN) {
        *slot = hash;
        seen->n++;
    }
    return true;
}

/* False: no memory. */
static bool look_below(eng_survey *s, eng_column *c, size_t line, char *field)
{
    if (s->decimal_comma)
        (void)eng_decimal_point(field); /* a mixture is refused where the value is read */
    eng_field_kind kind = eng_kind_of(field);
    double number = 0;
    c->empty &= *field == '\0';
    c->n_texts += kind == ENG_TEXT;
    c->n_gaps += kind == ENG_GAP;
    c->n_fractions += kind == ENG_FRACTION;
    if ((kind == ENG_GAP || kind == ENG_FRACTION) && !c->misfit)
        c->misfit = line;
    if (kind == ENG_TEXT && eng_is_label_word(field))
        c->word_again = true;
    bool is_number = swp_parse_double(field, &number);
    if (s->n_below == 1) {
        c->counts = is_number;
        c->first = number;
    } else {
        c->counts &= is_number && number == c->last + 1;
    }
    c->last = number;
    if (!c->top_occurs)
        c->top_occurs = strcmp(field, s->top.at[c->index]) == 0;
    return (c->repeats && c->misfit) || see(c->seen, field, &c->repeats);
}

static swp_status keep(const eng_survey *s, const eng_lines *lines, char **text, eng_fields *fields,
                       swp_err *err)
{
    *text = swp_strdup(lines->text);
    if (!*text)
        return swp_fail(err, SWP_NOMEM, "no memory to read %s", lines->path);
    swp_status status = eng_fields_split(fields, lines, *text, s->delimiter, err);
    for (size_t i = 0; status == SWP_OK && s->decimal_comma && i < fields->n; i++)
        (void)eng_decimal_point(fields->at[i]);
    return status;
}

static swp_status begin(eng_survey *s, eng_lines *lines, swp_err *err)
{
    swp_status status = keep(s, lines, &s->top_text, &s->top, err);
    if (status != SWP_OK)
        return status;
    s->first_line = lines->number;
    s->n_fields = s->top.n;
    for (size_t i = 0; i < s->n_fields; i++) {
        if (i >= ENG_EDGES && i + ENG_EDGES < s->n_fields)
            continue;
        eng_seen *seen = swp_alloc(1, sizeof *seen);
        if (!seen)
            return swp_fail(err, SWP_NOMEM, "no memory to read %s", lines->path);
        s->columns[s->n_columns++] =
            (eng_column){.index = i, .empty = *s->top.at[i] == '\0', .seen = seen};
    }
    return SWP_OK;
}

static swp_status refuse_length(const eng_survey *s, const eng_lines *lines, size_t n, swp_err *err)
{
    swp_status status = eng_lines_fail(lines, err, "expected %zu fields as in line %zu, found %zu",
                                       s->n_fields, s->first_line, n);
    eng_hint_lengths(err);
    return status;
}

static swp_status look_at_all(eng_survey *s, eng_lines *lines, eng_fields *fields, swp_err *err)
{
    for (;;) {
        bool more;
        swp_status status = eng_survey_line(s, lines, &more, err);
        if (status != SWP_OK || !more)
            return status;
        if (s->first_line == 0) {
            status = begin(s, lines, err);
            if (status != SWP_OK)
                return status;
            continue;
        }
        s->n_below++;
        ends line = {0};
        if (s->n_below == 1)
            status = keep(s, lines, &s->second_text, &s->second, err);
        if (status == SWP_OK)
            status = split_ends(s, lines, fields, &line, err);
        if (status == SWP_OK && line.n != s->n_fields)
            status = refuse_length(s, lines, line.n, err);
        if (status != SWP_OK)
            return status;
        for (size_t i = 0; i < s->n_columns; i++) {
            size_t at = s->columns[i].index;
            char *field = at < ENG_EDGES ? line.front[at] : line.back[s->n_fields - 1 - at];
            if (!look_below(s, &s->columns[i], lines->number, field))
                return swp_fail(err, SWP_NOMEM, "no memory to read %s", lines->path);
        }
    }
}

swp_status eng_survey_init(eng_survey *s, eng_lines *lines, swp_err *err)
{
    *s = (eng_survey){0};
    eng_fields fields = {0};
    swp_status status = find_delimiter(s, lines, err);
    if (status == SWP_OK)
        status = eng_lines_rewind(lines, err);
    if (status == SWP_OK)
        status = look_at_all(s, lines, &fields, err);
    eng_fields_deinit(&fields);
    return status;
}

void eng_survey_deinit(eng_survey *s)
{
    for (size_t i = 0; i < s->n_columns; i++) {
        swp_free(s->columns[i].seen->slots);
        swp_free(s->columns[i].seen);
    }
    eng_fields_deinit(&s->top);
    eng_fields_deinit(&s->second);
    swp_free(s->top_text);
    swp_free(s->second_text);
    *s = (eng_survey){0};
}

const eng_column *eng_survey_column(const eng_survey *s, size_t index)
{
    for (size_t i = 0; i < s->n_columns; i++) {
        if (s->columns[i].index == index)
            return &s->columns[i];
    }
    return NULL;
}

size_t eng_survey_distinct(const eng_survey *s, size_t index)
{
    const eng_column *c = eng_survey_column(s, index);
    return c ? c->seen->n : 0;
}

bool eng_survey_has_texts(const eng_survey *s, size_t index)
{
    const eng_column *c = eng_survey_column(s, index);
    return c && c->n_texts > 0;
}
