# A tiny GAN of one channel from the command line: training and going on, killed at any moment,
# its samples, what is said of copies, and batch statistics of its average.
galatea data synth --size 32 --count 26 --seed 1 --out sky.h5 >/dev/null || fail "no data"
gan="train gan --preset tiny --channels 1 --latent 4 --heads 1 --head-size 4 --attention none --batch 4
     --micro-batch 2 --hold-out 0.2 --data sky.h5 --threads 1 --log-every 1 --checkpoint-minutes 1e-6"
begun=$(date +%s%3N)
expect 0 galatea $gan --out run --epochs 3
took=$(($(date +%s%3N) - begun)) # milliseconds
says err "memory: "
says err "epoch 3 of 3: training "
says err "64 samples beside the 17 pictures learned from: cosine with the nearest 0."
says err "above 0.98; run/nearest.csv"
[ "$(wc -l <run/nearest.csv)" -eq 65 ] || fail "nearest.csv has $(wc -l <run/nearest.csv) lines"
expect 0 galatea $gan --out run --epochs 3
says out "run is finished after 3 epochs; a larger --epochs goes on with it"
head -1 run/train.csv | grep -q ",spread,spread_real,slope,generator_loss," || fail "columns: $(head -1 run/train.csv)"
expect 0 galatea report run --out page.html
grep -q "<p>64 samples of epoch 3, each beside the training picture most like it: cosine" page.html ||
    fail "the page does not tell of copies"
cp -r run damaged
echo "cosine,epoch" >damaged/nearest.csv
expect 0 galatea report damaged --out page.html
grep -q "64 samples" page.html && fail "the page tells of copies in a file without any"
mv run reference

# Killed at random moments and taken up again it ends with the bits of the one above: both
# networks, both optimizers, the average, what is said of copies. numbers FILE: what follows the
# header, which has the words of the last call.
numbers() { tail -c +$((9 + $(od -An -tu8 -N8 $1))) $1; }
killed=0
for _ in $(seq 40); do
    [ $killed -lt 2 ] || break
    "$GALATEA" $gan --out run --epochs 3 >/dev/null 2>&1 &
    pid=$!
    sleep $(awk "BEGIN { print $took * $RANDOM / 32768e3 }")
    kill -9 $pid 2>/dev/null && killed=$((killed + 1))
    wait $pid 2>/dev/null || continue
    [ $killed -eq 0 ] || break # it has come to its end
    rm -rf run
done
[ $killed -gt 0 ] || fail "no run was killed"
expect 0 galatea $gan --out run --epochs 3
for file in state.safetensors last.safetensors best.safetensors; do
    cmp <(numbers run/$file) <(numbers reference/$file) || fail "a run that was killed has another $file"
done
cmp run/nearest.csv reference/nearest.csv || fail "a run that was killed says something else of copies"
for run in run reference; do cut -d, -f1-30 $run/train.csv >$run.csv; done
cmp run.csv reference.csv || fail "a run that was killed has another log"

# Samples of other channels than the pictures are told before they are learned; what a kind cannot, with the run.
expect 0 galatea $gan --out colour --channels 3 --epochs 1 --nearest 0 --sample-every 0
says err "samples will have 3 channels, the pictures learned from have 1: --channels 1 makes them alike"
# Pictures are resized to the networks' side, which is told, but not enlarged beyond all that they tell.
galatea data synth --size 16 --count 26 --seed 1 --out few.h5 >/dev/null || fail "no data"
expect 0 galatea $gan --data few.h5 --out enlarged --epochs 1 --nearest 0 --sample-every 0
says err "samples will have 32x32 pixels, the pictures learned from have 16x16 and are resized (--side)"
expect 2 galatea train gan --preset paper --channels 1 --batch 4 --data few.h5 --out no
one_line "few.h5: images of 16x16 would be enlarged to the 128x128 of the model, expected at most 4 times: a smaller --side"
[ ! -e no ] || fail "a run that was refused left a folder"
expect 1 galatea reconstruct run --data sky.h5 --out no.png
one_line "run/best.safetensors: gan cannot reconstruct"

# Samples have the channels of the networks, and are the same few or many at once.
for batch in 3 64; do
    expect 0 galatea sample run --count 7 --batch $batch --threads 1 --out made$batch.h5
done
expect 0 galatea data info made3.h5
says out "1 x 32 x 32"
expect 0 galatea search made3.h5 --query made64.h5 --top 1 --out same.csv
[ "$(cut -d, -f4 same.csv | grep -c '^1$\|^0.999999')" -eq 7 ] || fail "other pictures at once: $(cat same.csv)"

# Statistics of the average taken anew: the networks learn as without.
expect 0 galatea $gan --out fresh --epochs 1 --fresh-statistics --nearest 0 --quiet
cut -d, -f1-13 fresh/train.csv | cmp - <(cut -d, -f1-13 reference/train.csv | head -n $(wc -l <fresh/train.csv)) ||
    fail "statistics changed the training"
expect 0 galatea sample fresh --average --count 2 --out average.png
[ -e fresh/nearest.csv ] && fail "samples are compared that nobody wants"

[ -n "${GT_SLOW_BUILD:-}" ] && exit 0
# Of many pictures nothing is said.
galatea data synth --size 16 --count 1000 --seed 1 --out many.h5 >/dev/null || fail "no data"
expect 0 galatea train glow --preset tiny --data many.h5 --batch 500 --epochs 1 --rows all --hold-out 0 --threads 1 --out many
grep -q "cosine with the nearest" err && fail "1,000 pictures are many"
[ -e many/nearest.csv ] && fail "1,000 pictures are many"
exit 0
