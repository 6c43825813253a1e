#!/bin/sh
# Calls that a library must not make (it returns errors, the program decides), and calls that belong in one
# file: numbers are parsed in engine/base/str.c, memory is allocated in engine/base/mem.c.
. "$(dirname "$0")/lib.sh"

library='exit quick_exit abort printf vprintf puts putchar putc_unlocked perror getenv secure_getenv
    rand srand random drand48 system popen scanf sscanf fscanf'
everywhere='gets strcpy strncpy strcat strncat sprintf vsprintf strtok system popen atoi atol atoll
    atof setjmp longjmp alloca'
numbers='strtod strtof strtold strtol strtoll strtoul strtoull strtoimax strtoumax'
memory='malloc calloc realloc aligned_alloc posix_memalign free strdup strndup'

files=$(list_files engine cuda results plots runner -- '*.c' '*.h' '*.cu' '*.cuh')
# shellcheck disable=SC2086 # a list of words
found=$(awk -f "$lint_dir/strip.awk" $files |
    awk -v library="$library" -v everywhere="$everywhere" -v numbers="$numbers" -v memory="$memory" '
    function ban(table, names,    words, n, i) {
        n = split(names, words, /[ \n]+/)
        for (i = 1; i <= n; i++)
            table[words[i]] = 1
    }
    BEGIN {
        ban(in_library, library)
        ban(anywhere, everywhere)
        ban(of_str, numbers)
        ban(of_mem, memory)
    }
    {
        split($0, at, ":")
        file = at[1]
        place = file ":" at[2] ": "
        code = substr($0, length(place))
        is_library = file !~ /^runner\//
        if (is_library && code ~ /(^|[^A-Za-z0-9_])stdout([^A-Za-z0-9_]|$)/)
            print place "stdout in a library"
        while (match(code, /[A-Za-z_][A-Za-z0-9_]* *\(/)) {
            before = RSTART > 1 ? substr(code, RSTART - 1, 1) : ""
            name = substr(code, RSTART, RLENGTH - 1)
            sub(/ +$/, "", name)
            code = substr(code, RSTART + RLENGTH)
            if (before == "." || before == ">" || before ~ /[0-9]/)
                continue
            if (name in anywhere)
                print place name " is banned"
            else if (is_library && (name in in_library))
                print place name " is banned in a library"
            else if ((name in of_str) && file != "engine/base/str.c")
                print place name " outside engine/base/str.c"
            else if ((name in of_mem) && file != "engine/base/mem.c")
                print place name " outside engine/base/mem.c"
        }
    }')
verdict "$found"
