# search: rows of codes, images through a run, pictures of other files; every refusal is one line.
small="--set encoder-blocks=16d2,8d2,4d4,1x1 --set decoder-blocks=1x1,4m1,8m4,16m8 --set width=8
       --set latents=2,1:4 --set mixtures=2 --batch 8 --threads 1 --optimizer adam --set learning-rate=3e-3"
galatea data synth --size 16 --count 60 --seed 1 --out sky.h5 >/dev/null || fail "no data"
galatea train vdvae $small --data sky.h5 --out run --epochs 1 --quiet || fail "no run"
galatea encode run --data sky.h5 --out codes.h5 --quiet || fail "no codes"
galatea encode run --data sky.h5 --code projected --out wide.h5 --quiet || fail "no codes"

# The command of the manual: the query finds itself, as it is encoded as the codes were.
expect 0 galatea search codes.h5 --query sky.h5:12 --run run --top 9 --out matches.csv --figure matches.png
says out "matches.csv, matches.png"
head -1 matches.csv | grep -q "^query,rank,row,cosine,id,.*,query_id," || fail "columns of matches.csv"
[ "$(wc -l <matches.csv)" -eq 10 ] || fail "matches.csv has not 9 rows"
sed -n 2p matches.csv | grep -qE "^12,1,12,(1|0.99999)" || fail "a query does not find itself"
head -c 8 matches.png | od -An -tx1 | grep -q "89 50 4e 47 0d 0a 1a 0a" || fail "matches.png is no PNG"
grep -q "galatea search codes.h5 --query sky.h5:12 --run run" matches.png || fail "no record in matches.png"
expect 0 galatea search wide.h5 --query sky.h5:12 --run run --top 1 --out wide.csv
sed -n 2p wide.csv | grep -qE "^12,1,12,(1|0.99999)" || fail "settings of other codes are not followed"

# Codes of another network of the same size.
galatea train vdvae $small --data sky.h5 --out strange --epochs 1 --seed 2 --quiet || fail "no run"
expect 1 galatea search codes.h5 --query sky.h5:12 --run strange --top 3 --out no.csv
one_line "codes.h5 was made by run/best.safetensors, which is not what strange/best.safetensors is now: encode it again"
[ -e no.csv ] && fail "a refused search left a table"

# Rows of codes: a row is not its own match; threads change nothing; FITS; JSON; the screen.
expect 0 galatea search codes.h5 --query codes.h5:0-3,7 --top 4 --out one.csv --threads 1
expect 0 galatea search codes.h5 --query codes.h5:0-3,7 --top 4 --out two.csv --threads 2
cmp one.csv two.csv || fail "threads change matches"
[ "$(wc -l <one.csv)" -eq 21 ] || fail "one.csv has not 20 rows"
awk -F, 'NR > 1 && $1 == $3 { exit 1 }' one.csv || fail "a row is its own match"
expect 0 galatea search codes.h5 --query "codes.h5:$(sed -n 2p one.csv | cut -d, -f5)" --top 4 --out named.csv
expect 0 galatea search codes.h5 --query "codes.h5:$(sed -n 2p one.csv | cut -d, -f3)" --top 4 --out two.csv
cmp named.csv two.csv || fail "an id is not its row"
expect 0 galatea search codes.h5 --query codes.h5:5 --out "!m[1].fits"
head -c 9 "!m[1].fits" | grep -q "SIMPLE  =" || fail "no FITS file"
grep -aq "EXTNAME = 'NEIGHBOURS'" "!m[1].fits" || fail "the table has no name of its own"
expect 0 galatea search codes.h5 --query codes.h5:5 --json
says out '"cosine"'
expect 0 galatea search codes.h5 --query codes.h5:5 --top 100
[ "$(wc -l <out)" -eq 60 ] || fail "more rows asked than there are"

# A figure begins with the query's picture, also where the query is a row of the codes.
expect 0 galatea search codes.h5 --query sky.h5:12 --run run --top 1 --figure of_image.png
expect 0 galatea search codes.h5 --query codes.h5:12 --top 1 --figure of_row.png
size() { head -c 24 "$1" | tail -c 8 | od -An -tx1; }
[ "$(size of_image.png)" = "$(size of_row.png)" ] || fail "the picture of a row of codes is missing"

# Orientations, raw pixels, and a picture that is no data set.
expect 0 galatea search codes.h5 --query sky.h5:3 --run run --flips --rotations --top 3 --out turns.csv

