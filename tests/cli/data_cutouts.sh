# data cutouts: parts of mosaics at the positions of a catalogue; faults are told in one line.
golden=$TESTS/golden/mosaic
cp "$golden"/a.fits "$golden"/b.fits "$golden"/positions.csv .
cut="galatea data cutouts a.fits --catalog positions.csv"

expect 0 $cut --size 12 --keep-values --out set.h5
says out "set.h5: 8 of 8 images, 1 x 12 x 12 float32, range "
says err "a.fits: positions.csv, line 4: the position 179.990000 +29.993000 lies outside"
says err "a.fits: 2 of 10 positions of positions.csv lie outside, left out"
expect 0 galatea data info set.h5
says out "scale      1.5 arcsec per pixel"
says out "padded: integer, 0 to 67: pixels beyond the edge of the mosaic"
says out "z: real, 0 to 2.25"
says out "made of    a.fits"
cp set.h5 first.h5
expect 0 $cut --size 12 --keep-values --out set.h5
cmp set.h5 first.h5 || fail "two equal calls differ"

# Any way of an import from values to pixels; whole pictures alone.
expect 0 $cut --size 18arcsec --range -3:3 --stretch asinh --where padded=0 --out set.h5
says out "set.h5: 5 of 8 images, 1 x 12 x 12 float32, range -3 to 3, stretch asinh:0.1"
expect 0 $cut --size 12 --out bytes.h5 --test 0.5
says out "1 x 12 x 12 uint8"
expect 0 galatea data cutouts g=a.fits r=a.fits --catalog positions.csv --size 12 --out two.h5
says out "2 x 12 x 12 uint8"
expect 0 galatea data cutouts a.fits b.fits --catalog positions.csv --size 12 --bad-pixels zero --out two.h5
expect 0 galatea data info two.h5
says out "mosaic: text"

# The filter of a mosaic is the band of its parts.
cp a.fits red.fits
at=$(LC_ALL=C grep -abo "END                  " a.fits | head -1 | cut -d : -f 1)
printf '%-80s%-80s' "FILTER  = 'r'" END | dd of=red.fits bs=1 seek="$at" conv=notrunc status=none
expect 0 galatea data cutouts red.fits --catalog positions.csv --size 12 --out red.h5
expect 0 galatea data info red.h5
says out "bands      r"

refuse() { expect "$1" galatea data cutouts "${@:3}" --out no.h5 && one_line "$2"; }
refuse 2 "size 0: expected pixels from 1 to 8192" a.fits --catalog positions.csv --size 0
refuse 1 "nothing.fits" nothing.fits --catalog positions.csv --size 12
refuse 1 "nothing.csv" a.fits --catalog nothing.csv --size 12
printf 'ra,dec\n400,30\n' >wrong.csv
refuse 1 "lies on the mosaic; unknown positions: 1 (the first: ra 400, dec 30 in row 0" a.fits --catalog wrong.csv --size 12
printf 'ra,dec\n' >wrong.csv
refuse 1 "wrong.csv: a table without rows" a.fits --catalog wrong.csv --size 12
gzip -c a.fits >packed.fits.gz
refuse 1 "packed.fits.gz: packed as a whole (gzip)" packed.fits.gz --catalog positions.csv --size 12
[ -e no.h5 ] && fail "a refused call left a file"
exit 0
