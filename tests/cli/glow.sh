# train, sample, density with a tiny Glow: resumed runs, and what does not fit.
glow="train glow --preset tiny --data sky.h5 --threads 1 --quiet"
galatea data synth --size 16 --count 60 --seed 1 --out sky.h5 >/dev/null || fail "no data"
expect 0 galatea $glow --out run --epochs 3
expect 0 galatea $glow --out again --epochs 1
expect 0 galatea $glow --out again --epochs 3
for run in run again; do
    expect 0 galatea density $run/last.safetensors --data sky.h5 --out $run.csv
    expect 0 galatea sample $run/last.safetensors --count 3 --out $run.png
done
cmp run.csv again.csv || fail "a resumed Glow differs"

# Densities are means over draws of noise, and tell of what they are.
expect 0 galatea density run --data sky.h5 --out one.csv
says out "bits/value over 256 values of images with 1 channel, of 5 bits each; mean of 1 draw of noise, seed 0"
expect 0 galatea novelty run --data sky.h5 --top 2 --figure outliers.png # images are their own pictures
galatea info outliers.png | grep -q "^caption *The 2 objects of sky.h5" || fail "no sheet of the least likely images"
expect 0 galatea density run --data sky.h5 --out same.csv --draws 1 --seed 0
expect 0 galatea density run --data sky.h5 --out four.csv --draws 4 --json
says out '"bits": 5'
says out '"draws": 4'
says out '"channels": 1'
expect 0 galatea density run --data sky.h5 --out other.csv --draws 4 --seed 1
cmp -s one.csv same.csv || [ "$(grep -vc '^#' one.csv)" -eq 61 ] || fail "one draw is not the usual"
column() { grep -v '^#' "$1" | cut -d, -f7 | tail -n +2; }
paste -d' ' <(column one.csv) <(column four.csv) <(column other.csv) |
    awk '{ a += ($1 - $2) ^ 2; b += ($2 - $3) ^ 2; c += $1 ^ 2 }
         END { exit !(a > 0 && b > 0 && a < 0.01 * c && b < 0.01 * c) }' || fail "draws change nothing, or too much"
expect 0 galatea train glow --preset tiny --gray-copies 3 --data sky.h5 --out copies --epochs 1 --threads 1
says err "bits 5: of "
says err "are lost; more bits keep more"
expect 0 galatea density copies --data sky.h5 --json
says out '"values": 768'
bits=$(grep -m1 -o '"bits_per_value": [0-9.]*' out | cut -d' ' -f2)
awk -v b="$bits" 'BEGIN { exit !(b > 0 && b < 8) }' || fail "$bits bits a value"

# What tells early of a flow that comes apart, with warm-up and the longest gradient that is applied.
expect 0 galatea $glow --out slow --epochs 1 --warmup 5 --clip 0.5 --log-every 1
for name in largest_z least_log_s gradient_norm learning_rate; do
    head -n 1 slow/train.csv | tr , '\n' | grep -qx "$name" || fail "no column $name: $(head -n 1 slow/train.csv)"
done

# A network that has seen no batch is none.
expect 1 galatea encode run --untrained --data sky.h5 --out no.h5
one_line "glow takes first values from its first batch: without training it is no network"

# One batch size for another, and latents all at their mean.
expect 0 galatea sample run --count 3 --batch 1 --out one.h5
expect 0 galatea sample run --count 3 --temperature 0 --out cold.h5
expect 2 galatea sample run --count 3 --sampler ornstein-uhlenbeck --out no.h5
one_line "option '--sampler' is of diffusion, not of glow (galatea sample --help)"
expect 2 galatea sample run --count 3 --samper x --out no.h5
one_line "unknown option '--samper'"

# Sides that cannot be halved as often as there are levels.
galatea data synth --size 20 --count 60 --seed 1 --out odd.h5 >/dev/null || fail "no data"
expect 2 galatea train glow --preset tiny --data odd.h5 --out no --epochs 1
says err "images of 20x20: a Glow of 3 levels halves the sides 3 times; 16x16 or 24x24 would do"
[ ! -e no ] || fail "a refused training left a folder"
exit 0

# Samples of a float set stay in its range: whatever takes that set takes them.
galatea data synth --survey optical --size 16 --count 40 --seed 2 --out disks.h5 >/dev/null || fail "no data"
expect 0 galatea train glow --preset tiny --data disks.h5 --out disks --epochs 1 --batch 8 --micro-batch 16 --threads 1
expect 0 galatea sample disks --count 4 --temperature 2 --out drawn.h5
says err "lie beyond the range learned from and are cut"
expect 0 galatea density disks --data disks.h5 drawn.h5 --out both.csv
