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

# One batch size for another, and latents all at their mean.
expect 0 galatea sample run --count 3 --batch 1 --out one.h5
expect 0 galatea sample run --count 3 --temperature 0 --out cold.h5

# Sides that cannot be halved as often as there are levels.
galatea data synth --size 20 --count 60 --seed 1 --out odd.h5 >/dev/null || fail "no data"
expect 2 galatea train glow --preset tiny --data odd.h5 --out no --epochs 1
says err "images of 20x20: a Glow of 3 levels halves the sides 3 times; 16x16 or 24x24 would do"
[ ! -e no ] || fail "a refused training left a folder"
exit 0
