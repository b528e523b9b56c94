# Names of files and folders that could drive a terminal: escape sequences, a bell, a line break, controls beyond ASCII, bytes
# that are no UTF-8. Every command works with them and prints none of them raw.
bad=$'\e[31m\a\nx\xc2\x9b2'
mkdir "$bad" || skip "this file system takes no such names"
small="--set encoder-blocks=16d2,8d2,4d4,1x1 --set decoder-blocks=1x1,4m1,8m4,16m8 --set width=8
       --set latents=2,1:4 --set mixtures=2 --batch 8 --threads 1"
sky=$bad/sky.h5 run=$bad/run codes=$bad/codes.h5 flow=$bad/flow

# tame CODE ARGUMENT...: the command ends with CODE, names the folder in its way, and prints no raw control byte.
tame() {
    expect "$@"
    LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f-\x9f]' out err && fail "'${*:3}' printed raw controls"
    grep -q '^x' out err && fail "'${*:3}' broke a line"
    return 0
}
named() { cat out err | grep -qF '\x1b[31m\x07\x0ax\xc2\x9b2' || fail "the name is not told"; }

tame 0 galatea data synth --size 16 --count 80 --seed 1 --out "$sky"; named
tame 0 galatea data info "$sky"; named
tame 0 galatea data merge "$sky" "$sky" --out "$bad/two.h5"; named
tame 0 galatea data import --format hdf5 "$sky" --dataset images --out "$bad/in.h5"; named
tame 0 galatea data views "$sky" --count 2 --out "$bad/v.png"; named
tame 0 galatea train vdvae $small --data "$sky" --out "$run" --epochs 1; named
tame 0 galatea train vdvae $small --data "$sky" --out "$run" --epochs 1; named
tame 0 galatea train vdvae --out "$run" --print-config
tame 0 galatea data info "$run"; named
tame 0 galatea encode "$run" --data "$sky" --out "$codes"; named
tame 0 galatea reconstruct "$run" --data "$sky" --count 2 --out "$bad/r.png"; named
tame 0 galatea sample "$run" --count 2 --out "$bad/s.png"; named
tame 0 galatea classify "$codes" --method knn --save "$bad/fitted"; named
tame 0 galatea classify "$codes" --load "$bad/fitted"
tame 0 galatea compare "$codes" --method knn
tame 0 galatea embed "$codes" --method pca --out "$bad/map.h5"; named
tame 0 galatea search "$codes" --query "$codes:1" --out "$bad/m.csv"; named
tame 0 galatea train maf --preset small --data "$codes" --out "$flow" --epochs 1; named
tame 0 galatea density "$flow" --data "$codes"
tame 0 galatea novelty "$flow" --data "$codes"
tame 0 galatea sample "$flow" --count 3 --out "$bad/new.h5"; named
tame 0 galatea report "$run" --out "$bad/report.html"; named
tame 1 galatea replay "$run/last.safetensors"; named
cp "$TESTS/golden/ops/conv2d_1x1_s2.safetensors" "$bad/r.safetensors"
tame 0 galatea replay --list "$bad/r.safetensors"; named
tame 1 galatea data info "$bad/nothing"; named
tame 1 galatea data info $'no\x9butf8'
says err 'no\x9butf8'
tame 2 galatea "$bad"
tame 2 galatea data info "--$bad"
