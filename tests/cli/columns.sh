# Columns of any name: out of a catalogue, chosen by, and told.
galatea data synth --survey radio --size 16 --count 6 --out sky.h5 >/dev/null || fail "no data"
id=radio-1-000000
cat >sky.csv <<EOF
id,z_phot,morph,n
${id}0,0.5,spiral,3
${id}1,,spiral,4
${id}2,1.25,elliptical,
${id}4,0.25,elliptical,7
nobody,2,spiral,1
EOF
expect 0 galatea data import --format hdf5 sky.h5 --catalog sky.csv --column class=morph,visits=n --out known.h5
says err "sky.h5: 4 of 6 pictures found in sky.csv; 2 not, the first: '${id}3'"
says err "1 of 5 rows of sky.csv without a picture, the first: line 6"
says err "taken: 'morph' of sky.csv as label, in place of that of the pictures"
says out "known.h5: 6 of 6 images"
expect 0 galatea data info known.h5
says out "columns    labels split ra dec angular_size id z_phot visits"
says out "  z_phot: real, 0.25 to 1.25, 3 missing"
says out "  visits: integer, 3 to 7, 3 missing"
says out " deg: right ascension (pos.eq.ra;meta.main)"
expect 0 galatea data info --json known.h5
says out '"about_columns"'
expect 0 galatea data import --format hdf5 known.h5 --where "z_phot>=0.5,class=spiral" --out some.h5
says out "some.h5: 1 of 6 images"
expect 0 galatea data import --format hdf5 known.h5 --where "z_phot=''" --out none.h5
says out "none.h5: 3 of 6 images"
# Ids of 64 bits, of which reals know every 1024th.
printf 'id,gaia\n%s0,5853498713160606721\n%s1,5853498713160606723\n' $id $id >gaia.csv
expect 0 galatea data import --format hdf5 sky.h5 --catalog gaia.csv --out gaia.h5
expect 0 galatea data info gaia.h5
says out "  gaia: integer, 5853498713160606721 to 5853498713160606723, 4 missing"
expect 0 galatea data info --json gaia.h5
says out '"max": 5853498713160606723'
expect 0 galatea data merge gaia.h5 --where gaia=5853498713160606723 --out one.h5
says out "one.h5: 1 row of 1 set"
# Names of any letters go into an archive of arrays and come back.
expect 0 galatea data import --format hdf5 sky.h5 --catalog sky.csv --column größe=n --out named.h5
expect 0 galatea data export named.h5 --out named.npz
expect 0 galatea data import named.npz --out back.h5
expect 0 galatea data info back.h5
says out "  größe: integer, 3 to 7, 3 missing"
expect 0 galatea data merge known.h5 sky.h5 --out all.h5
says err "column 'z_phot': rows of sky.h5 have none"
expect 0 galatea data merge known.h5 --where "z_phot>=0.5,class=spiral" --out some.h5
says out "some.h5: 1 row of 1 set"
expect 0 galatea data export all.h5 --where "z_phot=''" --count 2 --out some.h5
says out "some.h5: 2 rows"
expect 2 galatea data export all.h5 --where "z_pot>1" --out no.h5
one_line "no column 'z_pot', did you mean 'z_phot'?"

expect 2 galatea data import --format hdf5 known.h5 --where "z_pot>1" --out no.h5
one_line "no column 'z_pot', did you mean 'z_phot'?"
expect 1 galatea data import --format hdf5 sky.h5 --catalog 'none.fits[2]' --out no.h5
one_line "none.fits[2]: no such file; of a FITS file with several tables --catalog-hdu 2"
expect 1 galatea data import --format hdf5 sky.h5 --catalog none.csv --out no.h5
one_line "none.csv"
echo "${id}0,1,disk,1" >>sky.csv
expect 1 galatea data import --format hdf5 sky.h5 --catalog sky.csv --out no.h5
one_line "sky.csv, line 7, column 'id': '${id}0', expected another name than that of line 2"

# They go on into maps, tables and colours.
for column in z_phot visits class; do
    expect 0 galatea embed known.h5 --method pca --color $column --out map.h5 --table map.fits --figure map.svg
done
expect 0 galatea data info map.h5
says out "  z_phot: real, 0.25 to 1.25, 3 missing"
grep -aq "pos.eq.ra;meta.main" map.fits || fail "map.fits does not tell positions"
if command -v fitsverify >/dev/null; then
    fitsverify -q map.fits | grep -q "OK" || fail "fitsverify: $(fitsverify map.fits)"
fi
expect 0 galatea embed known.h5 --method pca --out map.h5 --table map.csv
[ "$(head -1 map.csv | tr -d '\r')" = row,id,x,y,ra,dec,angular_size,label,class,split,z_phot,visits ] ||
    fail "columns of map.csv: $(head -1 map.csv)"
expect 1 galatea embed known.h5 --method pca --color z_photo --out no.h5 --figure map.svg
one_line "known.h5 has no column 'z_photo' of numbers, did you mean 'z_phot'?"
expect 0 galatea importance known.h5 --target z_phot
says out "z_phot of 3 rows"
[ -e no.h5 ] && fail "a refused call left a file"
exit 0
