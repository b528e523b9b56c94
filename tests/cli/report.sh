# report: one page that loads nothing; what files say stays text.
small="--set encoder-blocks=16d2,8d2,4d4,1x1 --set decoder-blocks=1x1,4m1,8m4,16m8 --set width=8
       --set latents=2,1:4 --set mixtures=2 --batch 8 --threads 1 --optimizer adam --set learning-rate=3e-3"
galatea data synth --size 16 --count 60 --seed 1 --out sky.h5 >/dev/null || fail "no data"
galatea train vdvae $small --data sky.h5 --out run --epochs 2 --log-every 1 --quiet || fail "no run"
galatea encode run --data sky.h5 --out codes.h5 --quiet || fail "no codes"
mkdir results
galatea search codes.h5 --query sky.h5:1 --run run --top 3 --out results/matches.csv --figure results/matches.png --quiet ||
    fail "no search"
galatea sample run --count 4 --out "results/'; touch x.png" --quiet || fail "no samples"
galatea search codes.h5 --query codes.h5:1 --out results/own.fits --quiet || fail "no table"
galatea classify codes.h5 --method knn --k 5 --json >results/classify.json || fail "no classifier"
printf '<b>,v\n<script>alert(1)</script>,"=1+1"\n' >"results/\"><script>.csv"

expect 0 galatea report run results --title '<Codes> & "more"' --out report.html
says out "report.html: 1 run, 2 figures, 4 tables"
grep -q "&lt;Codes&gt; &amp; &quot;more&quot;" report.html || fail "the title is not escaped"
grep -qi "<script" report.html && fail "a script on the page"
grep -q "&lt;script&gt;alert(1)&lt;/script&gt;" report.html || fail "a cell is missing"
grep -qE '(src|href)="(http|//|file|\.)' report.html && fail "the page loads something"
grep -q "galatea search codes.h5 --query sky.h5:1 --run run --top 3" report.html || fail "no command"
grep -q "<th class=\"number\">cosine</th>" report.html || fail "a FITS table is not shown"
grep -q "galatea train vdvae" report.html || fail "no training command"
[ "$(grep -c "data:image/png;base64," report.html)" -eq 4 ] || fail "not 4 pictures"
grep -q 'alt="samples of epoch 2"' report.html || fail "no sheet of the training"
for id in training similarity samples classification further; do
    grep -q "<section id=\"$id\">" report.html || fail "no part $id"
done
[ -e x ] && fail "a name was obeyed"
mv report.html first.html
expect 0 galatea report run results --title '<Codes> & "more"' --out report.html --json
says out '"figures": 2'
cmp first.html report.html || fail "equal results give other pages"

# A run alone finds what lies beside it and comes of it, through codes as well; nothing else.
galatea embed codes.h5 --method pca --color label --out map.h5 --figure map.png --table map.csv --quiet >/dev/null ||
    fail "no map"
galatea classify codes.h5 --method knn --k 5 --json >classes.json || fail "no classifier"
galatea classify sky.h5 --method knn --k 5 --json >foreign.json || fail "no classifier of pixels"
galatea embed map.h5 --method pca --out again.h5 --figure again.png --quiet >/dev/null || fail "no map of a map"
galatea embed sky.h5 --method pca --out pixels.h5 --figure pixels.png --quiet >/dev/null || fail "no map of pixels"
galatea sample run --count 4 --out run/samples.png --quiet || fail "no samples"
printf 'a,b\n1,2\n' >foreign.csv
printf 'no picture' >damaged.png
expect 0 galatea report run --out report.html
says out "report.html: 1 run, 3 figures, 2 tables"
for name in map.png again.png samples.png map.csv; do
    grep -q ">$name\|> $name\|$name<" report.html || fail "$name is missing"
