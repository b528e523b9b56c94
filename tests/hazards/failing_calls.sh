# Every write, flush, rename, opening and closing fails in turn: the command ends with one line and exit code 1, leaves no
# temporary and no half of a file, and the same command works when the fault is gone. What is finished and stands in its
# place is kept when only what comes behind fails, the flush of the folder or what is printed: the line says so. GT_EVERY=1 takes every call of all commands, or of
# those whose output GT_OUTPUTS names; here some calls are passed over, and most commands only shown to work.
[ -n "${GT_SLOW_BUILD:-}" ] && skip "what is preloaded does not go with sanitizers"
. "$TESTS/hazards/tiny.bash"
go_to_memory
make_sets
reached=0 passed=0 keeps=0 reader=0

# sums: what lies in the folder, but for the test's own files, and finished parts that the next call takes up.
sums() { find . -type f ! -name out ! -name err ! -name reached ! -name before ! \( -name '*.parts' -size +0 \) ! -path './whole/*' -print0 | sort -z | xargs -0 sha256sum; }

# kept OUTPUT: the last run said that all of it stands in its place, and it does.
kept() {
    tail -n 1 err | grep -q -e "^galatea: $1 is written whole, but a power loss may still take it away: flushing the folder .*: " \
        -e "; $1 is written whole" || return
    if [ -d "$1" ]; then diff -r "$1" "whole/$1" >out; else cmp "$1" "whole/$1" >out; fi || fail "$1 is not whole"
    keeps=$((keeps + 1))
}

# each CALL HOW STEP OUTPUT COMMAND...: the command, which makes OUTPUT, with every STEP-th call failing.
each() {
    local call=$1 how=$2 step=$3 output=$4 n code
    shift 4
    for ((n = 1; ; n += ${GT_EVERY:-$step})); do
        rm -rf "$output" reached
        # A folder that is there is refused; a file of other bytes shows whether it was touched.
        [ -f "whole/$output" ] && echo old >"$output"
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
        [ $code -eq 0 ] || [ "$prepare" = run ] || { kept "$output" && continue; } || [ "$(sums)" = "$(cat before)" ] ||
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
# reader_without_memory OUTPUT COMMAND...: the same for the reader process, which cannot leave a mark: until 20 calls in a row, of all
# those that there are, are harmless. Libraries do what they do without memory: the reader may die of it.
reader_without_memory() {
    local output=$1 n=0 harmless=0 code
    shift
    while [ $harmless -lt 20 ]; do
        n=$((n + 1)) code=0
        rm -rf "$output"
        [ -f "whole/$output" ] && echo old >"$output"
        sums >before
        with_faults_in galatea-reader "malloc:$n:ENOMEM" "$GALATEA" "$@" >out 2>err || code=$?
        [ $code -eq 0 ] && harmless=$((harmless + 1)) && continue
        harmless=0 reader=$((reader + 1))
        [ $code -eq 1 ] && tail -n 1 err | grep -q '^galatea: ' || fail "reader without memory $n in '$*': ended with $code"
        [ "$(sums)" = "$(cat before)" ] || fail "reader without memory $n in '$*': files changed"
    done
}

is_chosen() { [[ " ${GT_OUTPUTS:-$1} " = *" $1 "* ]]; }

mkdir whole
galatea data synth --size 16 --count 5 --seed 1 --out few.h5 --quiet >/dev/null || fail "no data"
tiny maf
tiny+=(--epochs 2 --quiet)
galatea "${tiny[@]}" --out run || fail "no run"
mv run whole
cp -r whole/run coder_flow
prepare=run # the same command goes on in it
is_chosen run && with_each "61 131 13 7 9 9 101" run "${tiny[@]}" --out run
prepare=old
others=("set.h5|data synth --size 16 --count 5 --seed 1 --quiet --out set.h5"
    "o.h5|encode coder --data small.h5 --threads 1 --quiet --out o.h5"
    "t.csv|classify small.h5 --method knn --seeds 2 --threads 1 --out t.csv"
    "v.png|data views small.h5 --rows 0 --count 1 --quiet --out v.png"
    "i.h5|data import --format hdf5 small.h5 --dataset images --quiet --out i.h5"
    "m.fits|morph few.h5 --threads 1 --quiet --out m.fits"
    "map.h5|embed small.h5 --method pca --threads 1 --quiet --out map.h5"
    "r.html|report coder --out r.html"
    "found.fits|search codes.h5 --query codes.h5:0-2 --threads 1 --quiet --out found.fits"
    "odd.csv|novelty coder_flow --data codes.h5 --threads 1 --quiet --out odd.csv"
    "q.h5|data merge few.h5 few.h5 --quiet --out q.h5"
    "p.npz|data export few.h5 --quiet --out p.npz"
    "singles|data export few.h5 --single png --quiet --out singles"
    "fitted|classify small.h5 --method all --rf-trees 5 --ext-trees 5 --grad-stages 5 --threads 1 --save fitted")
for kind in "${others[@]}"; do
    output=${kind%%|*}
    is_chosen "$output" || continue
    galatea ${kind#*|} >/dev/null 2>err || fail "'${kind#*|}'"
    mv "$output" whole
    [ -n "${GT_EVERY:-}" ] || [ "$output" = set.h5 ] || continue
    with_each "4 5 1 1 2 2 9" "$output" ${kind#*|}
    [ -z "${GT_EVERY:-}" ] || reader_without_memory "$output" ${kind#*|}
done
echo "$reached faults, $passed of them harmless, $keeps of them behind what was finished; $reader in the reader"
[ $keeps -ge 1 ] || fail "no failed flush of the folder behind a rename was met"
[ $reached -ge 30 ] || fail "only $reached faults"
