# judge: three sets in every space, the table, and what it refuses.
galatea data synth --size 32 --count 60 --seed 1 --out train.h5 >/dev/null || fail "no data"
galatea data synth --size 32 --count 30 --seed 2 --out test.h5 >/dev/null || fail "no data"
galatea data synth --size 32 --count 25 --seed 3 --out made.h5 >/dev/null || fail "no data"
judge="galatea judge --train train.h5 --test test.h5 --threads 1 --permutations 100"

pixels="$judge --space pixels"
figure=""
command -v gnuplot >/dev/null && figure="--figure judged.svg"
expect 0 $pixels --generated made.h5 --out judged.csv $figure
says out "pixels of 1x32x32: 25 rows of each set, of "
says out " to learn from, 30 to test, 25 generated"
says out "verdict: nothing found against it"
says out "Vendi score"
says out "generated  95 % interval              real  against good"
says out "near copies: 0 of 25 samples of one of "
says err "25 rows of 1024 numbers: Frechet distances of fewer rows than numbers"
[ "$(head -n 1 judged.csv)" = "judge,value,low,high,real,rows,space,verdict" ] || fail "columns: $(head -n 1 judged.csv)"
for text in "Frechet distance (units" "energy distance (units)" "coverage (share)" "C_T (deviations)" "high is good" generated real; do
    [ -z "$figure" ] || grep -q ">$text" judged.svg || fail "judged.svg lacks '$text'"
done
[ "$(wc -l <judged.csv)" -eq 13 ] || fail "judged.csv has $(wc -l <judged.csv) lines, expected 13"
expect 0 $pixels --generated made.h5 --quiet --json
says out '"judge": "frechet_limit"'
says out '"found": []'
cp out first
expect 0 $pixels --generated made.h5 --quiet --json --threads 3
cmp -s out first || fail "other threads, other numbers"

# A generator that copies.
cp train.h5 copies.h5
expect 0 $pixels --generated copies.h5
says out "verdict: memorises: of 60 samples 49 are near copies of one of 49 training pictures, 0 of one of 30 unseen: 81.7 % (66 to 81.7 %) beyond chance"
says out "near copies: 49 of 60 samples of one of 49 training pictures, 0 of one of 30 test pictures"
says err "% of the 30 rows compared equal rows of train.h5"

# Morphology is what galaxies are judged by when nothing is said.
for set in "train 40 1" "test 36 2" "made 32 3"; do
    read -r name count seed <<<"$set"
    galatea data synth --survey optical --size 64 --count $count --seed $seed --out $name.optical.h5 >/dev/null ||
        fail "no data"
done
expect 0 galatea judge --train train.optical.h5 --test test.optical.h5 --generated made.optical.h5 --threads 1 --permutations 100
says out "morphology by concentration, asymmetry, smoothness, gini, m20: "
says out "left out"

# The encoder of a run, and codes that it made.
galatea train simclr --preset tiny --data train.h5 --epochs 1 --threads 1 --out run --quiet || fail "no run"
expect 0 $judge --generated made.h5 --space codes:run --json
says out '"space": "codes of simclr, epoch 1 of run"'
grep -A 5 '"judge": "kernel"' out >by_run
for set in train test made; do
    galatea encode run --data $set.h5 --out ${set}_codes.h5 --threads 1 >/dev/null || fail "no codes"
done
expect 0 galatea judge --train train_codes.h5 --test test_codes.h5 --generated made_codes.h5 --threads 1 \
    --permutations 100 --json
grep -A 5 '"judge": "kernel"' out | cmp -s - by_run || fail "codes of a run and codes in files differ"

# A second model of the same noise.
galatea data synth --size 32 --count 25 --seed 3 --out again.h5 >/dev/null || fail "no data"
expect 0 $pixels --generated made.h5 --second again.h5
says out "second model: cosine 1.0000 of pictures of the same noise, "
says out "verdict: generalises, "
expect 1 $pixels --generated made.h5 --second test.h5 --out no.csv
one_line "test.h5 has 30 rows of 1x32x32, expected 25"

# A pixel that is no number is like nothing.
galatea data synth --survey optical --size 32 --count 25 --seed 3 --out again.h5 >/dev/null || fail "no data"
printf '\000\000\300\177' | dd of=again.h5 bs=1 seek=51200 conv=notrunc status=none
expect 1 $pixels --generated made.h5 --second again.h5
one_line "again.h5, row 1"

galatea data export made.h5 --out whole.npy >/dev/null && galatea data import whole.npy --out whole.h5 >/dev/null || fail "no set without splits"
expect 2 galatea judge --train whole.h5 --test whole.h5 --generated made.h5
one_line "whole.h5 is the train set and the test set, and has no splits"
expect 1 $judge --generated made.h5 --space codes:none
one_line "none"
expect 2 $judge --generated made.h5 --space codes
one_line "train.h5 holds pictures, which have no space codes"
expect 2 $pixels --generated made.h5 --neighbours 25
one_line "made.h5 has 25 rows, expected more than the 25 neighbours"
expect 2 $judge --generated test.h5 --out no.csv
one_line "test.h5 is the generated set and the test set"
expect 2 $judge --generated made_codes.h5 --out no.csv
one_line "made_codes.h5 holds codes"
galatea data synth --size 24 --count 25 --seed 3 --out wide.h5 >/dev/null || fail "no data"
expect 1 galatea judge --train train.h5 --test wide.h5 --generated made.h5 --mismatch ignore --out no.csv
one_line "wide.h5 has rows of 1x24x24, expected 1x32x32"
[ ! -e no.csv ] || fail "a refused call left a file"
