# What is finished when a signal comes is not lost: lines and JSON so far, the fits of classify and compare.
[ -n "${GT_SLOW_BUILD:-}" ] && skip "what is interrupted is run by other tests too"
expect 0 galatea data synth --survey radio --count 120 --seed 3 --size 16 --out sky.h5
expect 0 galatea data synth --survey radio --count 120 --seed 4 --size 16 --out far.h5

# begin SIGNAL FILE LINES COMMAND...: starts it and ends it when FILE has so many lines or KiB.
begin() {
    local signal=$1 file=$2 size=$3
    shift 3
    "$@" >out 2>err &
    local pid=$!
    for _ in $(seq 600); do
        [ "$(stat -c %s "$file" 2>/dev/null || echo 0)" -ge "$size" ] && break
        kill -0 $pid 2>/dev/null || break
        sleep 0.05
    done
    kill -"$signal" $pid 2>/dev/null
    wait $pid 2>/dev/null
    code=$?
}

# Each method's line stands there as soon as it is finished.
begin HUP out 250 "$GALATEA" classify sky.h5 --method knn,ext --ext-trees 400 --seeds 60 --cv 5 --threads 1
[ $code -eq 129 ] || fail "SIGHUP ended classify with $code"
grep -q '^knn ' out || fail "the finished method is lost"
grep -q '^ext ' out && fail "the method at work counts as finished"
one_line " fits"
says err "interrupted after "

# So does JSON, which then says that it is not all.
begin TERM seen 1 "$GALATEA" classify sky.h5 --method knn,ext --ext-trees 2000 --seeds 10 --cv 5 --threads 1 --json &
sleep 1.5
echo x >seen
wait
says out '"complete": false'
says out '"method": "knn"'
grep -q '"ext"' out && fail "a method that was not finished"

# With an output the same command goes on: fits that are there are not made again.
study=(--method knn,ext --ext-trees 80 --seeds 8 --cv 4 --threads 1)
expect 0 galatea classify sky.h5 "${study[@]}" --out whole.csv
cp out whole
for signal in TERM KILL; do
    begin $signal t.csv.parts 6000 "$GALATEA" classify sky.h5 "${study[@]}" --out t.csv
    [ $code -gt 128 ] || fail "it was faster than the signal"
    [ -e t.csv ] && fail "a table of half a study"
    [ $signal = KILL ] || one_line "the same command goes on, by t.csv.parts"
done
cp t.csv.parts kept
printf 'cut off' >>t.csv.parts
expect 0 galatea classify sky.h5 "${study[@]}" --out t.csv
cmp out whole || fail "interruptions changed the figures"
cmp t.csv whole.csv || fail "interruptions changed the table"
one_line "t.csv.parts holds"
[ -e t.csv.parts ] && fail "the parts of a whole study are still there"

# Other settings or values take nothing over.
cp kept u.csv.parts
expect 0 galatea classify sky.h5 --method knn --k 7 --seeds 8 --cv 4 --threads 1 --out u.csv
cp out seven
expect 0 galatea classify sky.h5 --method knn --k 7 --seeds 8 --cv 4 --threads 1
cmp out seven || fail "figures of other settings were taken"
# A fit of values as they are is none of scaled ones.
knn=(--method knn --seeds 8 --cv 4 --threads 1)
expect 0 galatea classify sky.h5 "${knn[@]}"
cp out plain
cp kept u.csv.parts
expect 0 galatea classify sky.h5 "${knn[@]}" --scale standard --out u.csv
cp out scaled
cmp -s plain scaled && fail "a scale changes no figure"
expect 0 galatea classify sky.h5 "${knn[@]}" --scale standard
cmp out scaled || fail "figures of values that are not scaled were taken"
echo "my notes" >v.csv.parts
expect 1 galatea classify sky.h5 --method knn --out v.csv
one_line "v.csv.parts: expected the finished parts of an interrupted call"
[ "$(cat v.csv.parts)" = "my notes" ] || fail "a file of somebody's is gone"

# compare: file by file, and the same parts.
expect 0 galatea compare a=sky.h5 b=far.h5 "${study[@]}" --out whole.json
cp out whole
begin TERM t.json.parts 14000 "$GALATEA" compare a=sky.h5 b=far.h5 "${study[@]}" --out t.json
[ $code -eq 143 ] || fail "SIGTERM ended compare with $code"
says err "the same command goes on, by t.json.parts"
expect 0 galatea compare a=sky.h5 b=far.h5 "${study[@]}" --out t.json
cmp out whole || fail "interruptions changed the figures"
[ -e t.json.parts ] && fail "the parts of a whole study are still there"

# encode: batch by batch, to the same bytes.
small="--set encoder-blocks=16d2,8d2,4d4,1x1 --set decoder-blocks=1x1,4m1,8m4,16m8 --set width=8
       --set latents=2,1:4 --set mixtures=2 --batch 8 --threads 1"
expect 0 galatea train vdvae $small --data far.h5 --out run --epochs 1 --quiet
expect 0 galatea data synth --survey radio --count 2500 --seed 5 --size 16 --out many.h5
coding=(encode run --data many.h5 --out codes.h5 --threads 1 --average all --batch 8)
expect 0 galatea "${coding[@]}"
[ -e codes.h5.parts ] && fail "the parts of whole codes are still there"
mv codes.h5 whole.h5
size=4000
for signal in TERM USR1 KILL; do
    begin $signal codes.h5.parts $size "$GALATEA" "${coding[@]}"
    [ $code -gt 128 ] || fail "it was faster than the signal"
    [ -e codes.h5 ] && fail "half of the codes"
    [ $signal = KILL ] || says err "; the same command goes on, by codes.h5.parts"
    size=$(($(stat -c %s codes.h5.parts) + 4000))
done
cp codes.h5.parts kept
printf 'cut off' >>codes.h5.parts
expect 0 galatea "${coding[@]}"
one_line "codes.h5.parts holds codes of a call that was interrupted"
cmp codes.h5 whole.h5 || fail "interruptions changed the codes"
[ -e codes.h5.parts ] && fail "the parts of whole codes are still there"

# A damaged part is computed again; other settings, pictures and weights take nothing over.
cp kept codes.h5.parts
printf 'damage' | dd of=codes.h5.parts bs=1 seek=500 conv=notrunc 2>/dev/null
expect 0 galatea "${coding[@]}"
cmp codes.h5 whole.h5 || fail "a damaged part was taken"
# alone CHANGE...: the command with other arguments beside the kept parts gives what it gives without them.
alone() {
    expect 0 galatea "$@"
    mv codes.h5 without.h5
    cp kept codes.h5.parts
    expect 0 galatea "$@"
    [ -s err ] && fail "parts of another call were taken"
    cmp codes.h5 without.h5 || fail "parts of another call changed codes"
}
alone "${coding[@]/#all/flips}"
alone "${coding[@]}" --seed 7
alone "${coding[@]/#8/16}"
expect 0 galatea data synth --survey radio --count 2500 --seed 6 --size 16 --out many.h5
alone "${coding[@]}"
expect 0 galatea train vdvae $small --data far.h5 --out run --epochs 2 --quiet
alone "${coding[@]}"
exit 0
