# morph: shapes of the galaxies of sets as a table, a summary and a figure, maps that are given, and what is refused.
galatea data synth --survey optical --size 48 --count 12 --seed 1 --out sky.h5 >/dev/null || fail "no data"
galatea data synth --survey optical --size 48 --count 5 --seed 2 --scale none --out bands.h5 >/dev/null || fail "no data"
expect 0 galatea morph sky.h5 bands.h5 --out morph.csv --threads 1 --mismatch ignore
says out "sky: 12 images"
says out "bands: 5 images, the mean of 3 channels"
says out "concentration"
[ "$(wc -l <morph.csv)" -eq 18 ] || fail "morph.csv has $(wc -l <morph.csv) lines, expected 18"
[[ "$(head -n 1 morph.csv)" == set,row,id,ra,dec,class,flag,concentration,asymmetry,smoothness,gini,m20,* ]] ||
    fail "columns: $(head -n 1 morph.csv)"
# The same bytes on any number of threads.
expect 0 galatea morph sky.h5 bands.h5 --out two.csv --threads 2 --mismatch ignore --quiet
cmp morph.csv two.csv || fail "two threads make another table"
expect 0 galatea morph sky.h5 --json --threads 1
says out '"share_below_8_pixels"'
says out '"m20"'
says err "sky.h5: frames are small for their galaxies: 12 of 12 have a sky box below 32 pixels"
expect 0 galatea morph sky.h5 --out morph.fits --figure shapes.png --rows 3,7-8 --threads 1
for word in "TUNIT" "'pixel   '" "'pixel\*\*2'" "'src.morph.param'" "'src.ellipticity'"; do
    grep -qa "$word" morph.fits || fail "no $word in morph.fits"
done
# A set as its own mask leaves nothing of most sources; no source has nothing.
expect 0 galatea morph sky.h5 --mask sky.h5 --out masked.csv --threads 1
grep -q ",4,,,,,," masked.csv || fail "a source that is masked was measured"
expect 1 galatea morph sky.h5 --segmentation bands.h5 --out no.csv
one_line "bands.h5 has 5 rows of 3x48x48, expected 12 of 1x48x48"
expect 1 galatea morph sky.h5 --segmentation sky.h5 --out no.csv
one_line "expected whole numbers"
expect 2 galatea morph sky.h5 bands.h5 --mask sky.h5 --out no.csv --mismatch ignore
one_line "sky.h5 belongs to one set of images, not to 2"
expect 2 galatea morph sky.h5 ./sky.h5 --out no.csv
one_line "sky.h5 is given twice"
expect 2 galatea morph sky.h5 --rows 3
one_line "--rows is about the rows of a --figure"
expect 1 galatea morph sky.h5 --figure no.png --rows 12
expect 1 galatea morph missing.h5 --out no.csv
one_line "missing.h5"
[ ! -e no.csv ] && [ ! -e no.png ] || fail "a refused call left a file"
