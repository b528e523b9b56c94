# A run from the command line: what it prints and leaves, going on with it, and what it refuses.
small="--set encoder-blocks=16d2,8d2,4d4,1x1 --set decoder-blocks=1x1,4m1,8m4,16m8 --set width=8
       --set latents=2,1:4 --set mixtures=2 --batch 8 --threads 1 --optimizer adam --set learning-rate=3e-3"
galatea data synth --size 16 --count 80 --seed 1 --out sky.h5 >/dev/null || fail "no data"

expect 0 galatea train vdvae $small --data sky.h5 --out run --epochs 2
says out "run: 2 epochs, "
says out "best: "
says err "memory: "
says err "time: about "
says err "epoch 2 of 2: training "
for file in config algorithms.txt train.csv train.jsonl best.safetensors last.safetensors \
    state.safetensors; do
    [ -s run/$file ] || fail "run/$file is missing"
done
grep -q "^learning-rate = 0.003$" run/config || fail "run/config lacks the learning rate"
head -1 run/train.csv | grep -q "^kind,epoch,step,loss,distortion,rate,validation_loss," ||
    fail "columns of train.csv: $(head -1 run/train.csv)"
[ "$(grep -c '^epoch,' run/train.csv)" -eq 2 ] || fail "train.csv has not two epochs"
[ "$(grep -c '"kind":"epoch"\|"kind": "epoch"' run/train.jsonl)" -eq 2 ] || fail "train.jsonl has not two epochs"

# The same command says that nothing is left to do; settings come from the run folder; more epochs go on.
expect 0 galatea train vdvae $small --data sky.h5 --out run --epochs 2
says out "run is finished after 2 epochs"
[ -s err ] && fail "something is said of a whole log"
cp run/train.csv whole.csv
echo "x,y" >>run/train.csv
expect 0 galatea train vdvae $small --data sky.h5 --out run --epochs 2
one_line "run/train.csv: line"
mv run/train.jsonl whole.jsonl
cp whole.csv run/train.csv
expect 0 galatea train vdvae $small --data sky.h5 --out run --epochs 2
one_line "run: its log train.jsonl is not there"
mv whole.jsonl run/train.jsonl
expect 0 galatea train vdvae --out run --resume --epochs 3
says err "resuming run in epoch 3"
says out "run: 3 epochs, "
expect 0 galatea train vdvae --out run --print-config
says out "width = 8"

# Same settings, same bits; quiet means quiet.
expect 0 galatea train vdvae $small --data sky.h5 --out again --epochs 3 --exact --quiet
[ -s out ] || [ -s err ] && fail "--quiet printed something"
mv again first
expect 0 galatea train vdvae $small --data sky.h5 --out again --epochs 3 --exact --quiet
cmp again/last.safetensors first/last.safetensors || fail "two equal runs differ"

# Ctrl-C in the middle of an epoch: saved, 130, and the same command goes on.
expect 130 timeout --foreground --preserve-status -s INT 4 "$GALATEA" train vdvae $small --data sky.h5 --out stopped --epochs 100000
says err "; saved: the same command goes on from there"
[ -e stopped/run.lock ] && fail "the lock is still there"
step=$(sed -n 's/.*after step \([0-9]*\);.*/\1/p' err)
epoch=$(sed -n 's/.*interrupted in epoch \([0-9]*\) .*/\1/p' err)
expect 0 galatea train vdvae --out stopped --epochs $((epoch + 1))
says err "after step $step"

# Algorithms chosen by timing stay chosen: two copies of a run go on to the same bits.
expect 0 galatea train vdvae $small --data sky.h5 --out copy --epochs 1 --quiet
cp -r copy kept
expect 0 galatea train vdvae --out copy --epochs 3 --quiet
mv copy done
mv kept copy
expect 0 galatea train vdvae --out copy --epochs 2 --quiet
expect 0 galatea train vdvae --out copy --epochs 3 --quiet
cmp copy/last.safetensors done/last.safetensors || fail "two resumed copies differ"

