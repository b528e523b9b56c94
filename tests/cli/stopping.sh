# train: the best weights by a probe, an end when nothing gets better, and the same bits after a stop.
galatea data synth --survey radio --count 60 --seed 3 --size 32 --out sky.h5 >/dev/null || fail "no data"
pairs="simclr --preset tiny --set widths=4,8 --set blocks=1,1 --batch 16 --data sky.h5 --threads 1
       --probe sky.h5 --probe-every 1 --best-by probe --schedule constant --learning-rate 1e-6"

# Nothing is learned at such a rate: after the first look nothing gets better.
expect 0 galatea train $pairs --epochs 20 --patience 2 --out run
says err "no better weights since epoch"
says out " knn_accuracy in epoch"
last=$(tail -1 run/train.csv | cut -d, -f2)
[ "$last" -lt 20 ] || fail "the run went on to epoch $last"
best=$(sed -n 's/.*knn_accuracy in epoch \([0-9]*\),.*/\1/p' out)
[ "$last" -eq $((best + 2)) ] || fail "ended in epoch $last, best was $best"

# It stays where it is, goes on with more patience, and ends with the bits of one that was not stopped.
expect 0 galatea train simclr --out run
says out "run is finished after $last epochs; a larger --patience goes on with it"
expect 0 galatea train simclr --out run --patience 0 --epochs $((last + 2))
expect 0 galatea train $pairs --patience 0 --epochs $((last + 2)) --out whole --quiet
for name in run whole; do
    expect 0 galatea encode $name/last.safetensors --data sky.h5 --out $name.h5 --threads 1
    expect 0 galatea classify $name.h5 --method knn --k 3 --out $name.csv
done
cmp run.csv whole.csv || fail "the run that was stopped has other codes"
cut -d, -f1-4 run/train.csv >a; cut -d, -f1-4 whole/train.csv >b
cmp a b || fail "the run that was stopped has another log"

# By the loss, of a model whose loss tells: it may end as well.
expect 0 galatea train classifier --preset tiny --set widths=4,8 --set blocks=1,1 --data sky.h5 --batch 16 --threads 1 \
    --schedule constant --learning-rate 1e-9 --warmup 0 --epochs 9 --patience 1 --out loss --quiet
[ "$(tail -1 loss/train.csv | cut -d, -f2)" -lt 9 ] || fail "patience by the loss has no end"

# What cannot judge.
expect 2 galatea train simclr --preset tiny --data sky.h5 --batch 16 --best-by probe --out no
one_line "best-by probe: there is no probe"
expect 2 galatea train simclr --preset tiny --data sky.h5 --batch 16 --patience 3 --out no
one_line "the loss of simclr tells nothing of its codes"
[ -e no ] && fail "a refused training left a folder"
exit 0
