# Golden files replay, changed ones do not, and the exit code tells.
golden=$TESTS/golden
expect 0 galatea replay --threads 1 "$golden"/vdvae/gray_tiny.safetensors "$golden"/ops/vg_dmol.safetensors
says out "gray_tiny.safetensors: ok, vdvae: 1178 tensors compared, 301 used as inputs"
says out "vg_dmol.safetensors: ok, layers: 13 tensors compared, 22 used as inputs"
says out "of its tolerance: "

expect 0 galatea replay --threads 1 --double --list "$golden"/ops/vg_gaussian.safetensors
says out "  ok       kl_diag/gin.qm: error "

expect 0 galatea replay --threads 1 --json "$golden"/ops/vg_conv2d.safetensors
says out '"passed": true'

expect 0 galatea replay --threads 1 "$golden"/classifiers/single_trees.safetensors
says out "single_trees.safetensors: ok, single-trees: 86 tensors compared, 31 used as inputs"

# One byte of a recorded output changed.
cp "$golden"/ops/vg_spatial.safetensors "$golden"/ops/vg_spatial.tol.tsv .
size=$(stat -c %s vg_spatial.safetensors)
printf '\x55' | dd of=vg_spatial.safetensors bs=1 seek=$((size - 1)) conv=notrunc status=none
expect 1 galatea replay vg_spatial.safetensors
says out "vg_spatial.safetensors: DIFFERS"
says out "  OUTSIDE "
one_line "1 of 1 recordings not reproduced"

# Colours of three bands: bytes exact in double, grays of the recorded bytes.
expect 0 galatea replay --list "$golden"/image/lupton.safetensors
says out "lupton.safetensors: ok, lupton: 35 tensors compared, 28 used as inputs"
says out "  ok       typical.f64.rgb: error 0, tolerance 0"
cp "$golden"/image/lupton.safetensors .
printf '\x55' | dd of=lupton.safetensors bs=1 seek=$(($(stat -c %s lupton.safetensors) - 2)) conv=notrunc status=none
expect 1 galatea replay lupton.safetensors
says out "lupton.safetensors: DIFFERS"

# Not recordings.
expect 1 galatea replay --threads 1 "$golden"/format/reference.safetensors
one_line "not a recording of a kind known here"
expect 1 galatea replay nothing.safetensors
one_line "nothing.safetensors"
head -c 100000 "$golden"/vdvae/gray_tiny.safetensors >cut.safetensors
expect 1 galatea replay cut.safetensors
one_line "cut.safetensors"
expect 2 galatea replay
