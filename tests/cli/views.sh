# Learners from pairs of views from the command line: training, interruption, codes, refusals.
galatea data synth --size 32 --count 96 --seed 1 --out sky.h5 >/dev/null || fail "no data"
tiny="--preset tiny --data sky.h5 --threads 1 --exact --set widths=4,8 --set blocks=1,1 --set batch=16"

for model in simclr byol simsiam; do
    expect 0 galatea train $model $tiny --out $model --epochs 2
    says err ", collapse "
    says out "last: "
    head -1 $model/train.csv | grep -q "^kind,epoch,step,loss,spread,code_spread," ||
        fail "columns of train.csv: $(head -1 $model/train.csv)"
    expect 0 galatea train $model $tiny --out $model --epochs 2
    says out "$model is finished after 2 epochs"
    ! grep -q "larger --epochs" out || fail "$model is offered epochs that its schedule refuses"
    expect 0 galatea encode $model --data sky.h5 --out $model-codes.h5
    expect 0 galatea data info $model-codes.h5
    says out "96 codes, 8 numbers"
    grep -q backbone.layer2.0.downsample.1.running_var $model/best.safetensors ||
        fail "no public names in the weights of $model"
done
grep -q backbone_momentum.bn1.running_mean byol/best.safetensors || fail "BYOL keeps no target"

# Interrupted in the middle and gone on with, byol ends with the bits of a run in one piece.
long="$tiny --out run --epochs 20 --set learning-rate=0.1"
start=$(date +%s%N)
expect 0 galatea train byol $long --quiet
half=$(awk "BEGIN {print ($(date +%s%N) - $start) / 2e9}")
mv run whole
expect 130 timeout --foreground --preserve-status -s INT "$half" "$GALATEA" train byol $long
says err "; saved: the same command goes on from there"
expect 0 galatea train byol $long --quiet
weights=$(($(stat -c %s whole/last.safetensors) - 8 - $(od -An -tu8 -N8 whole/last.safetensors)))
[ "$weights" -gt 10000 ] || fail "only $weights bytes of weights"
cmp <(tail -c "$weights" run/last.safetensors) <(tail -c "$weights" whole/last.safetensors) ||
    fail "an interrupted run ends with other bits"
expect 1 galatea train byol --out run --epochs 21
one_line "run was begun with epochs = 20, not 21"
says err "or choose another --out: with --init run it begins with these weights"

expect 1 galatea train simclr $tiny --out byol --epochs 2
one_line "byol is a run of model byol, not simclr: choose another folder"

# Weights to begin with: the encoder of another run, its heads by chance.
expect 0 galatea train simclr $tiny --out begun --epochs 1 --init simclr/best.safetensors
says err "weights: "
# Heads of another method are left out by name, and so is a target; an encoder of another size is not taken.
expect 0 galatea train simclr $tiny --out from-byol --epochs 1 --init byol/best.safetensors
says err "byol/best.safetensors: 'projection_head' is left out: 'projection_head."
says err "byol/best.safetensors: 'prediction_head' is left out: "
says err "byol/best.safetensors: 'backbone_momentum' is left out: "
expect 0 galatea train byol $tiny --out from-simclr --epochs 1 --init simclr/best.safetensors
says err "simclr/best.safetensors: 'projection_head' is left out: 'projection_head."
says err "the others begin as always"
expect 1 galatea train byol $tiny --out other --epochs 1 --init simclr/best.safetensors --set widths=4,12
one_line "simclr/best.safetensors does not fit the model: 'backbone."
expect 1 galatea train simclr $tiny --out other --epochs 1 --init missing.safetensors
one_line "missing.safetensors"
[ -e other/state.safetensors ] && fail "a refused run left a state"

# A run without a preset is the paper's.
expect 0 galatea train simclr --data sky.h5 --out paper --print-config
says out "batch = 1024"
says out "optimizer = lars"
expect 0 galatea train simclr --out simclr --print-config
says out "batch = 16"

# Pixels are from 0 to 255, in training and ever after.
galatea data synth --size 32 --count 96 --seed 2 --scale none --out flux.h5 >/dev/null || fail "no fluxes"
expect 1 galatea train simclr --preset tiny --data flux.h5 --out other
one_line "expected 0 to 255"
expect 1 galatea encode simclr --data flux.h5 --out flux-codes.h5
says err "flux.h5, row 30: a pixel is 261.561, expected 0 to 255; import the pictures with a scaling to bytes, or as they are with --range LOW:HIGH or --keep-values"
expect 1 galatea data views flux.h5 --rows 30 --out flux.png
one_line "flux.h5, row 30: a pixel is 261.561, expected 0 to 255; import the pictures with a scaling to bytes"
expect 1 galatea train simclr $tiny --out other --epochs 1 --probe flux.h5
one_line "probe flux.h5: a pixel is "

galatea data import --format hdf5 sky.h5 --normalize minmax --pixels float32 --size 32 --out unit.h5 >/dev/null ||
    fail "no pixels from 0 to 1"
# Floats with a declared range are the same pictures as bytes, and teach the same.
expect 0 galatea train simclr $tiny --data unit.h5 --out unit --epochs 2
size=$(($(stat -c %s unit/last.safetensors) - 8 - $(od -An -tu8 -N8 unit/last.safetensors)))
cmp <(tail -c "$size" unit/last.safetensors) <(tail -c "$size" simclr/last.safetensors) ||
    fail "pixels from 0 to 1 teach other weights than the same pictures in bytes"

# A schedule that is longer than the run is told.
expect 0 galatea train simclr $tiny --out short --epochs 1
says err "warm-up of 10 steps in a run of 4: the learning rate never rises to 0.5"

# Batches of one row, and of more than there are.
expect 1 galatea train simclr $tiny --out one --epochs 1 --batch 1
one_line "a batch of 1 "
expect 1 galatea train simclr $tiny --out large --epochs 1 --batch 1000
one_line "do not fill one batch of 1000"
expect 2 galatea train simclr $tiny --out mirrored --epochs 1 --flip
one_line "views of simclr have flips of their own"
expect 2 galatea train simclr $tiny --out cut --epochs 1 --micro-batch 4
one_line "simclr learns from statistics of whole batches, which must not be cut"
expect 2 galatea train simclr --preset tiny --data sky.h5 --out bad --set widths=4,x
one_line "widths '4,x': expected"
