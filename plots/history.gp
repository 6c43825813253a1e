# The objective of every trial by number, with the best so far.
# history.dat: columns trial, result, kind (0 done, 1 stopped, 2 under way, 3 confirms), best so far.
wide = 1600
entries = 1
do for [k = 1:4] { if (found[k] > 0) { entries = entries + 1 } }
rows = key_rows(entries, wide, 11) # 'best so far'
high = 1000 + 31.0 * (rows - 1) / shrinks(wide)
load 'style.gp'
data = name.'.dat'

set xrange [0.5 : last + 0.5]
set xtics whole_step(last, wide / 64)
set xlabel 'trial'
set ylabel fit(value_title, high - 200)
if (logarithmic) {
    set logscale y
    set yrange [value_low / 1.15 : value_high * 1.15]
} else {
    set yrange [padded(value_low, value_high, -0.04) : padded(value_low, value_high, 0.04)]
}
set lmargin at screen 125.0 / wide
set rmargin at screen 1 - 48.0 / wide
set tmargin at screen from_top(139 + 31 * rows)
set bmargin at screen 110.0 / high
set key at screen 1 - 48.0 / wide, from_top(110) right top horizontal maxcols key_columns(wide, 11)

array kind_titles[4] = ['done', 'stopped', 'under way', 'confirms']
array kind_shapes[4] = [7, 6, 8, 13]
array kind_colors[4] = [blue, grey, orange, red]
size = (last > 300 ? 0.7 : last > 60 ? 1 : 1.5) * dot
of_kind(k) = column(3) == k - 1 ? column(2) : NaN
plot data using 1:4 with steps linewidth 2.5 linecolor rgb red title 'best so far', \
     for [k = 1:4] data using 1:(of_kind(k)) with points pointtype kind_shapes[k] pointsize size \
         linewidth 2 linecolor rgb kind_colors[k] title found[k] > 0 ? kind_titles[k] : '', \
     data using ($1 == best ? $1 : NaN):2 with points linewidth 2.5 linecolor rgb red pointtype 6 \
         pointsize 2.8 * dot notitle, \
     for [i = 1 : tips && last <= 500 ? 1 : 0] data using 1:2:(sprintf('trial %d: %.4g', $1, $2)) with @tip
set output
