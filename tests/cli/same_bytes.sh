# Equal calls give equal bytes: with other work on the machine, and with fewer threads granted than asked for, whoever
# grants fewer. GT_REPEATS says how often each call is made (10 tells more than 2).
[ -n "${GT_SLOW_BUILD:-}" ] && skip "the bits of another build; what it runs is run by other tests too"
repeats=${GT_REPEATS:-2}
galatea data synth --count 48 --size 32 --seed 4 --out sky.h5 --quiet >/dev/null || fail "no sky"
small="--set width=16 --set latents=4 --set mixtures=2 --set bias-up-to=16
       --set encoder-blocks=32x1,32d4,8x1,8d8,1x1 --set decoder-blocks=1x1,8m1,8x1,32m8,32x1"

# What a shared machine does besides: two processes that never rest.
(while :; do :; done) & first=$!
(while :; do :; done) & second=$!
trap 'kill $first $second 2>/dev/null; chmod -R u+w "$FOLDER"; rm -rf "$FOLDER"' EXIT

# same FILE WORDS...: `galatea WORDS`, under `$way`, makes FILE with the bytes that it always made.
declare -A known
way=
same() {
    local file=$1 now
    shift
    rm -rf "$file"
    [ "${file#*/}" = "$file" ] || rm -rf "${file%%/*}"
    expect 0 $way "$GALATEA" "$@"
    now=$(md5sum <"$file")
    [ "${known[$file]:=$now}" = "$now" ] || fail "$way galatea $*: other bytes in $file than before"
}
all() {
    same vdvae/last.safetensors train vdvae $small --data sky.h5 --out vdvae --epochs 1 --batch 12 --threads 2 --hold-out 0
    same simclr/last.safetensors train simclr --preset tiny --data sky.h5 --out simclr --epochs 1 --threads 2
    same codes.h5 encode vdvae --data sky.h5 --out codes.h5 --threads 2
    same flow/last.safetensors train maf --set blocks=2 --set hidden=16 --data codes.h5 --out flow --epochs 2 --batch 12 --threads 2
    same drawn.h5 sample vdvae --count 5 --out drawn.h5 --threads 2
}
for i in $(seq "$repeats"); do all; done
for way in "env OMP_THREAD_LIMIT=1" "env OMP_DYNAMIC=true" "taskset -c 0"; do
    [ "${way%% *}" = taskset ] && ! taskset -c 0 true 2>/dev/null && continue
    all
done

# How many work is told, where it is not how many were asked for.
expect 0 env OMP_THREAD_LIMIT=1 "$GALATEA" encode vdvae --data sky.h5 --out codes.h5 --threads 2
says err "threads: 2 asked for, 1 granted"
echo "one checksum each: $(for file in "${!known[@]}"; do echo "$file ${known[$file]%% *}"; done | sort | tr '\n' ' ')"
