# Killed at any moment (kill -9) a command leaves no rubbish that the next call of it does not sweep.
galatea data synth --size 16 --count 3000 --seed 1 --out sky.h5 --quiet >/dev/null || fail "no data"
small="--set encoder-blocks=16d2,8d2,4d4,1x1 --set decoder-blocks=1x1,4m1,8m4,16m8 --set width=8
       --set latents=2,1:4 --set mixtures=2 --batch 8 --threads 1"
galatea train vdvae $small --data sky.h5 --out run --epochs 1 --quiet >/dev/null || fail "no run"

# parts: temporaries in the folder.
parts() { find . -name '*.part' | wc -l; }
# killed ARGUMENT...: runs the command until a temporary of it is there, and kills it.
killed() {
    local pid
    for _ in $(seq 20); do
        "$GALATEA" "$@" >out 2>err &
        pid=$!
        until compgen -G '.*.part' >/dev/null || ! kill -0 $pid 2>/dev/null; do :; done
        kill -9 $pid 2>/dev/null
        wait $pid 2>/dev/null
        [ "$(parts)" -gt 0 ] && return
    done
    fail "'$*' was too fast to be killed"
}
for command in "data import --format hdf5 sky.h5 --dataset images --out import.h5" "encode run --data sky.h5 --out codes.h5" \
    "report run --out report.html"; do
    killed $command
    expect 0 galatea $command
    [ "$(parts)" -eq 0 ] || fail "'$command' left $(find . -name '*.part')"
done
