# Data between start and resume: touched they are what they were; edited, cut, grown or replaced they are named and refused
# unless --force says otherwise; so are other threads, settings and versions.
. "$TESTS/hazards/tiny.bash"
go_to_memory
make_sets
tiny maf
cp codes.h5 kept.h5
expect 0 galatea "${tiny[@]}" --out run --quiet
cp -r run first
again() { rm -rf run; cp -r first run; }

touch -d 2001-01-01 codes.h5
expect 0 galatea "${tiny[@]}" --epochs 4 --out run --quiet
mv run touched
again
cat kept.h5 >codes.h5
expect 0 galatea "${tiny[@]}" --epochs 4 --out run --quiet
same_weights run touched

# refused TEXT WORDS...: the run does not go on, its files stay; with --force it does where that may be.
refused() {
    again
    expect 1 galatea "${tiny[@]}" --epochs 4 --out run --quiet "${@:2}"
    one_line "$1"
    cmp -s run/state.safetensors first/state.safetensors && [ ! -e run/run.lock ] || fail "a refused run was changed"
}
printf x | dd of=codes.h5 bs=1 seek=$(($(stat -c %s codes.h5) - 9)) conv=notrunc status=none
refused "codes.h5: its bytes are not those that run was begun with (codes.h5) (--force resumes all the same)"
expect 0 galatea "${tiny[@]}" --epochs 4 --out run --force
says err "resumed all the same"
truncate -s -64 codes.h5
refused "codes.h5"
cp kept.h5 codes.h5
head -c 100 /dev/zero >>codes.h5
refused "codes.h5"
rm codes.h5
refused "codes.h5"
cp kept.h5 codes.h5
refused "with 1 threads, not 2" --threads 2
refused "batch" --batch 4
refused "seed" --seed 2
refused "blocks" --blocks 2
tiny vdvae
expect 1 galatea "${tiny[@]}" --out run
one_line "run is a run of model maf, not vdvae"
