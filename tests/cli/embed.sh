# embed: maps of a set as codes, table and figure; and what it refuses.
expect 0 galatea data synth --survey radio --count 150 --size 32 --seed 1 --out sky.h5
expect 0 galatea embed sky.h5 --iterations 60 --color angular_size --out map.h5 --table map.csv --figure map.png
says out "map.h5: 150 points"
says out "KL "
says out "forces exact"
says out "trustworthiness 0."
says out "log angular sizes"
[ "$(wc -l <map.csv)" -eq 151 ] || fail "map.csv has no line for every row"
head -1 map.csv | grep -q '^row,.*x,y,' || fail "map.csv begins with $(head -1 map.csv)"
[ "$(head -c 4 map.png | tail -c 3)" = PNG ] || fail "map.png is no PNG file"
expect 0 galatea data info map.h5
says out "150"

# Equal calls give equal maps, for any number of threads and any way to the forces.
for forces in exact barnes-hut fft; do
    expect 0 galatea embed sky.h5 --iterations 60 --forces $forces --start random --threads 1 --out a.h5
    mv a.h5 first.h5
    expect 0 galatea embed sky.h5 --iterations 60 --forces $forces --start random --threads 3 --out a.h5
    cmp a.h5 first.h5 || fail "$forces: another number of threads gave another map"
done
expect 0 galatea embed sky.h5 --iterations 60 --forces fft --start random --seed 2 --out a.h5
cmp -s a.h5 first.h5 && fail "another seed gave the same map"

expect 0 galatea embed sky.h5 --method pca --color label --out pca.h5 --table pca.fits --figure pca.svg --json
says out '"components_for_95_percent"'
says out '"components_for_98_percent"'
expect 0 galatea embed sky.h5 --method pca --out pca.h5
says out "components hold 95 % of the variance"
expect 0 galatea embed map.h5 --iterations 20 --out again.h5 --json
says out '"kl"'

# Where exaggeration gains nothing more the rest of it is left out, and not counted.
if [ -z "${GT_SLOW_BUILD:-}" ]; then
    expect 0 galatea embed sky.h5 --iterations 80000 --out again.h5 --json
    [ "$(sed -n 's/.*"iterations": *\([0-9]*\).*/\1/p' out)" -lt 20000 ] ||
        fail "iterations that were not made are counted"
fi

# Several files: a set for each, the same as alone, and one figure.
expect 0 galatea embed sky.h5 --iterations 60 --out alone.h5 --json
expect 0 galatea embed sky.h5 again=map.h5 --iterations 60 --color angular_size --out maps --figure maps.png
says out "maps/sky.h5: 150 points"
says out "maps/again.h5: 150 points"
[ "$(head -c 4 maps.png | tail -c 3)" = PNG ] || fail "maps.png is no PNG file"
expect 0 galatea search alone.h5 --query maps/sky.h5:7 --top 1 --out own.csv
sed -n 2p own.csv | grep -q "^7,1,7," || fail "a map among others differs from one alone"
for color in label split; do
    expect 0 galatea embed sky.h5 again=map.h5 --method pca --color $color --out maps --figure $color.svg
    grep -q ">again<" $color.svg || fail "a frame has no name"
done
expect 0 galatea embed sky.h5 again=map.h5 --iterations 20 --out maps --json
says out '"maps"'
cp sky.h5 twin.h5
expect 2 galatea embed sky.h5 sky=twin.h5 --out no
one_line "would both be mapped to no/sky.h5"
expect 2 galatea embed sky.h5 twin.h5 --out no --table no.csv
one_line "holds the map of one file"
expect 1 galatea embed sky.h5 nothing.h5 --out no
one_line "nothing.h5"
[ -e no ] && fail "a refused call made a folder"

# Class names that no set can have are refused before the work.
sed 's/FRII/FRI\x00/' sky.h5 >equal.h5
expect 1 galatea embed equal.h5 --iterations 1000000 --perplexity 40 --out no.h5
one_line "equal.h5: classes 0 and 1 are both called 'FRI'"

# Refused, in one line, with nothing written.
expect 1 galatea embed sky.h5 --perplexity 50 --out no.h5
one_line "sky.h5: perplexity 50 needs 152 rows, there are 150: expected 1 to 49.3"
expect 0 galatea embed sky.h5 --perplexity 49.3 --iterations 20 --out most.h5
rm most.h5
mkdir same
for i in $(seq 100); do cp map.png same/$i.png; done
expect 0 galatea data import --format png same --crop 32 --size 16 --out same.h5
expect 1 galatea embed same.h5 --out no.h5
one_line "same.h5: all 100 rows are equal: there is nothing to map"
expect 1 galatea embed same.h5 --start random --out no.h5
one_line "same.h5: all 100 rows are equal: there is nothing to map"
expect 1 galatea embed same.h5 --method pca --out no.h5
one_line "same.h5: all 100 rows are equal: there is nothing to map"
expect 1 galatea embed same.h5 --out no.h5 --figure no.png --color angular_size
one_line "same.h5 has no column 'angular_size' of numbers"
expect 1 galatea embed sky.h5 --out no.h5 --figure no.png --color Morphology
one_line "; label colours by class"
expect 2 galatea embed sky.h5 --out no.fits
one_line "no.fits: its name must end in .h5 or .hdf5; table no.fits writes the map as a table, beside the set"
expect 1 galatea embed nothing.h5 --out no.h5
one_line "nothing.h5"
expect 2 galatea embed sky.h5 --out sky.h5
one_line "would replace its own input"
# classes have colours and a legend without being asked for
expect 0 galatea embed sky.h5 --method pca --out map.h5 --figure classes.svg
grep -q '>FRII<' classes.svg || fail "no legend of classes"
expect 0 galatea embed sky.h5 --method pca --out map.h5 --figure plain.svg --color none
grep -q '>FRII<' plain.svg && fail "a legend with --color none"
expect 2 galatea embed sky.h5 --out no.h5 --figure no.gif
expect 2 galatea embed sky.h5 --out no.h5 --table no.txt
expect 2 galatea embed sky.h5 --out no.h5 --color label
one_line "colours the figure, and none is asked for"
expect 1 galatea embed sky.h5 --out no.h5 --figure no.png --color redshift
expect 2 galatea embed sky.h5
[ -e no.h5 ] || [ -e no.png ] && fail "a refused call left a file"
# fluxes over decades by their logarithm
awk 'BEGIN { print "c0,c1,flux [mJy]"; for (i = 0; i < 60; i++) print i % 7 ","  i % 11 "," exp(i / 8) }' >flux.csv
galatea data import flux.csv --out flux.h5 >/dev/null 2>&1 || fail "no fluxes"
expect 0 galatea embed flux.h5 --method pca --out map.h5 --figure flux.svg --color flux
grep -q '>10<' flux.svg && grep -q '>1000<' flux.svg && ! grep -q '>500<' flux.svg || fail "fluxes are not shown by decades"
exit 0
