# score: the outputs of a discriminator for sets like those learned from and like those made, and what it refuses.
galatea data synth --size 16 --count 40 --seed 1 --out sky.h5 >/dev/null || fail "no data"
galatea train gan --preset tiny --data sky.h5 --out run --epochs 1 --threads 1 --quiet || fail "no run"
expect 0 galatea sample run --count 5 --out made.h5 --threads 1
expect 0 galatea score run --data sky.h5 made.h5 --out scores.csv --threads 1 --mismatch ignore
says out "sky"
says out "made"
[[ "$(head -n 1 scores.csv)" == set,row,id,ra,dec,class,main,small,* ]] || fail "columns: $(head -n 1 scores.csv)"
[ "$(wc -l <scores.csv)" -eq 46 ] || fail "scores.csv has $(wc -l <scores.csv) lines, expected 46"
expect 0 galatea score run --data sky.h5 --out scores.fits --json --threads 1
says out '"deviation"'
expect 0 galatea report run scores.csv --out page.html
galatea data synth --size 24 --count 4 --seed 1 --out wide.h5 >/dev/null || fail "no data"
expect 1 galatea score run --data wide.h5 --out no.csv --mismatch ignore
one_line "wide.h5 has images of 1x24x24"
galatea train diffusion --preset tiny --set width=4 --set levels=2 --batch 8 --data sky.h5 --out other --epochs 1 --threads 1 --quiet ||
    fail "no run"
expect 1 galatea score other --data sky.h5 --out no.csv
one_line "other is a run of model diffusion, which scores no images"
[ ! -e no.csv ] || fail "a refused call left a file"
