# importance: which values tell the angular size, from a set read in batches.
galatea data synth --size 16 --count 130 --seed 1 --out sky.h5 >/dev/null || fail "no data"

expect 0 galatea importance sky.h5 --trees 4 --batch 25 --threads 1
says out "angular_size of 130 rows in 5 batches, 8 trees"
says out "of the variance of rows not learnt from yet is explained"
says out "and 246 less important ones"

# The same for any number of threads; another seed grows another forest.
expect 0 galatea importance sky.h5 --target angular_size --trees 4 --batch 25 --threads 1 --json
cp out one.json
expect 0 galatea importance sky.h5 --target angular_size --trees 4 --batch 25 --threads 3 --json
cmp -s out one.json || fail "the number of threads changed the result"
says out '"batches": 5'
says out '"missing": 0'
expect 0 galatea importance sky.h5 --trees 4 --batch 25 --seed 2 --json
cmp -s out one.json && fail "the seed changed nothing"

# Shares add up to 1, in the table as well.
expect 0 galatea importance sky.h5 --trees 4 --batch 25 --out table.csv --quiet
[ "$(wc -l <table.csv)" -eq 257 ] || fail "table.csv has $(wc -l <table.csv) lines"
awk -F, 'NR > 1 { sum += $4 } END { exit sum < 1 - 1e-9 || sum > 1 + 1e-9 }' table.csv ||
    fail "importances do not add up to 1"
expect 0 galatea importance sky.h5 --trees 4 --batch 1000 --out table.fits
says out "in 1 batch, 4 trees"
head -c 30 table.fits | grep -q "^SIMPLE" || fail "table.fits is no FITS file"
if command -v gnuplot >/dev/null; then
    expect 0 galatea importance sky.h5 --trees 4 --batch 25 --figure figure.png
    head -c 8 figure.png | od -An -tx1 | grep -q "89 50 4e 47 0d 0a 1a 0a" ||
        fail "figure.png is no PNG"
fi

# What cannot be done is said before anything is written.
expect 1 galatea importance sky.h5 --target colour
expect 2 galatea importance sky.h5 --out table.txt
expect 2 galatea importance sky.h5 --figure figure.bmp
expect 1 galatea importance nothing.h5
one_line "nothing.h5"
expect 1 galatea importance sky.h5 --out missing/table.csv
expect 2 galatea importance sky.h5 --batch 1

# A number that looks as if it stood for none is told: it would lead the forest.
{ echo c0,c1,z; for i in 1 2 3 4 5 6 7 8; do echo "0.$i,0.$((9 - i)),0.$i"; done; echo 0.5,0.5,-999; echo 0.5,0.6,-999; } >codes.csv
galatea data import codes.csv --out far.h5 --quiet || fail "no codes"
expect 0 galatea importance far.h5 --target z --trees 4
says err "far.h5: column 'z': -999 in 2 of 10 rows, far from all others (0.1 to 0.8); taken as they are"
