# --no-date: equal calls give equal bytes, in folders of runs too; and results as JSON of data synth, data merge, encode and sample.
[ -n "${GT_SLOW_BUILD:-}" ] && skip "what it runs is run by other tests too"
for place in one two; do
    mkdir $place && cd $place || fail "no folder"
    galatea data synth --size 32 --count 40 --out set.h5 --no-date --json >synth.json || fail "no data"
    galatea train gan --preset tiny --set side=32 --data set.h5 --out run --epochs 1 --batch 8 --threads 1 --no-date --quiet --sample-count 2 \
        --nearest 2 || fail "no run"
    galatea data merge set.h5 --take 7 --out part.h5 --no-date --json >merge.json || fail "no part"
    galatea embed set.h5 --iterations 5 --perplexity 3 --out map.h5 --no-date --json >embed.json || fail "no map"
    cd ..
done
diff -r one two >difference || fail "equal calls differ: $(cat difference)"
grep -q '^epoch' one/run/train.csv || fail "no epoch in the log"
# without it a log tells how long it took
expect 0 galatea train gan --preset tiny --set side=32 --data one/set.h5 --out run --epochs 1 --batch 8 --threads 1 --quiet --sample-every 0 --nearest 0
[ "$(sed -nE 's/.*"seconds": ([0-9.]+|null).*/\1/p' run/train.jsonl)" != null ] || fail "no seconds"
[ "$(sed -nE 's/.*"seconds": ([0-9.]+|null).*/\1/p' one/run/train.jsonl)" = null ] || fail "seconds with --no-date"

value() { sed -nE "s/^ *\"$1\": \"?([^\",]*)\"?,?\$/\1/p" out; }
expect 0 cat one/synth.json
[ "$(value out) $(value kind) $(value count)" = "set.h5 images 40" ] || fail "data synth"
expect 0 cat one/merge.json
[ "$(value out) $(value kind) $(value count)" = "part.h5 rows 7" ] || fail "data merge"
expect 0 galatea sample run --count 3 --out made.h5 --threads 1 --json
[ "$(value out) $(value kind) $(value count)" = "made.h5 images 3" ] || fail "sample"
galatea train simclr --preset tiny --data one/set.h5 --epochs 1 --batch 8 --threads 1 --out codes --quiet || fail "no run"
expect 0 galatea encode codes --data one/set.h5 --out codes.h5 --threads 1 --json
[ "$(value kind) $(value count)" = "codes 40" ] && [ "$(value width)" -gt 0 ] || fail "encode"
