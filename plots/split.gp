# How many sequences train, validate and test.
# split.dat: one column: training, validation, normal test, abnormal test, not used.
wide = 1600
high = is_slim(wide) ? 500 / shrinks(wide) : 700
load 'style.gp'
data = name.'.dat'

array names[5] = ['training (normal)', 'validation (normal)', 'test (normal)', \
                  'test (abnormal)', 'not used']
array colors[5] = [blue, blue, blue, orange, '#bbbbbb']
stats data using 1 nooutput name 'count'
share(count) = sprintf(' %d  (%.1f %%)', count, 100.0 * count / count_sum)
set key off
# The longest bar leaves room for its number.
across = wide - 50.0 - 250.0
numbers = 11.0 * strlen(share(count_max)) + 10
set xrange [0 : count_max > 0 ? count_max * across / (across - numbers) : 1]
set xtics step_above(count_max / ((across - numbers) / 85))
set yrange [5.6 : 0.4]
set xlabel 'sequences'
set lmargin at screen 250.0 / wide
set rmargin at screen 1 - 50.0 / wide
set tmargin at screen from_top(120)
set bmargin at screen 100.0 / high
set ytics scale 0 ()
do for [i = 1:5] { set ytics add (names[i] i) }
set grid noytics
set style fill solid 1 noborder
plot for [i = 1:5] data using ($1 / 2.0):(i):($1 / 2.0):(0.36) every ::i - 1::i - 1 \
         with boxxyerror linecolor rgb colors[i], \
     data using 1:($0 + 1):(share($1)) with labels left textcolor rgb ink
set output