# A full disk (here: a limit on the size of files): what was there stays whole.
limited() { (ulimit -f 8 && "$GALATEA" "$@"); }
expect 1 limited train vdvae --out copy --epochs 4
says err "saving the run"
[ -z "$(find copy -name '.*part')" ] || fail "a temporary file was left"
expect 0 galatea train vdvae --out copy --epochs 4

# A probe looks on: a column of the log and a word in the line of the epoch, and nothing else changes.
expect 0 galatea train vdvae $small --data sky.h5 --out seen --epochs 3 --exact --probe sky.h5 --probe-every 2
says err "best so far, knn_accuracy 0."
head -1 seen/train.csv | grep -q ",knn_accuracy$" || fail "no column of the probe"
grep -E '^epoch,[23],.*,0\.[0-9]+$' seen/train.csv | wc -l | grep -qx 2 || fail "the probe did not look twice"
grep -qE '^epoch,1,.*,$' seen/train.csv || fail "the probe looked too early"
cut -d, -f1-12 seen/train.csv >seen.csv
cut -d, -f1-12 first/train.csv | cmp - seen.csv || fail "looking changed the training"
cp sky.h5 moved.h5
expect 0 galatea train vdvae --out seen --epochs 4 --probe moved.h5 --probe-every 1
grep -qE '^epoch,4,.*,0\.[0-9]+$' seen/train.csv || fail "a resumed run is not looked at"
expect 1 galatea train vdvae --out first --epochs 4 --probe sky.h5
one_line "probe = (not set), not sky.h5"
galatea data synth --size 32 --count 80 --seed 1 --out wide.h5 >/dev/null
expect 1 galatea train vdvae $small --data sky.h5 --out no --probe wide.h5
one_line "probe wide.h5 has images of 1x32x32, sky.h5 to learn from has 1x16x16"
expect 1 galatea train vdvae $small --data sky.h5 --out no --probe nothing.h5
one_line "nothing.h5"
galatea data synth --size 16 --count 20 --seed 1 --out few.h5 >/dev/null
expect 1 galatea train vdvae $small --data sky.h5 --out no --probe few.h5
one_line "labelled rows in split 0, expected more than 20"
expect 2 galatea train maf --data sky.h5 --out no --probe sky.h5
one_line "maf makes no codes of images"
[ -e no ] && fail "a refused probe left a folder"

# Wrong usage.
expect 2 galatea train
expect 2 galatea train vdvea --data sky.h5 --out x
says err "did you mean 'vdvae'"
expect 2 galatea train vdvae --data sky.h5
says err "out"
expect 2 galatea train vdvae --preset huge --data sky.h5 --out x
says err "'tiny', 'small', 'paper'"
expect 2 galatea train vdvae --data sky.h5 --out x --set learning_rate=1
says err "learning-rate"
expect 2 galatea train vdvae --data sky.h5 --out x --epochs 0
expect 2 galatea train vdvae --preset tiny --data sky.h5 --out x
one_line "encoder-blocks begin at 64, but the images are 16 pixels wide"
expect 2 galatea train vdvae $small --data sky.h5 --out x --set micro-batch=3

# Work that cannot be done: one line, exit code 1, nothing half-written.
expect 1 galatea train vdvae $small --data nothing.h5 --out y
one_line "nothing.h5"
expect 1 galatea train vdvae $small --data run/config --out y
one_line "run/config"
expect 1 galatea train vdvae $small --data sky.h5 --out y --batch 100
one_line "choose a smaller --batch"
expect 1 galatea train vdvae --data sky.h5 --out run --epochs 4 --set width=16
one_line "width = 8, not 16"
galatea data synth --size 16 --count 80 --seed 2 --out other.h5 >/dev/null
expect 1 galatea train vdvae $small --data other.h5 --out run --epochs 4
one_line "bytes"
expect 1 galatea train vdvae --data sky.h5 --out nowhere --resume
one_line "no run to resume"
head -c 300 sky.h5 >cut.h5
expect 1 galatea train vdvae $small --data cut.h5 --out y
one_line "cut.h5"
head -c 5000 run/state.safetensors >state && mv state run/state.safetensors
expect 1 galatea train vdvae --out run --epochs 4
one_line "run/state.previous.safetensors"
[ -e x ] || [ -e y ] && fail "a refused run left a folder"
exit 0
