# data views: a sheet of what training sees, the same for equal calls; every refusal is one line.
galatea data synth --size 32 --count 12 --seed 1 --out sky.h5 >/dev/null || fail "no data"

expect 0 galatea data views sky.h5 --out views.png
says out "views.png: 8 pictures, 8 views of each"
expect 0 galatea data views sky.h5 --rows 0,2-3 --count 4 --rotate 0.5 --json --out few.png
says out '"pictures": 3'
says out '"views_of_each": 4'
head -c 4 few.png | grep -q PNG || fail "few.png is no PNG file"
grep -qa "data views" few.png || fail "few.png does not carry its command"

# Equal calls, equal bytes (the sheet records its name); another seed, another sheet.
cp views.png first.png
expect 0 galatea data views sky.h5 --out views.png
cmp views.png first.png || fail "two equal calls differ"
expect 0 galatea data views sky.h5 --seed 2 --out views.png
cmp -s views.png first.png && fail "the seed changes nothing"

expect 2 galatea data views sky.h5 --crop-least 1.5 --out no.png
one_line "--crop-least: 1.5 is out of range"
expect 2 galatea data views sky.h5 --jitter -0.5 --out no.png
one_line "--jitter: -0.5 is out of range"
expect 1 galatea data views sky.h5 --blur-least 3 --out no.png
one_line "blur-least 3 is above blur-most 2"
expect 2 galatea data views sky.h5 --rows 3,x --out no.png
one_line "rows 3,x: expected rows as 3,7-9"
expect 1 galatea data views sky.h5 --rows 12 --out no.png
one_line "sky.h5 has 12 rows (0 to 11), row 12 is none of them"
expect 2 galatea data views sky.h5 --out no.jpg
one_line "its name must end in .png"
expect 1 galatea data views nothing.h5 --out no.png
one_line "nothing.h5"
galatea data synth --size 32 --count 4 --scale none --cut 0 --out raw.h5 >/dev/null || fail "no data"
expect 1 galatea data views raw.h5 --out no.png
one_line "expected 0 to 255; import the pictures with a scaling to bytes"
[ -e no.png ] || [ -e no.jpg ] && fail "a refused call left a file"

# Training refuses the same before it makes a folder.
expect 2 galatea train simclr --preset tiny --data sky.h5 --out run --crop-least 0
one_line "--crop-least: 0 is out of range"
expect 1 galatea train simclr --preset tiny --data sky.h5 --out run --blur-least 3
one_line "blur-least 3 is above blur-most 2"
[ -e run ] && fail "a refused training left a folder"

# Only models that learn from views have their options.
expect 2 galatea train vdvae --preset tiny --data sky.h5 --out run --crop-least 0.5
one_line "crop-least"
true
