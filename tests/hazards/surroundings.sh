# Pipes that close, no home, no terminal: a quiet end, no progress line in a file, and nothing is written but what was asked for.
. "$TESTS/hazards/tiny.bash"
go_to_memory
make_sets
tiny maf
mkdir home empty

# ... | head: SIGPIPE ends it, without a word; a training goes on without its reader.
code=0
{ "$GALATEA" help train 2>err; echo $? >code; } | head -c 1 >/dev/null
sleep 0.05
[ -s err ] && fail "a closed pipe was complained about: $(cat err)"
{ "$GALATEA" "${tiny[@]}" --out piped 2>&1; echo $? >code; } | head -n 1 >/dev/null
[ -e piped/run.lock ] && fail "a run whose reader went is locked"
expect 0 galatea "${tiny[@]}" --out piped

# No HOME, no variables at all, a HOME that is not there: the same run.
env -i "$GALATEA" "${tiny[@]}" --out bare >out 2>err || fail "without any variable: $(cat err)"
same_weights bare piped
HOME=/nonexistent/home "$GALATEA" "${tiny[@]}" --out away >out 2>err || fail "with a HOME that is not there: $(cat err)"
same_weights away piped

# In files: whole lines, no control bytes, at most a line of progress now and then.
LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]' out err && fail "control bytes in files"
[ "$(wc -l <err)" -lt 30 ] || fail "$(wc -l <err) lines of remarks"

# Few open files: what is short is said.
few_files() { (ulimit -n 10 && exec "$GALATEA" "$@"); }
expect 1 few_files data info codes.h5
one_line "codes.h5: a socket for its reader: Too many open files"

# Nothing appears in the home folder, in TMPDIR, or beside the run.
find . -type f ! -path './run/*' ! -name out ! -name err ! -name before ! -name after | sort >before
for words in "${tiny[*]} --out run" "encode coder --data small.h5 --out run/coded.h5 --threads 1" "report run --out run/report.html" \
    "data info codes.h5" "info run" "classify small.h5 --method knn --threads 1" "embed small.h5 --method pca --out run/map.h5"; do
    HOME=$PWD/home XDG_CACHE_HOME=$PWD/home TMPDIR=$PWD/empty "$GALATEA" $words >out 2>err || fail "'$words': $(cat err)"
done
find . -type f ! -path './run/*' ! -name out ! -name err ! -name before ! -name after | sort >after
cmp -s before after || fail "files appeared: $(comm -13 before after)"
