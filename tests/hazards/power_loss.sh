# After a power loss at any moment a run goes on with the same command to the same bits. A log of all writes, flushes and
# changes of names says which states the disk may be in (power_states.c); each is made and resumed from. GT_EVERY=1 takes
# all of them, here it is one in GT_EVERY.
[ -n "${GT_SLOW_BUILD:-}" ] && skip "what is preloaded does not go with sanitizers"
. "$TESTS/hazards/tiny.bash"
go_to_memory
make_sets
tiny maf
tiny+=(--epochs 2 --quiet --out run)
GT_FAULT_LOG=$PWD/log LD_PRELOAD=$GT_HAZARDS/hazards_faults.so "$GALATEA" "${tiny[@]}" >out 2>err || fail "no run"
mv run whole
"$GT_HAZARDS/hazards_power_states" log states "${GT_EVERY:-97}" >count || fail "no states"
tried=0
for state in states/end-*; do
    [ -d "$state/run" ] || fail "a run that is done can be lost"
    same_weights "$state/run" whole
done
for state in states/[0-9]*; do
    rm -rf run
    [ -d "$state/run" ] && mv "$state/run" run
    find run -type f -exec ls -l {} + >before 2>/dev/null
    code=0
    "$GALATEA" "${tiny[@]}" >out 2>err || code=$?
    [ $code -eq 0 ] || { cat before; fail "from $state the run does not go on"; }
    same_weights run whole
    tried=$((tried + 1))
done
echo "resumed from $tried of $(cat count) states"
[ $tried -ge 10 ] || fail "only $tried states"
