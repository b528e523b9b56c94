# corner: columns of tables side by side, from FITS and CSV; numbers, table, figure, refusals.
awk 'BEGIN { print "gini,m20,flag"; for (i = 0; i < 200; i++) print i / 200 "," sin(i) "," (i % 20 == 0 ? 2 : 0) }' >test.csv
awk 'BEGIN { print "M20,GINI"; for (i = 0; i < 30; i++) print cos(i) "," i / 30 + 0.5 }' >gan.csv

expect 0 galatea corner test.csv gan.csv --columns gini,m20
says out "test: 190 of 200 rows, 5.00 % left out (10 flagged, 0 without a number)"
says out "gan: 30 of 30 rows, 0.00 % left out; too few for contours"
says out "W1/sd: Wasserstein distance to test"
[ "$(grep -c '^  gan ' out)" -eq 2 ] || fail "not a line a column"
cp out plain

printf 'class,gini\nFRII,0.5\nFRI,0.6\nFRII,0.4\nFRI,0.7\n' >classes.csv
expect 0 galatea corner classes.csv --columns gini --by class
says out "FRI: 2 of 2 rows"
expect 1 galatea corner classes.csv --columns gini --by label
one_line "classes.csv has no column 'label'; it has class, gini"

# The same from FITS, and its own table read back.
expect 0 galatea corner test.csv gan.csv --columns gini,m20 --out numbers.fits
expect 0 galatea corner numbers.fits --columns mean,sd
says out "test: 2 of 2 rows"
says out "gan: 2 of 2 rows" # a set for each that its column `set` names
expect 0 galatea corner test.csv other=gan.csv --columns gini --json
says out '"name": "other"'
says out '"flagged": 10'
says out '"is_widened": false'
expect 0 galatea corner test.csv --columns flag
says out "flag: nearly all of test is 0; the window is widened round that."
if command -v gnuplot >/dev/null; then
    expect 0 galatea corner test.csv gan.csv --columns gini,m20 --figure one.svg
    expect 0 galatea corner test.csv gan.csv --columns gini,m20 --figure two.svg --smooth 0
    cmp -s one.svg two.svg && fail "smoothing changes nothing"
    grep -q 'galatea corner test.csv gan.csv' one.svg || fail "no record in the figure"
fi

# A set without a row that counts leaves the others.
printf 'gini\n-99\n-99\n' >lost.csv
expect 0 galatea corner test.csv lost.csv gan.csv --columns gini --out kept.csv
says err "none of 2 rows of lost counts"
says out "lost: 0 of 2 rows, 100.00 % left out (0 flagged, 2 without a number); not in the figure"
grep -q '^lost,gini,2,0,0,2,' kept.csv || fail "no line of the set that is lost"

# What cannot be done is said before anything is written.
expect 1 galatea corner test.csv gan.csv --out none.csv
one_line "test.csv has no column 'concentration'; it has gini, m20, flag"
[ -e none.csv ] && fail "a table of nothing"
expect 2 galatea corner test.csv --columns gini,gini
one_line "'gini' is named twice"
expect 1 galatea corner nothing.csv --columns gini
one_line "nothing.csv"
printf 'gini\nx\n' >words.csv
expect 1 galatea corner test.csv words.csv --columns gini
one_line "words.csv: column 'gini' is text ('x'), expected numbers"
expect 2 galatea corner test.csv --columns gini --bins 1
expect 2 galatea corner

# Numbers that look as if they stood for none are told, and a set is no table.
printf 'size\n1\n2\n3\n-999\n4\n' >sizes.csv
expect 0 galatea corner sizes.csv --columns size
says err "sizes.csv: column 'size': -999 in 1 of 5 rows, far from all others (1 to 4); taken as they are"
galatea data synth --size 16 --count 4 --seed 1 --out sky.h5 --quiet
expect 1 galatea corner sky.h5 --columns size
one_line "sky.h5: HDF5, expected a FITS or CSV table, as galatea morph makes of pictures and galatea data export of codes"
exit 0
