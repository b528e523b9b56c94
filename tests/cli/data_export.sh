# data export: pictures of a set as FITS, NumPy and PNG; values in their unit; nothing half-written.
galatea data synth --size 32 --count 12 --seed 1 --out sky.h5 >/dev/null || fail "no data"
galatea data synth --size 32 --count 12 --seed 1 --scale none --out raw.h5 >/dev/null || fail "no data"
import() { galatea data import --format hdf5 raw.h5 --range -1:20 --stretch asinh --unit Jy/beam "$@" >/dev/null 2>&1; }
import --out flux.h5 && import --pixels uint8 --out bytes.h5 || fail "no data"
# card KEY FILE: its value.
card() { head -c 14400 "$2" | fold -w 80 | grep -a -m1 "^$(printf %-8s "$1")=" | cut -c11- | sed 's# / .*##' | tr -d "' "; }
good() { ! command -v fitsverify >/dev/null || fitsverify -q "$@" >/dev/null || fail "fitsverify finds faults in $*"; }

expect 0 galatea data export flux.h5 --out flux.fits
says out "flux.fits: 12 rows"
good flux.fits
[ "$(card BITPIX flux.fits) $(card NAXIS3 flux.fits) $(card BUNIT flux.fits)" = "-32 12 Jy/beam" ] ||
    fail "$(card BITPIX flux.fits) $(card NAXIS3 flux.fits) $(card BUNIT flux.fits)"
[ "$(card STRETCH flux.fits)" = asinh:0.1 ] || fail "$(card STRETCH flux.fits)"
[ "$(card PIXSCALE flux.fits)" = 1.8 ] || fail "$(card PIXSCALE flux.fits)"
cp flux.fits first.fits
expect 0 galatea data export flux.h5 --out flux.fits
cmp flux.fits first.fits || fail "two equal calls differ"

# Bytes that stand for values become these, unless levels are asked for; plain bytes stay.
expect 0 galatea data export bytes.h5 --out values.fits
[ "$(card BITPIX values.fits)" = -32 ] || fail "bytes stand for values"
expect 0 galatea data export bytes.h5 --keep-levels --out levels.fits
[ "$(card BITPIX levels.fits)$(card BUNIT levels.fits)" = 8 ] || fail "levels are bytes without a unit"
expect 0 galatea data export sky.h5 --split test --out sky.fits
[ "$(card BITPIX sky.fits)" = 8 ] || fail "bytes became something else"
good values.fits levels.fits sky.fits

# Pictures that were scaled each by itself go back by their limits.
expect 0 galatea data import --format hdf5 raw.h5 --normalize zscale --unit mJy --out own.h5
expect 0 galatea data info own.h5
says out "vmax: real"
expect 0 galatea data export own.h5 --out own.fits
good own.fits
[ "$(card BITPIX own.fits)$(card BUNIT own.fits)" = -32mJy ] || fail "levels of a picture stand for values"

