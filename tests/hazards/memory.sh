# The peak of memory that a training tells before its first step is the one that it comes to, within a fifth; a run that does
# not fit is refused before, with a setting that fits.
[ -n "${GT_SLOW_BUILD:-}" ] && skip "sanitizers take memory of their own"
go() { "$GT_HAZARDS/hazards_peak" peak "$GALATEA" train "$@" --threads 1 --epochs 1 --out run; }
. "$TESTS/hazards/tiny.bash"
go_to_memory
make_sets
galatea data synth --size 64 --count 1370 --seed 1 --out many.h5 --quiet >/dev/null || fail "no data"

v="--encoder-blocks 32x2,32d2,16x2,16d2,8x1 --decoder-blocks 8x2,16m8,16x2,32m16,32x2 --width 32 --latents 8:4,16:4,32:4 --batch 16"

# told: MiB at the peak, as the line says.
told() { sed -n 's/^galatea: memory: \([0-9.]*\) MiB at the peak.*/\1/p' err; }
for words in "vdvae $v --data sky.h5" "simclr --preset tiny --data sky.h5 --batch 16" \
    "glow --preset tiny --data sky.h5 --batch 8" "glow --preset tiny --data many.h5 --batch 8" "gan --preset tiny --data sky.h5 --channels 1 --side 32 --nearest 0" \
    "diffusion --preset tiny --data small.h5 --batch 16 --epoch-rows 0" "maf --preset small --data codes.h5"; do
    rm -rf run
    expect 0 go $words
    [ -n "$(told)" ] || fail "'$words' tells no peak"
    awk -v told="$(told)" -v peak="$(cat peak)" -v words="$words" 'BEGIN {
        is = peak / 1024
        printf "%s: told %s MiB, peak %.1f MiB\n", words, told, is
        exit !(told > 0.8 * is && told < 1.2 * is) }' || fail "not within a fifth"
done

# Half of what is needed: the setting that the refusal names is taken.
limited() { SLURM_MEM_PER_NODE=$limit go vdvae $v --data sky.h5 --sample-every 0 --nearest 0 "$@"; }
rm -rf run
limit=100000
expect 0 limited
full=$(told)
rm -rf run
limit=$((${full%.*} * 6 / 10))
expect 1 limited
says err "more than the batch job's memory ($limit MiB): choose --micro-batch "
[ -e run ] && fail "a refused run left a folder"
expect 0 limited --micro-batch "$(sed -n 's/.*choose --micro-batch \([0-9]*\)$/\1/p' err)"

# A model that learns from whole batches is told of a batch that fits.
galatea data synth --size 64 --count 40 --seed 1 --out large.h5 --quiet >/dev/null || fail "no data"
whole() { SLURM_MEM_PER_NODE=$limit go simclr --preset tiny --data large.h5 "$@"; }
rm -rf run
limit=100000
expect 0 whole --batch 32
full=$(told)
rm -rf run
limit=$((${full%.*} * 85 / 100))
expect 1 whole --batch 32
says err "choose --batch "
expect 0 whole --batch "$(sed -n 's/.*choose --batch \([0-9]*\)$/\1/p' err)"
