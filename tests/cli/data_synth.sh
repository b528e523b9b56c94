# galatea data synth: repeatable, whole or absent, one line for what is wrong.
expect 0 galatea data synth --survey radio --count 300 --seed 1 --out a.h5
says out "a.h5: 300 sources, 64 x 64 pixels, uint8"
[ -s err ] && fail "stderr is not empty"
mv a.h5 first.h5
expect 0 galatea data synth --survey radio --count 300 --seed 1 --threads 3 --out a.h5
cmp a.h5 first.h5 || fail "three threads gave another file"
expect 0 galatea data synth --count 300 --seed 2 --out a.h5 --quiet
[ -s out ] && fail "stdout is not empty"
cmp -s a.h5 first.h5 && fail "another seed gave the same file"
grep -aqF '"command": "galatea data synth", "version": ' a.h5 || fail "no provenance"
grep -aqF '"count": 300, "seed": 2,' a.h5 || fail "no options in the provenance"
expect 0 galatea data synth --count 20 --size 40 --scale none --cut 0 --out b.h5
says out "b.h5: 20 sources, 40 x 40 pixels, float32"
expect 0 galatea data synth --help
says out "galatea data synth --survey radio --count 4096 --seed 1 --out sky.h5"

# The optical sky: gray pictures are what an import makes of its three bands.
expect 0 galatea data synth --survey optical --count 12 --out gray.h5
says out "gray.h5: 12 sources, 64 x 64 pixels, float32"
expect 0 galatea data synth --survey optical --count 12 --scale none --out bands.h5
expect 0 galatea data info bands.h5
says out "bands      z,g,r"
expect 0 galatea data import --format hdf5 bands.h5 --lupton z,g,r --out stretched.h5
for set in gray stretched; do
    expect 0 galatea data info $set.h5 --json
    grep -E '^  "(mean|deviation|min|max|value_m.*|preparation)"' out >$set.txt
done
cmp gray.txt stretched.txt || fail "the import makes other pictures of the bands"
grep -q "normalize=lupton:8:0.2" gray.txt || fail "no preparation"
expect 2 galatea data import --format hdf5 bands.h5 --lupton z,g,i --out no.h5
one_line "--lupton z,g,i: no band 'i', expected one of z,g,r or 0 to 2"
expect 2 galatea data import --format hdf5 gray.h5 --lupton 0,1,2 --out no.h5
one_line "--lupton 0,1,2: no band '1', expected 0 to 0"
expect 2 galatea data synth --survey optical --spiral 0.9 --edge-on 0.2 --out no.h5
one_line "spiral and edge-on are 0.9 and 0.2, expected shares of at most 1 together"
rm -f gray.* bands.h5 stretched.*

expect 2 galatea data synth --count 10
one_line "out"
expect 2 galatea data synth --survey infrared --out c.h5
one_line "infrared"
expect 2 galatea data synth --count 0 --out c.h5
one_line "count"
expect 2 galatea data synth --frii 1.5 --out c.h5
one_line "frii"
expect 2 galatea data synth stray --out c.h5
one_line "stray"
expect 2 galatea data synth --beam 0.5 --out c.h5
one_line "beam is 0.5 arcsec, expected 1.8 (a pixel)"
expect 1 galatea data synth --count 10 --out none/c.h5
one_line "none/c.h5"
mkdir folder
expect 1 galatea data synth --count 10 --out folder
one_line "folder"

# Stopped in the middle: the old file stays, nothing else does.
cp first.h5 c.h5
expect 130 timeout --foreground --preserve-status -s INT 1 "$GALATEA" data synth --count 400000 --out c.h5
one_line "interrupted after"
cmp c.h5 first.h5 || fail "the old file was touched"
[ "$(ls -A | tr '\n' ' ')" = "a.h5 b.h5 c.h5 err first.h5 folder out " ] || fail "left: $(ls -A)"
