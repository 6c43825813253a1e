# The objective of every trial over each parameter, a panel for each.
# slice.dat: block i - 1 holds panel i; columns place, result, trial, kind (0 done, 1 stopped,
# 2 under way, 3 confirms). scales: 1 logarithmic, 0 linear, -1 words. Later trials are lighter.
wide = 1600
columns = fitting_columns(n < 4 ? n : n == 4 ? 2 : 3, wide, 180)
rows = (n + columns - 1) / columns
high = is_slim(wide) ? (255 + 290 * rows) / shrinks(wide) : 255 + 470 * rows
load 'style.gp'
data = name.'.dat'
edge_left = 135.0
edge_top = 150.0
edge_bottom = 105.0
gap_y = 110.0
gap_x = 55.0

# A word in so many pixels.
cut(text, room) = 11 * strlen(text) + 10 <= room || room < 40 ? text : text[1 : int(room / 11) - 2].'..'
size = (last - first > 300 ? 0.7 : last - first > 60 ? 1 : 1.4) * dot
tone(trial) = ramp(last > first ? (trial - first) / (last - first + 0.0) : 0.3)
done(kind) = kind == 1 ? NaN : 1
stopped(kind) = kind == 1 ? 1 : NaN
if (logarithmic) {
    set logscale y
    set yrange [value_low / 1.15 : value_high * 1.15]
} else {
    set yrange [padded(value_low, value_high, -0.06) : padded(value_low, value_high, 0.06)]
}
set key off
set multiplot
do for [i = 1:n] {
    if (i > 1) { do for [k = 1:3] { unset label k } }
    unset logscale x
    first_x = lows[i] + 0.0
    last_x = highs[i] + 0.0
    if (scales[i] == 1) {
        set logscale x
        set xrange [first_x / (last_x / first_x) ** 0.05 : last_x * (last_x / first_x) ** 0.05]
    } else {
        if (scales[i] == 0) { set xrange [padded(first_x, last_x, -0.05) : padded(first_x, last_x, 0.05)] }
        if (scales[i] < 0) { set xrange [first_x : last_x] }
    }
    # A tick for each of these values; its label only where there is room since the last one.
    set xtics ()
    set format x ''
    at(x) = scales[i] == 1 ? log(x / first_x) / log(last_x / first_x) : (x - first_x) / (last_x - first_x)
    end = -1.0
    do for [k = 1:n_tics] {
        if (tic_panel[k] == i) {
            text = scales[i] < 0 ? cut(tic_label[k], panel_wide(columns) / (last_x - first_x)) : tic_label[k]
            half = 0.5 * (11 * strlen(text) + 10) / (0.9 * panel_wide(columns))
            fits = scales[i] < 0 || at(tic_place[k]) - half > end
            if (fits) { end = at(tic_place[k]) + half }
            set xtics add ((fits ? text : '') tic_place[k])
        }
    }
    set lmargin at screen panel_left(i)
    set rmargin at screen panel_right(i)
    set tmargin at screen panel_top(i)
    set bmargin at screen panel_bottom(i)
    set xlabel titles[i] font title_font(titles[i], panel_wide(columns))
    if ((i - 1) % columns == 0) {
        set ylabel fit(value_title, panel_high(rows))
        set format y '%h'
    } else {
        unset ylabel
        set format y ''
    }
    plot data index i - 1 using 1:($2 * done($4)):(tone($3)) with points pointtype 7 pointsize size \
             linecolor rgb variable, \
         data index i - 1 using 1:($2 * stopped($4)) with points pointtype 6 pointsize size \
             linewidth 1.5 linecolor rgb grey, \
         data index i - 1 using 1:($3 == best ? $2 : NaN) with points linewidth 2.5 linecolor rgb red \
             pointtype 6 pointsize 2.6 * dot, \
         for [k = 1 : tips && last - first < 500 ? 1 : 0] data index i - 1 using 1:2:(sprintf('trial %d: %.4g', $3, $2)) \
             with @tip
}
unset multiplot
set output
