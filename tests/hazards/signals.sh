# Every signal that announces an end, at GT_SIGNALS random moments each (1; 50 by hand), once or twice in a row: the run has saved
# or not yet begun, is not locked, and goes on to the bits of one that was left alone. A second SIGINT stops at once.
. "$TESTS/hazards/tiny.bash"
go_to_memory
make_sets
RANDOM=${GT_KILLS_SEED:-1}
tiny maf
tiny+=(--epochs 6 --checkpoint-minutes 1e-5) # a checkpoint after every step: signals meet them
start=$(date +%s%N)
expect 0 galatea "${tiny[@]}" --out run --quiet
took=$((($(date +%s%N) - start) / 1000))
mv run whole
saved=0 early=0 done=0
signals="INT TERM HUP USR1 USR2 XCPU"
[ -n "${GT_SLOW_BUILD:-}" ] && signals="INT USR1"
for signal in $signals; do
    for round in $(seq "${GT_SIGNALS:-1}"); do
        rm -rf run
        # A shell starts its background jobs deaf to SIGINT; env gives the default back.
        env --default-signal=INT "$GALATEA" "${tiny[@]}" --out run --quiet >out 2>err &
        pid=$!
        sleep "$(printf '%d.%06d' 0 $((RANDOM * 32768 % took)))"
        kill -$signal $pid 2>/dev/null
        [ $((RANDOM % 2)) -eq 0 ] && kill -$signal $pid 2>/dev/null
        code=0
        wait $pid 2>/dev/null || code=$?
        number=$((128 + $(kill -l $signal)))
        [ $code -eq 0 ] || [ $code -eq $number ] || fail "$signal ended it with $code"
        if [ $code -eq 0 ]; then
            done=$((done + 1))
        elif grep -q "; saved: the same command goes on from there" err; then
            saved=$((saved + 1))
        else
            early=$((early + 1))
        fi
        # At once: a lock may stay, of a dead process.
        [ $signal = INT ] || [ ! -e run/run.lock ] || [ ! -s err ] || fail "$signal left a lock"
        expect 0 galatea "${tiny[@]}" --out run --quiet
        same_weights run whole
    done
done
echo "$saved saved, $early before the first step or at once, $done were faster"
