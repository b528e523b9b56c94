# galatea data import, merge and info: whole or absent, one line for what is wrong.
expect 0 galatea data synth --count 60 --seed 1 --size 40 --out sky.h5
cp sky.h5 copy.h5
expect 0 galatea data import --format hdf5 sky.h5 --size 32 --out set.h5
says out "set.h5: 60 of 60 images, 1 x 32 x 32 uint8"
[ -s err ] && fail "stderr is not empty"
mv set.h5 first.h5
expect 0 galatea data import --format hdf5 sky.h5 --size 32 --out set.h5
cmp first.h5 set.h5 || fail "equal runs gave other bytes"
expect 0 galatea data import --format hdf5 sky.h5 --crop 40 --size 16 --pixels float32 \
    --split test --out test.h5 --quiet
[ -s out ] && fail "stdout is not empty"
expect 0 galatea data import --format hdf5 sky.h5 --align principal --crop 36 --size 32 --out turned.h5
says out "turned.h5: 60 of 60 images, 1 x 32 x 32 uint8"
cmp -s turned.h5 set.h5 && fail "--align principal changed nothing"
expect 0 galatea data import --format hdf5 sky.h5 --align principal --out turned.h5
says out "1 x 40 x 40"
expect 1 galatea data import --format hdf5 sky.h5 --align principal --size 41 --out none.h5
one_line "40 x 40 pixels, expected at least 41 x 41"
expect 0 galatea data import --format hdf5 sky.h5 --where 'labels=1,split!=1' --out two.h5
expect 0 galatea data info two.h5
says out "FRII: "
says out "; no rows: FRI"
says out " train, 0 test, 0 validation"
expect 2 galatea data import --format hdf5 sky.h5 --out sky.h5
one_line "sky.h5 would replace its own input sky.h5"
expect 0 galatea data info sky.h5

# What lies near given positions stays out, and is counted; their files stand in the record.
expect 0 galatea data import --format hdf5 sky.h5 --exclude sky.h5:test --within 1 --out unseen.h5
left=$(galatea data import --format hdf5 sky.h5 --split train --out trained.h5 | sed 's/.*: \([0-9]*\) of.*/\1/')
says out "unseen.h5: $left of 60 images"
says err "sky.h5: $((60 - left)) pictures are left out, within 1 arcsec of one of $((60 - left)) positions"
galatea data info unseen.h5 --json | grep -qE 'inputs\\": \{\\"sky.h5\\": \\"[0-9a-f]{16}\\"\}' || fail "the files of --exclude are not in the record"
expect 1 galatea data import --format hdf5 sky.h5 --exclude sky.h5 --out none.h5
one_line "sky.h5: all 60 pictures lie within 30 arcsec of --exclude"
expect 2 galatea data import --format hdf5 sky.h5 --exclude sky.h5:odd --out none.h5
one_line "--exclude sky.h5:odd: expected FILE, FILE:7-9 (rows) or FILE:test (a split)"
[ -e none.h5 ] && fail "a refused import left a file"

# A split is drawn where the source has none: by the seed, and whatever rows are taken.
mkdir -p pictures/a pictures/b
galatea data views sky.h5 --out pictures/a/01.png >/dev/null || fail "no picture"
for i in 02 03 04 05 06 07 08 09 10 11 12; do cp pictures/a/01.png "pictures/$([ $i -lt 7 ] && echo a || echo b)/$i.png"; done
expect 0 galatea data import --format png pictures --size 32 --test 0.4 --out drawn.h5 --json
says out '"count": 12,'
says out '"type": "uint8"'
mv drawn.h5 again.h5
expect 0 galatea data import --format png pictures --size 32 --test 0.4 --out drawn.h5
cmp drawn.h5 again.h5 || fail "two draws of one seed differ"
expect 0 galatea data info drawn.h5
split=$(grep "^split" out)
[[ $split =~ ([0-9]+)\ train,\ ([0-9]+)\ test ]] && [ $((BASH_REMATCH[1] + BASH_REMATCH[2])) -eq 12 ] &&
    [ "${BASH_REMATCH[2]}" -gt 0 ] && [ "${BASH_REMATCH[1]}" -gt 0 ] || fail "$split"
