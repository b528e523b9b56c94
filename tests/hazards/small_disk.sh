# A disk of 2 MB, a limit of file sizes, a folder that takes no files, a full standard output: one line that names the file, the
# old files as they were, no temporary; a run that cannot end there does not begin.
. "$TESTS/hazards/tiny.bash"
make_sets
whole=$PWD
tiny maf

# intact FOLDER: nothing in it but what stood there.
intact() {
    [ -z "$(find "$1" -name '*.part' -o -name '*.parts')" ] || fail "left $(find "$1" -name '*.part' -o -name '*.parts')"
    (cd "$1" && sha256sum --quiet -c "$whole/sums") >/dev/null 2>&1 || fail "old files changed"
}

# In a file system of 2 MB of its own, below a user's name space: INSIDE runs there.
if unshare -Urm true 2>/dev/null; then
    mkdir disk
    cat >inside <<'END'
mount -t tmpfs -o size=2m none disk || exit 77
cd disk || exit 77
ln -s ../codes.h5 ../small.h5 .
"$GALATEA" "${tiny[@]}" --out run >/dev/null 2>"$whole/err1" || { cat "$whole/err1"; exit 1; }
find run -type f -exec sha256sum {} + >"$whole/sums"
df -B1 --output=avail . | tail -n 1 >"$whole/left"
head -c $(($(cat "$whole/left") - 40000)) /dev/zero >ballast
# A set of 5 MB, a second run, the run goes on, classifiers with their 60 pictures.
n=0
for words in "data synth --size 64 --count 1200 --out set.h5" "${tiny[*]} --out second" "${tiny[*]} --epochs 5 --out run" \
    "classify small.h5 --method knn --save fitted"; do
    code=0
    "$GALATEA" $words >/dev/null 2>"$whole/err1" || code=$?
    echo "$code $(tail -n 1 "$whole/err1")"
    if [ $code -eq 1 ]; then n=$((n + 1)); fi
done
(cd . && sha256sum --quiet -c "$whole/sums") || exit 1
[ -z "$(find . -name '*.part')" ] || { find .; exit 1; }
rm ballast
"$GALATEA" "${tiny[@]}" --epochs 5 --out run >/dev/null 2>"$whole/err1" || { cat "$whole/err1"; exit 1; }
[ $n -eq 4 ]
END
    export GALATEA whole
    code=0
    unshare -Urm bash -c "tiny=(${tiny[*]}); . ./inside" >said 2>&1 || code=$?
    [ $code -eq 77 ] || [ $code -eq 0 ] || { cat said; fail "on a full disk: $code"; }
    if [ $code -eq 0 ]; then
        grep -q '^1 galatea: second: this run writes .*, its file system has .* left' said || { cat said; fail "a run begins on a full disk"; }
        grep -q '^1 galatea: .*set.h5' said || { cat said; fail "the set is not named"; }
    else
        echo "no file system of its own here: that part is left out"
    fi
else
    echo "no user name spaces here: a disk of 2 MB is left out"
fi

# Files may not grow beyond 64 KiB: the run stops at its first state, and what was there stays.
expect 0 galatea "${tiny[@]}" --out run --quiet
expect 0 galatea data synth --size 16 --count 40 --out set.h5 --quiet
sha256sum set.h5 run/*.safetensors >sums
limited() { (ulimit -f 64; exec "$GALATEA" "$@"); }
expect 1 limited data synth --size 32 --count 100 --out set.h5 --quiet
one_line "set.h5"
expect 1 limited "${tiny[@]}" --epochs 5 --out run --quiet
one_line "saving the run: writing run/"
intact .
expect 0 galatea "${tiny[@]}" --epochs 5 --out run --quiet

# A folder that takes no files: root may write there, unless it gives that right up.
mkdir closed
chmod a-w closed
shut() { "$GALATEA" "$@"; }
[ "$(id -u)" -eq 0 ] && shut() { setpriv --bounding-set -dac_override --inh-caps -dac_override "$GALATEA" "$@"; }
if shut --version >/dev/null 2>&1; then
    expect 1 shut data synth --size 16 --count 4 --out closed/set.h5 --quiet
    one_line "closed/set.h5: Permission denied"
    expect 1 shut "${tiny[@]}" --out closed/run --quiet
    one_line "closed/run: Permission denied"
else
    echo "no user without rights here: a folder that takes no files is left out"
fi
true
