# Replace measured seconds by `#`: they differ from run to run. Columns of seconds are known by their
# titles: train_s, eval_s, seconds, work_s, wall_s, elapsed_s, left_s, ended_s.
#   CSV     the columns of a heading that has such a name
#   table   words that end in the column where such a title ends, up to the next empty line
#   JSON    "train_s": 0.1
BEGIN {
    number = "[0-9]+([.][0-9]+)?(e-?[0-9]+)?"
    title = "(train_s|eval_s|seconds|work_s|wall_s|elapsed_s|left_s|share_s)"
}

function mask_csv(    i, fields, n, line) {
    n = split($0, fields, ",")
    for (i = 1; i <= n; i++) {
        if (i in timed && fields[i] ~ ("^" number "$"))
            fields[i] = "#"
        line = line (i > 1 ? "," : "") fields[i]
    }
    return line
}

function mask_table(line,    end, from) {
    for (end in ends) {
        end += 0
        for (from = end; from > 0 && substr(line, from, 1) !~ /[ |]/; from--)
            ;
        if (substr(line, from + 1, end - from) ~ ("^" number "$"))
            line = substr(line, 1, from) sprintf("%" (end - from) "s", "#") substr(line, end + 1)
    }
    return line
}

{
    line = $0
    while (match(line, "\"" title "\": ?" number)) {
        found = substr(line, RSTART, RLENGTH)
        sub(number "$", "#", found)
        line = substr(line, 1, RSTART - 1) found substr(line, RSTART + RLENGTH)
    }
    if (line == "") {
        split("", timed)
        split("", ends)
        is_csv = is_table = 0
    }
    if (line ~ /^[a-z][a-z0-9_.]*(,[a-z][a-z0-9_.]*)+$/) {
        n = split(line, names, ",")
        split("", timed)
        for (i = 1; i <= n; i++)
            if (names[i] ~ ("^" title "(_sd|_ci95)?$"))
                timed[i] = 1
        is_csv = 1
    } else if (line ~ /  / && line ~ ("(^|[ |])" title "( |$)")) {
        split("", ends)
        for (at = 1; match(substr(line, at), "(^|[ |])" title "( |$)"); at = end) {
            end = at + RSTART + RLENGTH - 2
            if (substr(line, end, 1) == " ")
                end--
            ends[end] = 1
            end++
        }
        is_table = 1
    } else if (is_csv) {
        $0 = line
        line = mask_csv()
    } else if (is_table) {
        line = mask_table(line)
    }
    print line
}