expect 0 galatea data import --format png pictures --size 32 --test 0.4 --seed 3 --out other.h5
expect 0 galatea data info other.h5
[ "$split" != "$(grep "^split" out)" ] || fail "another seed draws the same split"
expect 2 galatea data import --format hdf5 sky.h5 --test 0.4 --out no.h5
one_line "--test 0.4: sky.h5 has splits of its own"
expect 0 galatea data import --format png pictures --size 32 --out plain.h5
expect 1 galatea classify plain.h5
one_line "plain.h5 has no column 'split', classes are told by labels and split (an import draws one: test 0.2)"

expect 0 galatea data merge set.h5 first.h5 --out all.h5
says out "all.h5: 120 rows of 2 sets"
expect 0 galatea data info all.h5 --json
says out '"count": 120,'
says out '"type": "uint8",'
says out '"name": "FRII",'
says out '    "labels",'
expect 0 galatea data info all.h5
says out "all.h5: 120 images, 1 x 32 x 32 uint8"
says out "columns    labels split ra dec angular_size id"
says out "command    galatea data merge set.h5 first.h5 --out all.h5"
says out "made of    first.h5"

expect 0 galatea data merge set.h5 set.h5 --drop-repeats 0.999999 --out once.h5
says out "once.h5: 60 rows of 2 sets"
says err "60 of 120 pictures left out"
says err "left out: row 0 of set.h5, correlation 1.0000 with row 0 of set.h5"
expect 0 galatea data merge set.h5 --drop-repeats 0.999999 --out once.h5
says out "once.h5: 60 rows of 1 set"
expect 2 galatea data merge set.h5 --drop-repeats 1 --out no.h5
one_line "drop-repeats"
expect 2 galatea data merge set.h5 --out no.h5
one_line "one FILE: two or more are joined, or --drop-repeats, --split, --where or --take is given"
expect 0 galatea data merge set.h5 --take 17 --seed 3 --out some.h5
says out "some.h5: 17 rows of 1 set"
expect 0 galatea data merge set.h5 set.h5 --split test --out tests.h5
expect 0 galatea data info tests.h5 --json
grep -q '"train": [1-9]' out && fail "training rows among those of a test"
expect 1 galatea data merge set.h5 --take 100 --out no.h5
one_line "100 rows to take, 60 are there"
[ -e no.h5 ] && fail "a file of a refused choice"

rm -rf here; mkdir here; cd here
expect 2 galatea data import --format hdf5 ../sky.h5
one_line "out"
expect 0 galatea data import --out guessed.h5 ../sky.h5
says err "../sky.h5: read as hdf5, as --format hdf5 does"
rm guessed.h5
expect 1 galatea data import --out x.h5 none.h5
one_line "none.h5"
printf 'PAR1 and more' >t.parquet
expect 1 galatea data import --out x.h5 t.parquet
one_line "t.parquet: Parquet, which is not read; in Python: import numpy, pandas; t = pandas.read_parquet('t.parquet'); "
printf 'zipped' | gzip >"t c.npy.gz"
expect 1 galatea data import --out x.h5 "t c.npy.gz"
one_line "unpack it: gunzip --keep 't c.npy.gz'"
rm "t c.npy.gz"
expect 1 galatea data import --format hdf5 --out x.h5 t.parquet
one_line "t.parquet: Parquet, which is not read"
rm t.parquet
expect 2 galatea data import --format hdf5 --out x.h5
one_line "PATH"
expect 2 galatea data import --format jpeg2000 ../sky.h5 --out x.h5
one_line "no format 'jpeg2000', expected one of mirabest, frdeep, png, pictures, "
expect 2 galatea data import --format hdf5 --subset full ../sky.h5 --out x.h5
one_line "--subset full: the format hdf5 has no subsets"
expect 2 galatea data import --format hdf5 --where 'colour=1' ../sky.h5 --out x.h5
one_line "no column 'colour'"
expect 2 galatea data import --format hdf5 --bad-pixels keep ../sky.h5 --out x.h5
one_line "bad-pixels"
expect 1 galatea data import --format hdf5 --size 41 ../sky.h5 --out x.h5
one_line "40 x 40 pixels, expected at least 41 x 41"
expect 1 galatea data import --format hdf5 --where 'labels=7' ../sky.h5 --out x.h5
one_line "none of 60 pictures fits"
expect 1 galatea data import --format hdf5 none.h5 --out x.h5
one_line "none.h5"
for format in hdf5 mirabest frdeep png; do
    : >empty
    expect 1 galatea data import --format $format empty --out x.h5
    one_line "empty"
    head -c 4000 ../sky.h5 >cut
    expect 1 galatea data import --format $format cut --out x.h5
    one_line "cut"
    mkdir -p folder
    expect 1 galatea data import --format $format folder --out x.h5
    one_line "folder"
