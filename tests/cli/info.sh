# info: sizes of the published networks, of a run, and what it refuses.
expect 0 galatea info diffusion --preset paper
says out "diffusion, preset paper, for images of 1x64x64: 7659264 parameters"
expect 0 galatea info maf --channels 256 --json
says out '"preset": "paper"'
says out '"parameters": '
expect 0 galatea info vdvae
[ "$(wc -l <out)" -eq 3 ] || fail "vdvae has not three presets"
# A preset of several models: one that has no network for this size does not keep the others back.
expect 0 galatea info paper
says out "glow, preset paper, for images of 1x64x64: "
says err "maf, preset paper: a flow needs codes of at least 2 numbers, these have 1; channels, height and width tell"
expect 0 galatea info small --json
[ "$(head -c 1 out)$(tail -n 1 out)" = "[]" ] || fail "no whole list"
expect 2 galatea info maf --json
one_line "maf, preset small: a flow needs codes of at least 2 numbers, these have 1; channels, "
[ -s out ] && fail "half a list"
galatea data synth --size 16 --count 30 --seed 1 --out sky.h5 >/dev/null || fail "no data"
expect 0 galatea train diffusion --preset tiny --set width=4 --set levels=2 --batch 8 --data sky.h5 --out run --epochs 1 --threads 1 \
    --quiet --json
says out '"model": "diffusion",'
says out '"best_epoch": 1,'
expect 0 galatea info run
says out "a run of diffusion, epoch 1"
grep -qE "^parameters +[0-9]+ learned, [0-9]+ kept$" out || fail "no number of parameters"
count=$(sed -nE 's/^parameters +([0-9]+) .*/\1/p' out)
expect 0 galatea info run/best.safetensors --json
says out "\"parameters\": $count"
galatea train gan --preset tiny --set side=32 --set channels=3 --batch 8 --data sky.h5 --out colour --epochs 1 --threads 1 --quiet \
    --sample-every 0 --nearest 0 || fail "no run"
expect 0 galatea info colour
says out "takes      images of 1x16x16"
says out "makes      images of 3x32x32"
expect 0 galatea info colour --json
says out '"made_channels": 3'
# sets, and what is neither set nor run
expect 2 galatea info nonsense
one_line "nonsense is no file or folder here: unknown model 'nonsense'; there are 'vdvae', "
expect 0 galatea info sky.h5
says out "sky.h5: 30 images, 1 x 16 x 16 uint8"
galatea data info sky.h5 >told && diff out told >/dev/null || fail "info and data info differ about a set"
expect 0 galatea info run/state.safetensors
says out "the state of a run"
says out "galatea train diffusion --preset tiny"
printf 'my notes of today\nsecond line\n' >notes.txt
expect 1 galatea info notes.txt
one_line "notes.txt: a text that is no list of pictures: its first line is 'my notes of today', expected the name"
expect 1 galatea data import notes.txt --out no.h5
one_line "notes.txt: a text that is no list of pictures"
printf 'a.fits\nb.fits\n' >list.txt
expect 1 galatea info list.txt
one_line "list.txt: read as a list of FITS files, one a line, but there is no file 'a.fits'"
printf '# %%ECSV 1.0\n# ---\n# datatype:\n# - {name: id, datatype: string}\nid\na\n' >table.ecsv
expect 0 galatea info table.ecsv
says out "table.ecsv: a table of 1 row and 1 column"
for note in "config the settings of a run" "train.jsonl the log of a run" "algorithms.txt the convolution algorithms of a run"; do
    expect 0 galatea info "run/${note%% *}"
    says out "run/${note%% *}: ${note#* }"
done
cp run/config words.txt
expect 1 galatea info words.txt
expect 0 galatea info run/train.csv
says out "a table of 1 row "
says out "columns    kind, epoch, step, loss"
galatea sample colour --count 2 --out made.h5 --save-latents noise.h5 --threads 1 --quiet && galatea sample colour --count 2 --out sheet.png \
    --threads 1 --quiet || fail "no samples"
expect 0 galatea info noise.h5
says out "latents of 2 images, as noise (eps)"
says out "galatea sample colour"
expect 0 galatea info sheet.png
says out "PNG, "
says out "made of    colour"
galatea embed sky.h5 --method pca --out map.h5 --table map.fits --quiet >/dev/null || fail "no map"
expect 0 galatea info map.fits
says out "a table of 30 rows"
says out "made of    sky.h5"
# A second table behind the first one: the primary unit is one block.
{ cat map.fits && tail -c +2881 map.fits; } >two.fits
expect 0 galatea info two.fits
says out "tables     1 'MAP', 2 'MAP'; the first is told of"
if command -v gnuplot >/dev/null; then
    for ending in png svg pdf; do
        galatea embed sky.h5 --method pca --out map.h5 --figure map.$ending --quiet >/dev/null || fail "no figure"
        expect 0 galatea info map.$ending --json
        says out '"kind": "a figure"'
        grep -q '"provenance": ".*galatea embed' out || fail "map.$ending: no record"
    done
    galatea report map.png --out page.html >/dev/null && expect 0 galatea info page.html
    says out "a page"
fi
galatea data export sky.h5 --single fits --count 3 --out cutouts >/dev/null || fail "no cut-outs"
expect 0 galatea info cutouts
says out "cutouts: 3 images, 1 x 16 x 16"
expect 0 galatea info "$(ls -d cutouts/*.fits | head -n 1)"
says out ": 1 image, 1 x 16 x 16"
galatea classify sky.h5 --method knn --k 3 --save fitted >/dev/null 2>&1 || fail "no classifiers"
expect 0 galatea info fitted
says out "fitted classifiers for rows of 256 numbers"
says out "methods    knn"
expect 0 galatea info tiny --channels 3
says out "diffusion, preset tiny, for images of 3x64x64"
says out "gan, preset tiny"
expect 1 galatea info nothing.h5
one_line "there is no such file or folder"
head -c 5000 run/state.safetensors >cut.safetensors
expect 1 galatea info cut.safetensors
one_line "cut.safetensors"
echo "just words, and more of them than a header has" >words.dat
expect 1 galatea info words.dat
one_line "words.dat"
expect 2 galatea info difusion
one_line "did you mean 'diffusion'"
expect 2 galatea info diffusion --preset huge
expect 2 galatea info diffusion --width 60
one_line "multiples of 8"
# A link to a folder around this one leads to all disks, and is not followed.
mkdir pictures && galatea data show sky.h5 --out pictures/a.png --quiet >/dev/null 2>&1
ln -s / pictures/all
expect 1 galatea check pictures
says out "pictures/all: a link to a folder that pictures lies in"
for command in "info pictures" "data import pictures --out no.h5" "data import --format hdf5 pictures --out no.h5" \
    "data import --format fits pictures --out no.h5"; do
    expect 1 galatea $command
    says err "pictures/all: a link to a folder that pictures lies in"
done
