# A set that is larger than the memory trains within it: rows are read when it is their turn, and what was never written of a
# file is not read. The set is sparse, so that it needs no disk (sparse_set.c).
[ -n "${GT_SLOW_BUILD:-}" ] && skip "sanitizers take memory of their own"
. "$TESTS/hazards/tiny.bash"
go_to_memory
gib=4 # 20 shows the same with a limit of 2 GiB, and takes 4 s
"$GT_HAZARDS/hazards_sparse_set" large.h5 $gib 64 || fail "no set"
[ "$(stat -c %s large.h5)" -gt $((gib << 30)) ] || fail "the set is small"
limited() { (ulimit -v $((gib * 1024 * 1024 / 8)) && "$GT_HAZARDS/hazards_peak" peak "$GALATEA" "$@"); }
expect 0 limited train simclr --data large.h5 --preset tiny --widths 4,4,8 --hidden 8 --output 4 --batch 16 --warmup 0 \
    --epochs 1 --threads 1 --out run
says out "run: 1 epoch, 4 steps"
[ "$(cat peak)" -lt 150000 ] || fail "it took $(cat peak) KiB"
[ "$(du -k large.h5 | cut -f 1)" -lt 10000 ] || fail "reading wrote to the set"
