# The look that all charts share. `sweep plot` writes this file only where it is missing, so your
# changes stay; delete it to get the original back.
#
# A chart script sets name, format, heading and subheading, and may set wide and high (pixels),
# before it loads this file.

reset
set encoding utf8
if (!exists("part")) part = ''
# Names are data: with noenhanced, _ ^ { } @ are shown as they are.
if (format eq 'png') set terminal pngcairo noenhanced size wide, high \
    font 'DejaVu Sans,17' linewidth 1.5 background '#ffffff'
if (format eq 'svg') set terminal svg noenhanced size wide, high \
    font 'DejaVu Sans,17' fontscale 1.33 linewidth 1.5 background '#ffffff'
# One point size for both: SVG draws points larger.
dot = format eq 'svg' ? 0.6 : 1
set output name.'.'.format.part

ink = '#222222'
grey = '#666666'
pale = '#e4e4e4'
# Okabe and Ito: told apart by colour-blind readers, and in grey.
blue = '#0072b2'
orange = '#e69f00'
red = '#d55e00'

# Ordered series go from dark to light, so that their order survives in grey. The stops follow
# viridis; the last is Okabe and Ito's orange, since viridis ends too pale for a white page.
array ramp_r[5] = [ 68,  59,  33,  92, 230]
array ramp_g[5] = [  1,  82, 145, 200, 159]
array ramp_b[5] = [ 84, 139, 140,  99,   0]
mix(a, b, u) = int(a + (b - a) * u + 0.5)
ramp_rgb(k, u) = mix(ramp_r[k], ramp_r[k + 1], u) * 65536 \
               + mix(ramp_g[k], ramp_g[k + 1], u) * 256 \
               + mix(ramp_b[k], ramp_b[k + 1], u)
ramp_stop(t) = t >= 1 ? 4 : int(4 * t) + 1
ramp(t) = ramp_rgb(ramp_stop(t), 4 * t - (ramp_stop(t) - 1))
# Colour and point shape of the i-th of n series.
color(i, n) = ramp(n == 1 ? 0.3 : (i - 1.0) / (n - 1.0))
array shapes[9] = [7, 4, 9, 2, 6, 11, 13, 1, 5]
shape(i) = shapes[(i - 1) % 9 + 1]

# Distance of at most `most` tics on an axis of whole numbers up to `last`: 1, 2 or 5 * 10^k.
power(x) = 10 ** floor(log10(x))
step_above(x) = (x <= power(x) ? 1 : x <= 2 * power(x) ? 2 : x <= 5 * power(x) ? 5 : 10) * power(x)
whole_step(last, most) = last <= most ? 1 : step_above(last / most)

set border 3 linewidth 1 linecolor rgb grey
set tics nomirror out scale 0.6 textcolor rgb ink
set grid linecolor rgb pale linewidth 1 linetype 1
set key textcolor rgb ink samplen 2.5 spacing 1.25 Left reverse
set format '%h'
set title textcolor rgb ink
set xlabel textcolor rgb ink
set ylabel textcolor rgb ink
set label 1 heading at screen 0.02, 1 - 38.0 / high left font ',24' textcolor rgb ink
set label 2 subheading at screen 0.02, 1 - 82.0 / high left font ',15' textcolor rgb grey
