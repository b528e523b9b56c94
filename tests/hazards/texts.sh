# Names of classes, objects and files that are commands, formulas, markup or escape sequences: no command runs, tables quote
# formulas, pages escape markup, a terminal gets no raw control.
. "$TESTS/hazards/tiny.bash"
go_to_memory
galatea data synth --survey optical --size 32 --count 60 --seed 1 --out sky.h5 --quiet >/dev/null || fail "no data"
# Other class names of the same lengths, put in where they stand.
LC_ALL=C sed -i -e 's/elliptical/`touch  x`/g' -e 's/spiral/=1+1+1/g' -e "s/edge-on/<b>\\&'x>/g" sky.h5
mkdir run
odd='| touch x; `touch x`'
cp sky.h5 "$odd.h5"
cp sky.h5 "\$(touch x).h5"

# still: nothing was run, and nothing raw was printed.
still() {
    [ -z "$(find . -name x)" ] || fail "'$*' ran a command"
    ! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]' out err || fail "'$*' printed raw controls"
}
for set in sky.h5 "$odd.h5" "\$(touch x).h5"; do
    expect 0 galatea data info "$set"
    still info
    expect 0 galatea classify "$set" --method knn --threads 1 --out t.csv --save fitted
    still classify
    expect 0 galatea classify "$set" --load fitted --threads 1 --out p.csv
    still classify --load
    rm -r fitted
    expect 0 galatea embed "$set" --method pca --threads 1 --out map.h5 --table m.csv --quiet
    still embed
done
# A formula is text, in quotes; no cell begins with one.
grep -qF '"=1+1+1"' p.csv m.csv || fail "no table has the class with a formula"
grep -HnE '(^|,)=' p.csv m.csv t.csv && fail "a cell is a formula"

# Figures: gnuplot gets them as texts, and reads no file of its user.
mkdir home home/gnuplot
echo "system 'touch $PWD/x'" | tee home/.gnuplot home/gnuplot/gnuplotrc >.gnuplot
export HOME=$PWD/home XDG_CONFIG_HOME=$PWD/home
if galatea embed sky.h5 --method pca --threads 1 --color label --out map.h5 --figure m.svg >out 2>err; then
    still figure
    grep -qF '`touch  x`' m.svg || fail "the class is not in the figure"
    grep -qF "<b>&'x>" m.svg && fail "markup in a figure"
    cp map.h5 "$odd map.h5"
    expect 0 galatea embed "$odd.h5" --method pca --threads 1 --out "$odd map.h5" --color label --figure "$odd.svg"
    still figure with such a name
else
    grep -qi gnuplot err || fail "no figure: $(cat err)"
    echo "no gnuplot here: figures are left out"
fi

# A page about a run on such data.
tiny simclr
expect 0 galatea "${tiny[@]/sky.h5/$odd.h5}" --quiet --out "$odd run"
expect 0 galatea report "$odd run" --out page.html
still report
grep -qF "<b>&'x>" page.html && fail "markup of a class in the page"
grep -qiE '<(script|img)[^>]*touch' page.html && fail "markup of a name in the page"
true
