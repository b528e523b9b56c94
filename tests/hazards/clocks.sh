# The wall clock goes back an hour with every look at it, and the machine has any number of workers: a run has the same bits,
# tells no negative times and comes to its end.
[ -n "${GT_SLOW_BUILD:-}" ] && skip "what is preloaded does not go with sanitizers"
. "$TESTS/hazards/tiny.bash"
go_to_memory
make_sets
for model in maf simclr; do # the second makes views by workers of its own
    rm -rf run plain
    tiny $model
    expect 0 galatea "${tiny[@]}" --out run
    mv run plain
    GT_FAULT_CLOCK=1 LD_PRELOAD=$GT_HAZARDS/hazards_faults.so "$GALATEA" "${tiny[@]}" --out run >out 2>err || fail "$model: $(cat err)"
    same_weights run plain
    tail -n 3 run/train.csv | grep -q ',-[0-9.]*$' && fail "$model: negative seconds in the log"
    [ -e run/run.lock ] && fail "$model: the lock was left"
    for workers in 1 2 7; do # how many may work at once, not how sums are cut
        rm -rf run
        OMP_THREAD_LIMIT=$workers "$GALATEA" "${tiny[@]}" --threads 4 --out run >out 2>err || fail "$model: $(cat err)"
        [ $workers -eq 1 ] && rm -rf four && cp -r run four
        same_weights run four
    done
done
