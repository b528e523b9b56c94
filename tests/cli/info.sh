# info: sizes of the published networks, of a run, and what it refuses.
expect 0 galatea info diffusion --preset paper
says out "diffusion, preset paper, for images of 1x64x64: 7659264 parameters"
expect 0 galatea info maf --channels 256 --json
says out '"preset": "paper"'
says out '"parameters": '
expect 0 galatea info vdvae
[ "$(wc -l <out)" -eq 3 ] || fail "vdvae has not three presets"
galatea data synth --size 16 --count 30 --seed 1 --out sky.h5 >/dev/null || fail "no data"
galatea train diffusion --preset tiny --set width=4 --set levels=2 --batch 8 --data sky.h5 --out run --epochs 1 --threads 1 \
    --quiet || fail "no run"
expect 0 galatea info run
says out "a run of diffusion, epoch 1"
grep -qE "^parameters +[0-9]+ learned, [0-9]+ kept$" out || fail "no number of parameters"
count=$(sed -nE 's/^parameters +([0-9]+) .*/\1/p' out)
expect 0 galatea info run/best.safetensors --json
says out "\"parameters\": $count"
galatea train gan --preset tiny --set side=32 --batch 8 --data sky.h5 --out colour --epochs 1 --threads 1 --quiet \
    --sample-every 0 --nearest 0 || fail "no run"
expect 0 galatea info colour
says out "takes      images of 1x16x16"
says out "makes      images of 3x32x32"
expect 0 galatea info colour --json
says out '"made_channels": 3'
expect 2 galatea info sky.h5
one_line "galatea data info tells about sets"
expect 2 galatea info difusion
one_line "did you mean 'diffusion'"
expect 2 galatea info diffusion --preset huge
expect 2 galatea info diffusion --width 60
one_line "multiples of 8"