done
grep -q "galatea classify codes.h5 --method knn --k 5" report.html || fail "no command of the classifier"
grep -q "galatea train vdvae .*--epochs 2" report.html || fail "no epochs in the command of the run"
grep -q "foreign\|pixels.png\|damaged" report.html && fail "what comes of no run"
mkdir elsewhere
(cd elsewhere && expect 0 galatea report ../run/ --out page.html && says out "3 figures, 2 tables") || exit 1
(cd run && expect 0 galatea report . --out page.html && says out "3 figures, 2 tables") || exit 1
rm run/page.html run/out run/err damaged.png
expect 0 galatea report run map.png run . --out twice.html
says out "twice.html: 1 run, 4 figures"
cp -r run elsewhere/other
expect 0 galatea report elsewhere/other --out other.html
says out "other.html: 1 run, 1 figure, 0 tables"
rm elsewhere/other/samples.png
expect 0 galatea report elsewhere/other --out other.html
one_line "no result in or beside the run"
mv elsewhere/other/config elsewhere/other/settings
expect 0 galatea report elsewhere/other --out other.html
one_line "elsewhere/other: has train.csv and no config: it is not shown as a run"
mv elsewhere/other/settings elsewhere/other/config

# Files of others in the run's folder are left out, each with a remark; once named they count.
cp -r run elsewhere/shared
cd elsewhere/shared || fail "no folder"
printf '{"auc": NaN}' >metrics.json
printf '[1, 2, {"a": 3}]' >notes.json
printf 'a;b;c\n1,5;2\n' >notes.csv
printf 'na\351,b\n1,2\n' >latin.csv
printf x >scan.png
printf 'SIMPLE  =' >cut.fits
for ending in png fits csv json h5; do : >empty.$ending; done
head -c 300 ../../map.h5 >broken.h5
base64 -d >plain.png <<'END'
iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==
END
ln -s nowhere.csv dangling.csv
mkdir folder.png && mkfifo pipe.csv
expect 0 galatea report . --out ../page.html
says out "1 run, 1 figure, 1 table"
for name in metrics.json notes.json notes.csv scan.png cut.fits empty.png empty.fits empty.csv empty.json plain.png; do
    says err "left out: ./$name"
done
[ "$(wc -l <err)" -eq 10 ] || fail "not a remark for each file"
expect 0 galatea report . plain.png notes.json --out ../page.html
grep -q plain.png ../page.html || fail "a file that was named is missing"
expect 1 galatea report . metrics.json --out ../page2.html
cd ../.. && rm -r elsewhere/shared
rm -r again.png pixels.png classes.json foreign.json foreign.csv run/samples.png

expect 1 galatea report nothing --out no.html
one_line "nothing"
expect 1 galatea report sky.h5 --out no.html
one_line "not a result"
printf 'a,b\n1\n' >bad.csv
expect 1 galatea report bad.csv --out no.html
one_line "bad.csv: line 2: 1 cell, expected 2"
printf '{' >bad.json
expect 1 galatea report bad.json --out no.html
one_line "bad.json"
head -c 100 results/matches.png >bad.png
expect 1 galatea report bad.png --out no.html
one_line "bad.png"
mkdir empty
expect 1 galatea report empty --out no.html
one_line "no run and no result"
expect 2 galatea report run --out no.txt
expect 2 galatea report --out no.html
PATH=/nonexistent expect 1 galatea report run --out no.html
one_line "gnuplot was not found"

# A signal while a figure is drawn ends both, and nothing stays behind.
mkdir slow place
printf '#!/bin/sh\nexec sleep 100\n' >slow/gnuplot
chmod +x slow/gnuplot
PATH="$PWD/slow:$PATH" TMPDIR="$PWD/place" "$GALATEA" report run --out no.html 2>err &
pid=$!
until ls place/galatea-figure-*/log >/dev/null 2>&1; do sleep 0.1; done
kill -TERM $pid
code=0
wait $pid || code=$?
[ $code -eq 143 ] || fail "a stopped report ended with $code, expected 143"
one_line "interrupted while drawing"
[ -z "$(ls place)" ] || fail "a stopped report left $(ls place)"
[ -e no.html ] && fail "a refused report left a file"
exit 0
