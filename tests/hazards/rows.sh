# Every hazard of rows.tsv has tests that are there and are run, or says why it has none; every test of this folder has a row.
cd "$TESTS/.." || fail "no folder"
rows=$(grep -v '^#' tests/hazards/rows.tsv)
[ "$(echo "$rows" | wc -l)" -eq 33 ] || fail "rows.tsv has $(echo "$rows" | wc -l) hazards, expected 33"
while IFS=$'\t' read -r hazard promise tests more; do
    [ -n "$promise" ] && [ -n "$tests" ] && [ -z "$more" ] || fail "'$hazard' has no promise or no test"
    [[ $tests == "none: "?* ]] && continue
    for test in $tests; do
        [ -f "$test" ] || fail "'$hazard': there is no $test"
        [[ $test =~ ^tests/[a-z]+/[a-z0-9_]+(\.sh|_test\.c|_fuzz\.c)$|^scripts/lint$ ]] || fail "'$hazard': $test is never run"
    done
done <<<"$rows"
[ -z "$(echo "$rows" | cut -f 1 | sort | uniq -d)" ] || fail "a hazard stands there twice"
for test in tests/hazards/*.sh; do
    [ "$test" = tests/hazards/rows.sh ] || grep -qwF "$test" tests/hazards/rows.tsv || fail "$test is in no row"
done
