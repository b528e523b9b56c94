# Every write, flush, rename, opening and closing fails in turn: the command ends with one line and exit code 1, leaves no
# temporary and no half of a file, and the same command works when the fault is gone. GT_EVERY=1 takes every call of all
# commands; here some calls are passed over, and most commands only shown to work.
[ -n "${GT_SLOW_BUILD:-}" ] && skip "what is preloaded does not go with sanitizers"
. "$TESTS/hazards/tiny.bash"
go_to_memory
make_sets
reached=0 passed=0

# sums: what lies in the folder, but for the test's own files, and finished parts that the next call takes up.
sums() { find . -type f ! -name out ! -name err ! -name reached ! -name before ! \( -name '*.parts' -size +0 \) ! -path './whole/*' -print0 | sort -z | xargs -0 sha256sum; }

# each CALL HOW STEP OUTPUT COMMAND...: the command, which makes OUTPUT, with every STEP-th call failing.
each() {
    local call=$1 how=$2 step=$3 output=$4 n code
    shift 4
    for ((n = 1; ; n += ${GT_EVERY:-$step})); do
        rm -rf "$output" reached
        # A folder that is there is refused.
        [ -f "whole/$output" ] && [ "$prepare" = old ] && cp "whole/$output" .
        sums >before
        code=0
        with_faults "$call:$n:$how" "$GALATEA" "$@" >out 2>err || code=$?
        [ -e reached ] || break
        reached=$((reached + 1))
        [ -z "$(find . -name '*.part')" ] || fail "$call $n fails ($how) in '$*': left $(find . -name '*.part')"
        if [ $code -eq 0 ]; then
            passed=$((passed + 1))
        else
            [ $code -eq 1 ] || fail "$call $n fails ($how) in '$*': ended with $code"
            grep -v -e ' memory: ' -e ' epoch ' -e ' about ' err | grep -c '^galatea: ' >lines
            tail -n 1 err | grep -q '^galatea: ' || fail "$call $n fails ($how) in '$*': no line says so"
            rm lines
        fi
        [ $code -eq 0 ] || [ "$prepare" = run ] || [ "$(sums)" = "$(cat before)" ] ||
            fail "$call $n fails ($how) in '$*': files changed: $(sums | diff before - | head -5)"
        [ $code -eq 0 ] && [ -d "$output" ] && [ "$prepare" = old ] && continue
        code=0
        "$GALATEA" "$@" >out 2>err || code=$?
        [ $code -eq 0 ] || fail "$call $n failed ($how) in '$*': the same command does not work afterwards"
        [ "$prepare" = run ] && { same_weights "$output" "whole/$output"; continue; }
    done
}
# with_each STEP...: `each` for every kind of call, with these steps.
with_each() {
    local steps=($1) fault i=0
    shift
    for fault in write:ENOSPC write:half fsync:EIO rename:EDQUOT open:EROFS close:EIO malloc:ENOMEM; do
        each "${fault%:*}" "${fault#*:}" "${steps[$((i++))]}" "$@"
    done
}

mkdir whole
tiny maf
tiny+=(--epochs 2 --quiet)
galatea "${tiny[@]}" --out run || fail "no run"
mv run whole
prepare=run
with_each "61 131 13 7 9 9 101" run "${tiny[@]}" --out run
prepare=old
others=("set.h5|data synth --size 16 --count 5 --seed 1 --quiet --out set.h5"
    "o.h5|encode coder --data small.h5 --threads 1 --quiet --out o.h5"
    "t.csv|classify small.h5 --method knn --seeds 2 --threads 1 --out t.csv"
    "v.png|data views small.h5 --rows 0 --count 1 --quiet --out v.png"
    "i.h5|data import --format hdf5 small.h5 --dataset images --quiet --out i.h5"
    "m.fits|morph whole/set.h5 --threads 1 --quiet --out m.fits"
    "map.h5|embed small.h5 --method pca --threads 1 --quiet --out map.h5"
    "r.html|report coder --out r.html"
    "fitted|classify small.h5 --method all --rf-trees 5 --ext-trees 5 --grad-stages 5 --threads 1 --save fitted")
for kind in "${others[@]}"; do
    output=${kind%%|*}
    galatea ${kind#*|} >/dev/null 2>err || fail "'${kind#*|}'"
    mv "$output" whole
    [ -n "${GT_EVERY:-}" ] || [ "$output" = set.h5 ] || continue
    with_each "4 5 2 1 2 2 9" "$output" ${kind#*|}
done
echo "$reached faults, $passed of them harmless"
[ $reached -ge 30 ] || fail "only $reached faults"
