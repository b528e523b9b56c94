# bench: the list of all, one small bench in words and as JSON, and names that are none.
expect 0 galatea bench --help
listed=$(sed -n '/^Benches:/,/^$/p' out | grep -c '^  [a-z]')
[ "$listed" = "$(grep -c '^GT_BENCH(' "$TESTS/../tools/bench/bench.def")" ] || fail "help lists $listed benches"
says out "  glow-train            training step of the Glow preset"
[ -n "${GT_SLOW_BUILD:-}" ] && skip "benches tell nothing of this build"
expect 0 galatea bench knn --steps 1 --seconds 0 --threads 1
says out "knn"
says out "images/s"
expect 0 galatea bench knn --steps 1 --seconds 0 --threads 1 --json
says out '"name": "knn"'
grep -q '"images_per_second": [1-9]' out || fail "no rate"
for sampler in diffusion-paper-sample glow-sample; do
    expect 0 galatea bench $sampler --steps 1 --seconds 0 --threads 1
    says out $sampler
done
expect 0 galatea bench morphology --steps 1 --seconds 0 --threads 1
says out morphology
expect 2 galatea bench knm
one_line "no bench 'knm'"
[ -s out ] && fail "a bench that there is none of printed something"
exit 0
