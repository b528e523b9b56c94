# Recorded classifiers, components, similarity and metrics replay, and a changed value shows.
golden=$TESTS/golden/classifiers
expect 0 galatea replay "$golden"/frdeeplike_det.safetensors "$golden"/metrics_ties.safetensors
says out "frdeeplike_det.safetensors: ok, classifiers: 33 tensors compared, 6 used as inputs"
says out "metrics_ties.safetensors: ok, metrics: 60 tensors compared, 30 used as inputs"

# The arrays of doubles come first in the file: metrics of the nearest neighbours.
cp "$golden"/frdeeplike_det.safetensors changed.safetensors
header=$(od -An -t u8 -N 8 changed.safetensors)
printf '\x3f' | dd of=changed.safetensors bs=1 seek=$((8 + header + 6)) conv=notrunc status=none
expect 1 galatea replay changed.safetensors
says out "changed.safetensors: DIFFERS"
says out "OUTSIDE"
one_line "1 of 1 recordings not reproduced"

# Neighbours at equal distance come in any order, and points may fall on each other.
expect 0 galatea replay --threads 1 "$golden"/tied_rows_det.safetensors "$TESTS"/golden/tsne/twins_affinities.safetensors

# Where features part the rows alike, and where ten seeds lie beside three by chance, trees are grown as the reference does
# (ties.py); then every share of its seeds is told to the digit.
expect 0 galatea replay --threads 1 "$golden"/tied_{trees,random,importance}.safetensors
says out "tied_random.safetensors: ok, random-ensembles: 33 tensors compared"
cp "$golden"/tied_{det,random}.safetensors .
at=$(grep -abo '"grad.proba1_seed0":{[^}]*' tied_random.safetensors | sed 's/.*offsets":\[\([0-9]*\),.*/\1/')
header=$(od -An -t u8 -N 8 tied_random.safetensors)
printf '\x01' | dd of=tied_random.safetensors bs=1 seek=$((8 + header + at + 5)) conv=notrunc status=none
expect 1 galatea replay --threads 1 tied_random.safetensors
says out "OUTSIDE  grad."
exit 0
