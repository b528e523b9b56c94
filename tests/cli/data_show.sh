# data show: a row of pictures for each of several sets; every refusal is one line.
galatea data synth --size 32 --count 12 --seed 1 --out sky.h5 >/dev/null || fail "no data"
galatea data synth --size 48 --count 5 --seed 2 --out other.h5 >/dev/null || fail "no data"

expect 0 galatea data show sky.h5 new=other.h5 --split any --out rows.png
says out "rows.png: 13 pictures of 2 sets"
head -c 4 rows.png | grep -q PNG || fail "rows.png is no PNG file"
grep -qa "data show" rows.png || fail "rows.png does not carry its command"
cp rows.png first.png
expect 0 galatea data show sky.h5 new=other.h5 --split any --out rows.png
cmp rows.png first.png || fail "two equal calls differ"
expect 0 galatea data show sky.h5 --rows 3,7-9 --json --out few.png
says out '"pictures": 4'
expect 0 galatea data show sky.h5 new=other.h5 --split any --colours heat --quiet --out rows.png
cmp -s rows.png first.png && fail "colours change nothing"

# of one set alone there are ten in a row
width_of() { od -An -j16 -N4 -tx1 "$1"; }
expect 0 galatea data show sky.h5 --rows 0-9 --out ten.png
expect 0 galatea data show sky.h5 --rows 0-11 --out twelve.png
says out "twelve.png: 12 pictures of 1 set"
[ "$(width_of ten.png)" = "$(width_of twelve.png)" ] || fail "twelve pictures of one set are a row"

# as a figure: names and the survey are texts, a bar tells the scale, which sets of two surveys do not share
if command -v gnuplot >/dev/null; then
    expect 0 galatea data show sky.h5 new=other.h5 --split any --out rows.svg
    for text in ">new<" ">20 arcsec<" ">radio, 1.8 arcsec per pixel<"; do grep -q "$text" rows.svg || fail "rows.svg does not say $text"; done
    expect 0 galatea data show sky.h5 --count 2 --out rows.pdf
    head -c 4 rows.pdf | grep -q PDF || fail "rows.pdf is no PDF file"
    galatea data synth --survey optical --size 32 --count 4 --out optical.h5 >/dev/null || fail "no data"
    expect 0 galatea data show sky.h5 optical.h5 --mismatch ignore --split any --out both.svg
    grep -q "arcsec" both.svg && fail "one scale for two surveys"
fi
expect 1 galatea data show sky.h5 other.h5 --mismatch ignore --rows 7 --out no.png
one_line "other.h5 has 5 rows (0 to 4), row 7 is none of them"
expect 2 galatea data show sky.h5 --count 0 --out no.png
expect 2 galatea data show sky.h5 --out no.jpg
one_line "its name must end in .png"
expect 1 galatea data show nothing.h5 --out no.png
one_line "nothing.h5"
expect 2 galatea data show =sky.h5 --out no.png
one_line "expected FILE or NAME=FILE"
[ -e no.png ] || [ -e no.jpg ] && fail "a refused call left a file"
exit 0
