# Training and validation loss of one trial, with the epoch whose weights are used.
# NAME.dat: columns epoch, training loss, validation loss.
wide = 1600
key_chars = 17 # 'selected epoch 25'
rows = key_rows(3, wide, key_chars)
high = 1000 + 31.0 * (rows - 1) / shrinks(wide)
load 'style.gp'
data = name.'.dat'

set xrange [0.5 : epochs + 0.5]
set format y number_format(value_low, value_high)
set yrange [padded(value_low, value_high, -0.04) : padded(value_low, value_high, 0.04)]
set xtics whole_step(epochs, wide / 64)
set xlabel 'epoch'
set ylabel fit(unit, high - 200)
set lmargin at screen 125.0 / wide
set rmargin at screen 1 - 48.0 / wide
set tmargin at screen from_top(139 + 31 * rows)
set bmargin at screen 110.0 / high
set key at screen 1 - 48.0 / wide, from_top(110) right top horizontal maxcols key_columns(wide, key_chars)

set arrow 1 from selected, graph 0 to selected, graph 1 nohead linecolor rgb grey linewidth 1 \
    dashtype (4, 6) back
plot data using 1:2 with linespoints linewidth 2.5 dashtype (10, 5) linecolor rgb orange \
         pointtype 5 pointsize 0.8 * dot title 'training', \
     data using 1:3 with linespoints linewidth 2.5 linecolor rgb blue \
         pointtype 7 pointsize 0.9 * dot title 'validation', \
     data using ($1 == selected ? $1 : NaN):3 with points linewidth 2.5 linecolor rgb red \
         pointtype 6 pointsize 2.8 * dot title sprintf('selected epoch %d', selected), \
     for [k = 2 : tips ? 3 : 1] data using 1:k:(sprintf('epoch %d: %.4g', $1, column(k))) \
         with @tip
set output
