# Weights whose file does not tell of which model they are: --model with a preset and settings, a
# file of options, or --like a run. Names of metadata are changed in place to hide them.
hide() { LC_ALL=C sed 's/"checksum":/"checksun":/; s/"model":/"modem":/' "$1" >"$2"; }
galatea data synth --size 32 --count 48 --seed 1 --out sky.h5 >/dev/null || fail "no data"
galatea data synth --size 32 --count 8 --seed 2 --out few.h5 >/dev/null || fail "no data"
net="--set widths=4,8 --set blocks=1,1"
galatea train simclr --preset tiny $net --data sky.h5 --out views --epochs 1 --batch 16 --threads 1 --quiet || fail "no run"
hide views/last.safetensors views.safetensors
columns() { galatea embed "$1" --method pca --out map.h5 --table "$2" --quiet >/dev/null || fail "no map of $1"; }
expect 0 galatea encode views/last.safetensors --data sky.h5 --exact --threads 1 --out told.h5
columns told.h5 told.csv

# As many ways to say it, and the same codes.
cat >views.conf <<'END'
model = simclr # of these weights
preset = "tiny"
widths = 4,8
blocks = 1,1
END
mkdir copy
cp views/state.safetensors copy
cp views.safetensors copy/mine.safetensors
number=0
while read -r weights words; do
    expect 0 galatea encode $weights $words --data sky.h5 --exact --threads 1 --out untold.h5
    columns untold.h5 untold.csv
    cmp told.csv untold.csv || fail "other codes with $words"
    number=$((number + 1))
done <<END
views.safetensors --model simclr --preset tiny $net
views.safetensors --model=simclr --preset=tiny --widths 4,8 --blocks 1,1
views.safetensors --set model=simclr --hidden 32 --output 16 $net
views.safetensors --config views.conf
views.safetensors --like views
views.safetensors --like views/best.safetensors
views.safetensors --model simclr --like views
copy/mine.safetensors
views --model simclr --preset small
END
[ "$number" -eq 9 ] || fail "only $number ways"
# What weights tell stands above a preset, and is said where they differ.
expect 0 galatea encode views --model simclr --preset small --data few.h5 --out codes.h5
one_line "views tells its settings, "
says err " among them, which stand above those of preset small ("
expect 0 galatea encode views.safetensors --model simclr --preset tiny $net --data few.h5 --out codes.h5
grep -q "tells its settings" err && fail "weights that tell nothing"
expect 0 galatea data info untold.h5
says out "model      simclr, "
expect 0 galatea encode views.safetensors --like views --untrained --data few.h5 --out first.h5
expect 0 galatea encode views.safetensors --like views --data few.h5 --out codes.h5
expect 0 galatea search codes.h5 --query few.h5:3 --run views.safetensors --model simclr --preset tiny $net --top 1 --out own.csv
sed -n 2p own.csv | grep -qE "^3,1,3,(1|0.99999)" || fail "a query is not encoded as the set was"

# What does not fit, or is not said.
expect 1 galatea encode views.safetensors --data sky.h5 --out no.h5
one_line "views.safetensors does not tell of which model it is: say it with --model NAME"
expect 1 galatea search codes.h5 --query few.h5:3 --run views.safetensors --out no.csv
one_line "views.safetensors does not tell of which model it is"
expect 1 galatea encode views.safetensors --model simclr --preset tiny --data sky.h5 --out no.h5
says err "'backbone.conv1.weight' is 4x1x7x7, expected 8x1x7x7; "
says err "; the network that was named is simclr of preset tiny: another preset, other settings, or "
expect 1 galatea encode views.safetensors --model byol --preset tiny $net --like views --data sky.h5 --out no.h5
one_line "views is of model simclr, not byol"
expect 1 galatea encode views --model byol --data sky.h5 --out no.h5
one_line "views is of model simclr, not byol"
expect 2 galatea encode views.safetensors --model simclir --data sky.h5 --out no.h5
one_line "did you mean 'simclr'"
expect 2 galatea encode views.safetensors --model simclr --preset huge --data sky.h5 --out no.h5
one_line "model simclr has no preset 'huge'"
expect 2 galatea encode views --preset tiny --data sky.h5 --out no.h5
one_line "of which model? none is named"
# Weights that tell their model may hold it more than once.
expect 1 galatea encode views --prefix ema --data sky.h5 --out no.h5
one_line "best.safetensors holds no tensor of the model under 'ema.'"
expect 0 galatea encode views --prefix backbone --data few.h5 --out codes.h5
says err "'backbone.conv1.weight' is taken for 'backbone.conv1.weight', and so are the others"
expect 2 galatea encode views --widths 4,8 --data sky.h5 --out no.h5
expect 1 galatea encode views.safetensors --like nothing --data sky.h5 --out no.h5
one_line "nothing"
[ -e no.h5 ] && fail "a refused encode left a file"
expect 0 galatea encode views.safetensors --model simclr --help
says out "--proj-layers"
says out "--pixel-scale"