# Queries are averaged over the orientations that the searched codes were averaged over: row 12 finds itself.
for ways in flips all; do
    expect 0 galatea encode run --data sky.h5 --average $ways --out mean.h5
    cmp -s mean.h5 codes.h5 && fail "--average $ways changed nothing"
    expect 0 galatea search mean.h5 --query sky.h5:12 --run run --top 1 --out mean.csv
    tail -1 mean.csv | grep -q "^12,1,12,[01]" || fail "with --average $ways row 12 does not find itself: $(tail -1 mean.csv)"
done
expect 2 galatea encode run --data sky.h5 --average some --out no.h5
sed -n 2p turns.csv | grep -q "as it is" || fail "the query as it is comes first"
expect 0 galatea search sky.h5 --query sky.h5:3 --figure pixels.png
galatea sample run --count 1 --out galaxy.png --quiet || fail "no picture"
expect 1 galatea search codes.h5 --query galaxy.png --run run
one_line "3 channels, 16x16 pixels, expected 1 and 16x16"
# A row of the set as other programs write it is found as well; an input has one line in the record.
for file in galaxy.fits galaxy.npy; do
    galatea data export sky.h5 --rows 12 --out $file --quiet || fail "no $file"
    expect 0 galatea search codes.h5 --query $file --run run --top 1 --out alike.csv
    sed -n 2p alike.csv | grep -q "^0,1,12,[01]" || fail "$file is not found: $(tail -1 alike.csv)"
done
[ "$(grep -ao '"codes.h5": "[0-9a-f]*"' of_row.png | wc -l)" -eq 1 ] || fail "codes.h5 is recorded twice"
cat >gray.b64 <<'END'
iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAAAAAA6mKC9AAABC0lEQVR42mNgwACMTMwsrGzsHJxc3Dy8fPwMDEwsbBxcPHwCQiJiElIycgwMzGycPPxCohLScooq6lq6DAwsHDwCIhIyCioaOgYmFjYMDKxc/CKScsoaukbmNo5u3gwMbDxCEnIqWgZmNk4efiFRDAzsfKIyylqGFvZuviHRSZkMDBwCEgoaBhYOHgERCRkFFQwMnELSKrpm9h6BUck5pXXtDAxcInIaRjZuAVEpeRVNPdMYGLjFFHXMnXwjkvMqW/pnLWVg4JFQMbDxCEnIqWiZMGfFFgYGXil1E0e/6IzSpv45K7cdZmDgk9GycAtJKqjrmbVi25FLDAz8cro23lGZFe3Tlm45fOkhAK9eOEF6ql03AAAAAElFTkSuQmCC
END
base64 -d gray.b64 >gray.png
expect 0 galatea search codes.h5 --query gray.png --run run --top 2
galatea search codes.h5 --query gray.png --run run --top 2 | tail -1 | grep -q " 2 " || fail "no match of gray.png"

expect 2 galatea search codes.h5 --query gray.png --run run --figure gray.png
one_line "gray.png would replace its own input"
expect 1 galatea search codes.h5 --query sky.h5:60 --run run
one_line "sky.h5 has 60 rows (0 to 59), row 60 is none of them"
expect 1 galatea search codes.h5 --query wide.h5:0
one_line "wide.h5 gives codes of 8 numbers, codes.h5 has codes of 4"
expect 2 galatea search codes.h5 --query sky.h5:0
one_line "a run makes codes of them"
expect 1 galatea search codes.h5 --query codes.h5:a
one_line "query codes.h5:a: no row has this id, expected one, or ROWS as 3,7-9"
expect 2 galatea search codes.h5 --query codes.h5:3-1
expect 2 galatea search codes.h5 --query codes.h5:0 --flips
expect 1 galatea search codes.h5 --query nothing.h5:0
one_line "nothing.h5"
expect 2 galatea search codes.h5
expect 2 galatea search codes.h5 --query codes.h5:0 --out m.txt
expect 2 galatea search codes.h5 --query codes.h5:0 --figure m.pdf
expect 1 galatea search codes.h5 --query codes.h5:0 --out missing/m.csv
printf x >>sky.h5
expect 2 galatea search codes.h5 --query codes.h5:0 --figure m.png
one_line "has changed"
[ -e m.png ] && fail "a refused search left a file"
exit 0
