# check: what is whole is fine; each damage is named, and ends with 1.
galatea data synth --size 16 --count 30 --out sky.h5 >/dev/null || fail "no data"
galatea train diffusion --preset tiny --set width=4 --set levels=2 --batch 8 --data sky.h5 --out run --epochs 1 --threads 1 --quiet \
    --sample-every 0 --nearest 0 --keep-every 1 || fail "no run"
galatea embed sky.h5 --method pca --out map.h5 --table map.fits --quiet >/dev/null || fail "no map"
galatea classify sky.h5 --method knn --k 3 --save fitted >/dev/null 2>&1 || fail "no classifiers"
expect 0 galatea check run run/best.safetensors sky.h5 map.h5 map.fits fitted
says out "run: a run, 8 files, 1 row: fine"
says out "sky.h5: a data set, 1 file, 30 rows: fine"
[ -s err ] && fail "something was said of what is fine"
expect 0 galatea check run sky.h5 --quiet
[ -s out ] && fail "--quiet tells what is fine"
expect 0 galatea check run --json
says out '"is_fine": true'

# one byte of weights, of a state and of the classifiers
flip() { # FILE PLACE
    printf "$(printf '\\%03o' $(($(od -An -tu1 -j "$2" -N 1 "$1") ^ 4)))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
mkdir "mixed up"
cp sky.h5 "mixed up"
galatea data show sky.h5 --out "mixed up/some.png" --quiet || fail "no sheet"
expect 1 galatea check "mixed up"
says out "mixed up: wrong: a folder of several kinds of files, and no set; check each of them: galatea check 'mixed up'/*"
rm -r "mixed up"
size() { stat -c %s "$1"; }
for file in run/last.safetensors run/state.safetensors fitted/knn.safetensors; do
    cp $file whole
    flip $file $(($(size $file) - 9))
    expect 1 galatea check ${file%%/*} --quiet
    says out "wrong"
    grep -q "^$file\|$file" out || fail "$file is not named"
    one_line "1 of 1 is not as it should be"
    cp whole $file
done
expect 0 galatea check run fitted --quiet
# a log that ends in the middle of a row is no damage, one that is none is
cp run/train.csv whole
printf 'step,2,3' >>run/train.csv
expect 0 galatea check run
says out "run/train.csv: note: its last row is not whole"
printf ',\n' >>run/train.csv
expect 1 galatea check run --quiet
says out "run/train.csv: wrong"
cp whole run/train.csv
# so with the other log; a sheet of samples is read to its end
printf '{"kind"' >>run/train.jsonl
expect 0 galatea check run
printf '\n' >>run/train.jsonl
expect 1 galatea check run --quiet
says out "run/train.jsonl: wrong: line "
sed -i '$d' run/train.jsonl
mkdir run/samples && galatea data show sky.h5 --count 2 --out sheet.png >/dev/null && cp sheet.png run/samples/epoch-0001.png || fail "no sheet"
expect 0 galatea check run
head -c -20 sheet.png >run/samples/epoch-0001.png
expect 1 galatea check run --quiet
says out "run/samples/epoch-0001.png: wrong"
rm -r run/samples
# a log of another run, as long as this one
for file in train.csv train.jsonl; do
    cp run/$file whole
    sed -i '$s/[3-9]/2/g' run/$file
    expect 1 galatea check run --quiet
    says out "run/$file: wrong: it is of another run: nowhere in the row of epoch 1 is the "
    cp whole run/$file
done
expect 0 galatea check run
# an input that is gone, and one that is another
mv sky.h5 old.h5
expect 0 galatea check map.fits
says out "map.fits: note: its input sky.h5 is not there any more"
galatea data synth --size 16 --count 30 --seed 9 --out sky.h5 >/dev/null
expect 1 galatea check run map.h5 map.fits
says out "map.fits: wrong: its input sky.h5 is not what it was made of"
says out "map.h5: wrong"
says out "run/best.safetensors: wrong: its input sky.h5"
one_line "3 of 3 are not as they should be"
galatea data export old.h5 --single fits --count 3 --out cutouts >/dev/null || fail "no cut-outs"
expect 0 galatea check cutouts
says out "cutouts: a data set, 1 file, 3 rows: fine"
head -c 2000 cutouts/"$(ls cutouts | head -n 1)" >cutouts/damaged.fits
expect 1 galatea check cutouts
says out "damaged.fits"
# a folder of sets is none of those that one command opens, and a damaged one in it is named
mkdir sets && cp old.h5 sets/a.h5
expect 0 galatea check sets
says out "sets: a data set, 1 file, 30 rows: fine"
# cut and foreign files, and what is not there
head -c 3000 old.h5 >cut.h5
expect 1 galatea check cut.h5 nothing.h5 old.h5
says out "cut.h5: wrong"
says out "nothing.h5: wrong: there is no such file or folder"
says out "old.h5: a data set, 1 file, 30 rows: fine"
one_line "2 of 3"
expect 2 galatea check
