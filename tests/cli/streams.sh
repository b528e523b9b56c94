# Standard streams that are full, closed, or a pipe whose reader has gone.
code=0
galatea help >/dev/full 2>err || code=$?
[ $code -eq 1 ] || fail "writing to a full device ended with $code, expected 1"
one_line "galatea: standard output: No space left on device"
code=0
galatea help >&- 2>err || code=$?
[ $code -eq 1 ] || fail "a closed stdout ended with $code, expected 1"
one_line "galatea: standard output: "
# A command that meets the full device itself says so once, too.
galatea data synth --size 16 --count 30 --out sky.h5 >/dev/null || fail "no data"
for sink in /dev/full closed; do
    code=0
    if [ $sink = closed ]; then
        galatea importance sky.h5 --trees 2 --json >&- 2>err || code=$?
    else
        galatea importance sky.h5 --trees 2 --json >$sink 2>err || code=$?
    fi
    [ $code -eq 1 ] || fail "JSON to $sink ended with $code, expected 1"
    grep -v "are constant, their importance" err >lines
    [ "$(wc -l <lines)" -eq 1 ] || fail "JSON to $sink is not one line of complaint: $(cat err)"
done
# What was finished before stays, and the line names it.
for form in "" --json; do
    rm -f m.csv m.png
    code=0
    galatea morph sky.h5 --threads 1 --quiet --out m.csv --figure m.png --rows 0 $form >/dev/full 2>err || code=$?
    [ $code -eq 1 ] || fail "a table and a full device ended with $code, expected 1"
    tail -n 1 err >last
    grep -q "^galatea: .*No space left on device; m.csv is written whole; m.png is written whole$" last ||
        fail "the line does not say what is finished: $(cat last)"
    [ "$(wc -l <m.csv)" -gt 30 ] && [ -s m.png ] || fail "what is finished is not there"
done
# So in a folder with a file for each set.
code=0
galatea embed a=sky.h5 b=sky.h5 --method pca --threads 1 --json --out maps >/dev/full 2>err || code=$?
[ $code -eq 1 ] || fail "maps and a full device ended with $code, expected 1"
tail -n 1 err | grep -q "No space left on device; maps/a.h5, maps/b.h5 are written whole$" ||
    fail "the line does not say which maps are finished: $(cat err)"
# The reader closes before anything is written: a quiet end, as SIGPIPE gives.
code=0
{ sleep 0.2; galatea help 2>err; echo $? >code; } | exec true
sleep 0.5
while [ ! -s code ]; do sleep 0.1; done
[ "$(cat code)" -eq 141 ] || fail "a closed pipe ended with $(cat code), expected 141"
[ -s err ] && fail "a closed pipe was complained about"
# With every stream closed no output file may land on a standard descriptor.
code=0
galatea man pages <&- >&- 2>&- || code=$?
[ $code -eq 0 ] || fail "closed streams: the pages were not written ($code)"
grep -q '^.TH' pages/galatea.1 || fail "the page is not a page"
