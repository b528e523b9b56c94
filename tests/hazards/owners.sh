# A run folder has one owner: of two that start at once one works and the other is told who does; the lock of one that is dead
# is taken over; one of another host is not.
. "$TESTS/hazards/tiny.bash"
go_to_memory
make_sets
tiny maf
for round in 1 2 3; do
    rm -rf run
    for i in 1 2; do
        "$GALATEA" "${tiny[@]}" --epochs 200 --checkpoint-minutes 1 --keep-order --out run --quiet >out$i 2>err$i &
        pids[i]=$!
    done
    while kill -0 "${pids[1]}" 2>/dev/null && kill -0 "${pids[2]}" 2>/dev/null; do sleep 0.01; done
    kill -TERM "${pids[1]}" "${pids[2]}" 2>/dev/null
    codes=
    for i in 1 2; do
        code=0
        wait "${pids[i]}" || code=$?
        codes+="$code "
        [ $code -ne 1 ] || grep -q "galatea: run is in use by process ${pids[3 - i]} on .* since .*, delete run/run.lock)" err$i ||
            grep -q "run was just taken by another run\|another process is opening the run in run" err$i || fail "told: $(cat err$i)"
    done
    case $codes in
    "1 143 " | "143 1 " | "1 0 " | "0 1 ") ;;
    *) fail "two starts at once ended with $codes" ;;
    esac
done
rm -rf run
expect 0 galatea "${tiny[@]}" --out run --quiet

# Dead on this host: a process that is gone, a number that another process has now, a lock that was cut.
line() { echo "$(cat /proc/sys/kernel/hostname) $1 $2 2026-01-01T00:00:00Z"; }
epochs=4
for lock in "$(line 4194304 1)" "$(line $$ 1)" "$(line 4194304 1 | head -c 9)" ""; do
    echo "$lock" >run/run.lock
    expect 0 galatea "${tiny[@]}" --epochs $((epochs++)) --out run --quiet
    [ -e run/run.lock ] && fail "a lock was left"
done
echo "another.host 1 1 2026-01-01T00:00:00Z" >run/run.lock
expect 1 galatea "${tiny[@]}" --epochs 9 --out run --quiet
one_line "run is in use by process 1 on another.host since 2026-01-01T00:00:00Z (if that run is dead, delete run/run.lock)"

# File systems that refuse locks (NFS without a lock daemon): the folder's own file is lock enough, and sets are read and written.
[ -n "${GT_SLOW_BUILD:-}" ] && exit 0
rm run/run.lock
for words in "${tiny[*]} --epochs $epochs --out run --quiet" "data merge small.h5 small.h5 --out two.h5 --quiet"; do
    with_faults flock:0:ENOLCK "$GALATEA" $words >out 2>err || fail "without locks: $(cat err)"
done
true
