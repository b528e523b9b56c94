# Float pictures with a declared range: imported, told, joined, and refused where that has no sense.
galatea data synth --size 32 --count 40 --seed 2 --scale none --out raw.h5 >/dev/null || fail "no data"
galatea data synth --size 32 --count 40 --seed 2 --out bytes.h5 >/dev/null || fail "no data"
number() { grep -m1 -o "\"$1\": [-0-9.e+]*" out | cut -d' ' -f2; }

# Kept as they are, from the lowest to the highest pixel; what data info tells is what lies in the file.
expect 0 galatea data info raw.h5 --json
low=$(number min) high=$(number max) mean=$(number mean)
grep -q value_min out && fail "nobody declared a range"
expect 0 galatea data info raw.h5
says out "range      not declared (value_min, value_max)"
expect 0 galatea data info bytes.h5
grep -q "^range" out && fail "a range of bytes"
expect 0 galatea data import --format hdf5 raw.h5 --keep-values --out kept.h5
says out "kept.h5: 40 of 40 images, 1 x 32 x 32 float32, range "
expect 0 galatea data info kept.h5 --json
[ "$(number value_min) $(number value_max) $(number min) $(number max) $(number mean)" = "$low $high $low $high $mean" ] ||
    fail "$low to $high, mean $mean became: $(cat out)"
expect 0 galatea data info kept.h5
says out "range      "
mv kept.h5 first.h5
expect 0 galatea data import --format hdf5 raw.h5 --keep-values --out kept.h5
cmp first.h5 kept.h5 || fail "equal runs gave other bytes"

# A range that is asked for: pixels beyond go to its ends, and are counted.
expect 0 galatea data import --format hdf5 raw.h5 --range -1:2.5 --out cut.h5
says out "float32, range -1 to 2.5"
says err " pixels of "
says err " pictures beyond --range -1:2.5, moved to its ends"
expect 0 galatea data info cut.h5 --json
[ "$(number max)" = 2.5 ] || fail "a pixel lies beyond the range: $(number max)"
# The range is the set's: a part of its pictures, or of their pixels, keeps it.
expect 0 galatea data import --format hdf5 cut.h5 --keep-values --crop 16 --size 8 --split test --out part.h5
says out "8 x 8 float32, range -1 to 2.5"
# Scaled pictures go from 0 to 1, bytes stay bytes, and bytes as floats go from 0 to 255.
expect 0 galatea data import --format hdf5 raw.h5 --normalize asinh --pixels float32 --out scaled.h5
says out "float32, range 0 to 1"
expect 0 galatea data import --format hdf5 bytes.h5 --keep-values --out same.h5
says out "1 x 32 x 32 uint8"
expect 0 galatea data import --format hdf5 bytes.h5 --keep-values --pixels float32 --out same.h5
says out "float32, range 0 to 255"
expect 0 galatea data import --format hdf5 bytes.h5 --range 0:1 --out same.h5
says err "its pictures are bytes, which have no other range: --range is left out"

for bad in 1:0 0 0:x 3:3 nan:1; do
    expect 2 galatea data import --format hdf5 raw.h5 --range $bad --out no.h5
    one_line "--range: '$bad' is no range, expected LOW:HIGH"
done
expect 2 galatea data import --format hdf5 raw.h5 --keep-values --normalize asinh --out no.h5
one_line "--normalize asinh does not keep values, which --keep-values asks for"
[ -e no.h5 ] && fail "a refused import left a file"

# Joined sets have one range: that of all, or one that is told and holds every pixel.
expect 0 galatea data merge cut.h5 cut.h5 --out both.h5
expect 0 galatea data info both.h5
says out "range      -1 to 2.5"
expect 1 galatea data merge cut.h5 scaled.h5 --out no.h5
one_line "scaled.h5: pixels of range 0 to 1, expected range -1 to 2.5 as in cut.h5; --range LOW:HIGH tells that of the result"
expect 1 galatea data merge cut.h5 raw.h5 --out no.h5
one_line "raw.h5: pixels of no declared range, expected range -1 to 2.5 as in cut.h5"
expect 0 galatea data merge cut.h5 scaled.h5 --range -1:4 --out both.h5
says err "differ in "
expect 0 galatea data info both.h5
says out "range      -1 to 4"
expect 1 galatea data merge cut.h5 scaled.h5 --range 0:0.5 --out no.h5
says err "cut.h5, row 0: a pixel is "
says err ", expected 0 to 0.5 (--range)"
expect 2 galatea data merge bytes.h5 bytes.h5 --range 0:0.5 --out no.h5
one_line "--range: bytes.h5 holds bytes, a range is for float pictures"
[ -e no.h5 ] && fail "a refused merge left a file"

# Trained, used and told in its own units. What learned from one range is not asked about pixels that declare none.
tiny="--preset tiny --threads 1 --set widths=4,8 --set blocks=1,1 --set batch=16 --epochs 1"
expect 0 galatea train simclr $tiny --data cut.h5 --out run
expect 0 galatea data info run
says out "pixels from -1 to 2.5"
expect 0 galatea encode run --data cut.h5 --out codes.h5
expect 1 galatea encode run --data raw.h5 --out no.h5
one_line "raw.h5 does not declare the range of its pixels, run/best.safetensors learned from -1 to 2.5: import it with its range, LOW:HIGH"
expect 0 galatea encode run --data first.h5 --out other.h5
says err "range of pixels ("
expect 1 galatea encode run --data first.h5 --out no.h5 --mismatch error
one_line "range of pixels ("
expect 0 galatea search codes.h5 --query cut.h5:1 --run run --top 2
cp out found
# The same picture in a file of others, whose values are taken in the same range.
expect 0 galatea search codes.h5 --query raw.h5:1 --format hdf5 --run run --top 2
[ "$(tail -1 out | tr -s ' ' | cut -d' ' -f2-)" = "$(tail -1 found | tr -s ' ' | cut -d' ' -f2-)" ] || fail "$(cat found)"

# A stretch between black and white: runs see pictures through it, and give back values.
expect 0 galatea data import --format hdf5 raw.h5 --range -1:30 --stretch asinh --unit mJy --out bent.h5
says out "float32, range -1 to 30, stretch asinh:0.1"
expect 0 galatea data info bent.h5
says out "range      -1 to 30 mJy, stretch asinh:0.1"
expect 0 galatea data info bent.h5 --json
says out '"stretch": "asinh:0.1"'
expect 0 galatea data merge bent.h5 bent.h5 --out both.h5
expect 0 galatea data info both.h5
says out "range      -1 to 30 mJy, stretch asinh:0.1"
expect 1 galatea data merge bent.h5 cut.h5 --out no.h5
says err "expected range -1 to 30, asinh:0.1 as in bent.h5"
few="--threads 1 --preset tiny --epochs 1 --batch 8"
expect 0 galatea train glow $few --data bent.h5 --out bentrun
expect 0 galatea info bentrun
says out "mJy, stretch asinh:0.1"
expect 0 galatea sample bentrun --count 3 --out made.h5
expect 0 galatea data info made.h5
says out "range      -1 to 30 mJy, stretch asinh:0.1"