done
rm -rf empty cut folder
expect 1 galatea data import --format hdf5 ../sky.h5 --out none/x.h5
one_line "none/x.h5"
expect 1 galatea data merge ../set.h5 ../sky.h5 --out x.h5
one_line "expected images of 1 x 32 x 32 uint8"
expect 2 galatea data merge ../set.h5 --out x.h5
one_line "FILE"
expect 2 galatea data merge ../set.h5 ../first.h5 --out ../set.h5
one_line "../set.h5 would replace its own input ../set.h5"
expect 1 galatea data info none.h5
one_line "none.h5"
[ -z "$(ls -A | grep -vE '^(out|err)$')" ] || fail "left behind: $(ls -A)"
cd ..

# Files of a folder or an archive that cannot be read: headers, or pixels alone; unless they are all there is.
expect 0 galatea data export sky.h5 --single png --count 5 --out pngs
files=(pngs/*/*.png pngs/*.png)
pngs=()
for file in "${files[@]}"; do [ -f "$file" ] && pngs+=("$file"); done
head -c 20 "${pngs[0]}" >cut && mv cut "${pngs[0]}"
head -c -30 "${pngs[2]}" >cut && mv cut "${pngs[2]}"
expect 1 galatea data import --format png pngs --out few.h5
tar cf pngs.tar pngs
for source in pngs pngs.tar; do
    expect 0 galatea data import --format png $source --drop-damaged --out few.h5
    says out "few.h5: 3 of 3 images"
    says err "2 files cannot be read and are left out"
    [ "$(grep -c "left out: .*png" err)" -eq 2 ] || fail "the files are not named"
done
mkdir sets && cp sky.h5 sets/b.h5 && head -c 4000 sky.h5 >sets/a.h5
expect 1 galatea data import --format hdf5 sets --out few.h5
one_line "; --drop-damaged leaves out such files"
expect 0 galatea data import --format hdf5 sets --drop-damaged --out few.h5
says err "left out: sets/a.h5: "
says err "1 file cannot be read and is left out"
rm -r sets/b.h5 "${pngs[1]}" "${pngs[3]}" "${pngs[4]}"
expect 1 galatea data import --format hdf5 sets --drop-damaged --out few.h5
expect 1 galatea data import --format png pngs --drop-damaged --out few.h5
says err "pngs: none of its 2 PNG files can be read"

# A full disk: the old file stays, nothing else.
cp set.h5 kept.h5
(ulimit -f 8; expect 1 galatea data import --format hdf5 sky.h5 --out set.h5) || exit 1
(ulimit -f 1; expect 1 galatea data import --format hdf5 sky.h5 --out set.h5) || exit 1
says err "cannot be written (File too large)"
one_line "set.h5"
cmp set.h5 kept.h5 || fail "the old file was touched"
ls -A | grep -q part && fail "a temporary is left"
true