# Runs begin with what others hold, told or not.
tiny="--preset tiny $net --data sky.h5 --epochs 1 --batch 16 --threads 1"
expect 0 galatea train simclr $tiny --out begun --init views
says err "weights: 40 of 40 tensors from views/best.safetensors"
expect 0 galatea train simclr $tiny --out again --init views.safetensors
says err "weights: 40 of 40 tensors from views.safetensors"
expect 1 galatea train simclr $tiny --out no --init views/state.safetensors
one_line "views/state.safetensors is a training state; best.safetensors beside it has the weights"

# A network of pixels: only those who trained it know how they were scaled.
small="--set encoder-blocks=32d4,8d2,4d4,1x1 --set decoder-blocks=1x1,4m1,8m4,32m8 --set width=8
       --set latents=2,1:4 --set mixtures=2"
galatea train vdvae $small --data sky.h5 --out run --epochs 1 --batch 8 --optimizer adam --threads 1 --quiet || fail "no run"
hide run/best.safetensors weights.safetensors
vdvae="--model vdvae $(echo $small)"
expect 2 galatea encode weights.safetensors $vdvae --data sky.h5 --out no.h5
one_line "weights.safetensors does not tell how pixels were scaled for vdvae: give pixel-shift"
expect 0 galatea encode weights.safetensors $vdvae --pixel-shift -20 --pixel-scale 0.03 --data sky.h5 --out other.h5
expect 0 galatea reconstruct weights.safetensors --like run --data few.h5 --count 4 --out rec.png
expect 0 galatea sample run --count 4 --exact --threads 1 --out told.png
expect 0 galatea sample weights.safetensors $vdvae --image-height 32 --image-width 32 --count 4 --exact --threads 1 --out untold.h5
expect 0 galatea sample run --count 4 --exact --threads 1 --out told.h5
[ "$(galatea data info untold.h5 --json | grep -c 32)" -gt 0 ] || fail "no images of 32 x 32"
expect 0 galatea encode weights.safetensors --like run --data sky.h5 --out codes.h5

# A flow, whose weights know how long their codes are.
galatea train maf --preset small --set blocks=2 --set hidden=16 --data codes.h5 --rows all --out flow --epochs 2 --threads 1 --quiet ||
    fail "no flow"
hide flow/best.safetensors flow.safetensors
maf="--model maf --preset small --set blocks=2 --set hidden=16"
expect 0 galatea density flow.safetensors $maf --data codes.h5 --out untold.csv
expect 0 galatea density flow --data codes.h5 --out told.csv
cmp untold.csv told.csv || fail "other densities"
expect 0 galatea novelty flow.safetensors $maf --data codes.h5 --top 2
expect 0 galatea sample flow.safetensors $maf --count 4 --out s.h5
says out "4 codes of 4 numbers"
expect 0 galatea sample flow.safetensors --like flow --count 4 --out s.h5
expect 1 galatea density flow.safetensors $maf --set hidden=8 --data codes.h5
says err "'0.joiner.linear.weight' is 16x4, expected 8x4"
expect 1 galatea density flow.safetensors --data codes.h5
one_line "flow.safetensors does not tell of which model it is"

# A network that learned classes: how many there are, and their names, stand in the run it is like.
galatea train classifier --preset tiny $net --data sky.h5 --out classes --epochs 1 --batch 16 --threads 1 --quiet || fail "no classes"
hide classes/best.safetensors named.safetensors
LC_ALL=C sed 's/"class_names":/"class_namez":/' named.safetensors >classes.safetensors
expect 0 galatea classify sky.h5 --load classes --out told.csv --threads 1
for words in "named.safetensors --model classifier --preset tiny $net" "classes.safetensors --like classes" \
    "classes.safetensors --like classes --class-rows 1,1"; do
    expect 0 galatea classify sky.h5 --load $words --out untold.csv --threads 1
    cmp told.csv untold.csv || fail "other classes with $words"
done
expect 0 galatea encode classes.safetensors --like classes --data few.h5 --out codes.h5
expect 1 galatea classify sky.h5 --load classes.safetensors
one_line "classes.safetensors does not tell of which model it is"
expect 1 galatea classify sky.h5 --load named.safetensors --model classifier --preset tiny $net --class-rows 1,1,1
says err "'fc.weight' is 2x8, expected 3x8"
expect 2 galatea classify sky.h5 --like classes
one_line "--like is of the weights of --load, give both"
expect 0 galatea classify sky.h5 --method knn --save fitted
expect 2 galatea classify sky.h5 --load fitted --like classes
one_line "fitted is a folder of classifiers"

# As for other commands, one model of several in a file to begin with.
expect 1 galatea train simclr $tiny --out no --init views --prefix ema
one_line "views/best.safetensors holds no tensor of the model under 'ema.'"
expect 0 galatea train simclr $tiny --out under --init views --partial --prefix backbone
says err "of 40 tensors from views/best.safetensors, the others begin as always"