# An array has the numbers of the set behind its header.
expect 0 galatea data export sky.h5 --rows 3,7-8 --json --out sky.npy
says out '"rows": 3'
[ "$(stat -c %s sky.npy)" = $((128 + 3 * 1024)) ] || fail "sky.npy has $(stat -c %s sky.npy) bytes"
head -c 128 sky.npy | grep -aq "'descr': '|u1', 'fortran_order': False, 'shape': (3, 1, 32, 32)" || fail "$(head -c 128 sky.npy)"
# Masks and inverse variances go along, and come back from an archive of arrays.
expect 0 galatea data import "$TESTS/golden/format/hdf5/universe" --keep-values --out planes.h5
for end in h5 npz fits; do expect 0 galatea data export planes.h5 --out planes_out.$end; done
grep -aq "EXTNAME = 'IVAR" planes_out.fits || fail "planes_out.fits has no IVAR"
good planes_out.fits
expect 0 galatea data export planes.h5 --single fits --count 1 --out planes_out
grep -aq "EXTNAME = 'MASK" planes_out/* || fail "a picture has no MASK"
expect 0 galatea data import planes_out.npz --keep-values --out planes_back.h5
expect 0 galatea data import planes_out.fits --keep-values --out planes_cube.h5
expect 0 galatea data import planes_out --keep-values --out planes_one.h5
for set in planes_out planes_back planes_cube planes_one; do
    expect 0 galatea data info $set.h5
    says out "planes     mask ivar"
done
expect 0 galatea data export planes.h5 --out planes_out.npy
says err "planes.h5: its mask and inverse variance are not exported"
expect 0 galatea data export flux.h5 --out again.h5
expect 0 galatea data info again.h5
says out "range      -1 to 20 Jy/beam, stretch asinh:0.1"

# A file for each picture.
expect 0 galatea data export flux.h5 --single fits --rows 3,7-8 --out some
[ "$(ls some)" = "$(printf '000000_radio-1-0000003.fits\n000001_radio-1-0000007.fits\n000002_radio-1-0000008.fits')" ] || fail "$(ls some)"
good some/*
[ "$(card NAXIS some/000001*)" = 2 ] || fail "a picture of $(card NAXIS some/000001*) axes"
[ "$(card OBJECT some/000001*)" = radio-1-0000007 ] || fail "$(card OBJECT some/000001*)"
expect 0 galatea data export sky.h5 --single png --count 2 --out pngs
expect 0 galatea data import --format png pngs --out back.h5
expect 0 galatea data export back.h5 --single fits --count 1 --out again
[ "$(ls again)" = 000000_000000_radio-1-0000000.fits ] || fail "two endings: $(ls again)"
expect 0 galatea data export back.h5 --out back.npy
expect 0 galatea data export sky.h5 --count 2 --out two.npy
cmp back.npy two.npy || fail "PNG has other pixels"

# FITS is the whole set: imported again, it says the same of itself.
facts() { galatea data info "$1" | sed "1s/^[^:]*//; /^command/d; /^made of/d"; }
galatea data import flux.fits --keep-values --out back.h5 >/dev/null 2>&1 || fail "flux.fits is not read back"
[ "$(facts back.h5)" = "$(facts flux.h5)" ] || fail "flux.fits came back as $(facts back.h5)"
galatea data export back.h5 --out back.npy >/dev/null && galatea data export flux.h5 --out flux.npy >/dev/null
cmp back.npy flux.npy || fail "FITS has other pixels"

expect 2 galatea data export sky.h5 --out new
one_line "new: its name must end in .fits, .npy, .npz or .h5, unless single files are asked for"
expect 2 galatea data export sky.h5 --single png --out new.fits
one_line "new.fits: a folder of single files (png), its name must have no ending"
expect 1 galatea data export sky.h5 --rows 99 --out no.fits
one_line "sky.h5 has 12 rows"
expect 1 galatea data export nothing.h5 --out no.fits
one_line "nothing.h5"
mkdir full && touch full/a
expect 1 galatea data export sky.h5 --single fits --out full
one_line "full: it is a folder"
[ -e no.fits ] || [ -e new ] || ls -d -- .*.part 2>/dev/null && fail "a refused call left a file"

