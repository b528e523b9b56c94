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
exit 0
