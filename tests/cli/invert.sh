# invert and sample --from-latents: images there and back, equal noise of two runs, and what is refused.
galatea data synth --size 16 --count 40 --seed 1 --out sky.h5 >/dev/null || fail "no data"
for seed in 1 2; do
    galatea train glow --preset tiny --data sky.h5 --out run$seed --epochs 1 --seed $seed --threads 1 --quiet || fail "no run"
done
for kind in eps z; do
    expect 0 galatea invert run1 --data sky.h5 --kind $kind --out $kind.h5 --threads 1
    says out "max |$kind|"
    says out "level_2"
    expect 0 galatea sample run1 --from-latents $kind.h5 --out from_$kind.h5 --threads 1
    says out "from_$kind.h5: 40 images"
done
expect 2 galatea data info eps.h5
one_line "eps.h5: latents, no data set; galatea info tells of them"
expect 0 galatea sample run1 --from-latents eps.h5 --count 3 --out some.h5 --threads 1
says out "some.h5: 3 images"
expect 0 galatea invert run1 --data sky.h5 from_eps.h5 --figure l.png --json --threads 1
says out '"round_trip_median"'
says out '"above_0.01": 0'
says out '"file": "from_eps.h5"'
expect 0 galatea report run1 l.png --out page.html
grep -q "Latents of images" page.html || fail "the page has no part for latents"

# One seed, one noise, whatever was learned.
for seed in 1 2; do
    expect 0 galatea sample run$seed --count 5 --seed 3 --save-latents noise$seed.h5 --out s$seed.h5 --threads 1
    expect 0 galatea sample run$seed --from-latents noise1.h5 --out t$seed.h5 --threads 1
done

# z of one run are no z of another; a seed means nothing where there are latents.
expect 0 galatea sample run2 --from-latents z.h5 --out other.h5 --threads 1
says err "z.h5 holds z of other weights (glow, epoch 1 of run1): these make other images"
expect 0 galatea sample ./run1/best.safetensors --from-latents z.h5 --seed 4 --out same.h5 --threads 1
grep -q "makes other images" err && fail "its own latents are told to be those of others"
says err "--seed has no effect beside --from-latents"

# Latents of another kind of file, of other shapes, of another temperature.
expect 1 galatea sample run1 --from-latents sky.h5 --out no.h5
one_line "; expected HDF5 with 'level_0' (N,"
expect 2 galatea sample run1 --from-latents z.h5 --temperature 0.7 --out no.h5
one_line "temperature 0.7: latents z have a deviation of their own, expected 1"
expect 1 galatea sample run1 --from-latents eps.h5 --count 41 --out no.h5
one_line "count 41: eps.h5 has the latents of 40 images"
expect 2 galatea sample run1 --from-latents eps.h5 --save-latents n.h5 --out no.h5
one_line "latents are those of eps.h5: there is no noise to save"
galatea train glow --preset tiny --levels 2 --data sky.h5 --out flat --epochs 1 --threads 1 --quiet || fail "no run"
expect 1 galatea sample flat --from-latents eps.h5 --out no.h5
one_line "eps.h5: 'level_1' is float32 (N,4,4,4), expected float32 (N,8,4,4)"
galatea train gan --preset tiny --data sky.h5 --out gan --epochs 1 --threads 1 --quiet || fail "no run"
expect 1 galatea invert gan --data sky.h5 --out no.h5
one_line "gan is a run of model gan, which cannot tell what images are made of"
expect 1 galatea sample gan --from-latents eps.h5 --out no.h5
one_line "eps.h5: no array 'z', expected one of (N,16)"
[ ! -e no.h5 ] && [ ! -e n.h5 ] || fail "a refused call left a file"
exit 0