# What a model makes comes back as values, or as levels.
expect 0 galatea train diffusion --preset tiny --threads 1 --epochs 1 --batch 8 --epoch-rows 5 --data flux.h5 --out run
grep -q "^galatea: epoch-rows 5 is less than the [0-9]* rows to learn from: an epoch is all of them once$" err || fail "epoch-rows"
expect 0 galatea sample run --count 3 --out made.fits
good made.fits
[ "$(card BITPIX made.fits) $(card NAXIS3 made.fits) $(card WHITE made.fits)" = "-32 3 20." ] || fail "$(card NAXIS3 made.fits)"
expect 0 galatea sample run --count 3 --keep-levels --out made.h5
expect 0 galatea data info made.h5
says out "3 images, 1 x 32 x 32 uint8"
says out "range      -1 to 20 Jy/beam, stretch asinh:0.1"
expect 0 galatea reconstruct run --data flux.h5 --split any --count 3 --out rec.fits
says out "rec.fits: 3 images as their reconstructions, PSNR"
good rec.fits
grep -aq ORIGINALS rec.fits || fail "rec.fits is without what was reconstructed"
expect 0 galatea reconstruct run --data flux.h5 --split any --count 3 --keep-levels --out rec.npy
[ "$(stat -c %s rec.npy)" = $((128 + 3 * 1024)) ] || fail "rec.npy has $(stat -c %s rec.npy) bytes"
exit 0

# Codes become a table, with all that is known of the objects; what wants codes takes the set.
galatea embed sky.h5 --method pca --out map.h5 --quiet >/dev/null || fail "no codes"
expect 0 galatea data export map.h5 --rows 3,1 --out map.csv
says out "map.csv: 2 rows"
[ "$(head -1 map.csv)" = row,id,c0,c1,ra,dec,angular_size,label,class,split ] || fail "$(head -1 map.csv)"
[ "$(sed -n 's/,.*//p' map.csv | tr '\n' ' ')" = "row 3 1 " ] || fail "$(cat map.csv)"
galatea embed sky.h5 --method pca --out map.h5 --table places.csv --quiet >/dev/null || fail "no table"
awk -F, 'FNR > 1 && NR == FNR { x[$1] = $3 } NR > FNR && FNR > 1 { d = x[$1] - $3; if (d < -1e-3 || d > 1e-3) exit 1 }' \
    places.csv map.csv || fail "other codes: $(cat map.csv)"
expect 0 galatea data export map.h5 --out map.fits
good map.fits
expect 0 galatea info map.fits
says out "map.fits: a table of 12 rows and 10 columns"
expect 1 galatea classify map.fits
one_line "map.fits: no readable HDF5 file"
says err "if it holds codes in a table, galatea data import map.fits --out SET.h5 makes a set"
# What stands in such an error can be typed, whatever the file is and whoever is asked.
galatea data export map.h5 --out map.npy >/dev/null && galatea data export map.h5 --out map.csv >/dev/null || fail "no tables"
for set in map.fits map.npy map.csv; do
    for command in "embed $set --method pca --out no.h5" "search $set --query $set:1" "compare map.h5 $set" \
        "train maf --data $set --out no" "importance $set"; do
        expect 1 galatea $command
        says err "galatea data import $set --out SET.h5 makes a set"
    done
    expect 0 $(sed -n "s/.*, \(galatea data import $set --out\) SET.h5 .*/\1 typed.h5/p" err)
    expect 0 galatea embed typed.h5 --method pca --out again.h5
done
# The table comes back: the same codes, and the columns beside them; search takes rows of it as they are.
expect 0 galatea data import map.fits --out back.h5
says err "map.fits: read as table, as --format table does"
says err "codes are the 2 columns from 'c0' to 'c1'"
expect 0 galatea search map.h5 --query map.fits:3 --top 1
grep -q '^ *3 ' out || fail "row 3 of the table is not found: $(cat out)"
galatea embed sky.h5 --method pca --out map2.h5 --table places.fits --quiet >/dev/null || fail "no table"
expect 1 galatea data import places.fits --out no.h5
says err "; --format table takes codes from a table"
expect 0 galatea search back.h5 --query map.fits:1 --format table --top 1
for set in map back; do galatea embed $set.h5 --method pca --out plane.h5 --table $set.csv --quiet >/dev/null; done
cmp map.csv back.csv || fail "a table has other codes than the set that it was made of"
expect 2 galatea data export sky.h5 --out sky.csv
one_line "sky.csv: its name must end in .fits, .npy, .npz or .h5"
