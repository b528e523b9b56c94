# compare: several codes of one labelled set side by side, chosen by cross-validation; what report makes of it.
small="--set encoder-blocks=16d2,8d2,4d4,1x1 --set decoder-blocks=1x1,4m1,8m4,16m8 --set width=8
       --set latents=2,1:4 --set mixtures=2 --batch 8 --threads 1 --optimizer adam --set learning-rate=3e-3"
galatea data synth --survey radio --count 120 --seed 3 --size 16 --out sky.h5 >/dev/null || fail "no data"
galatea data synth --survey radio --count 100 --seed 4 --size 16 --out other.h5 >/dev/null || fail "no data"
galatea train vdvae $small --data sky.h5 --out run --epochs 2 --quiet || fail "no run"
galatea encode run --data sky.h5 --out codes.h5 --quiet || fail "no codes"
galatea encode run --data sky.h5 --out plain.h5 --untrained --quiet || fail "no codes"
galatea encode run --data other.h5 --out far.h5 --quiet || fail "no codes"
few=(--method knn,ext,lr --ext-trees 10 --threads 2)

# Figures are those of classify; baselines come last, wherever they were given.
expect 0 galatea compare sky.h5 codes.h5 "${few[@]}" --cv 3 --seeds 2 --baseline plain.h5 --out all.json
cp out first
says out "sky: 96 rows to learn from, 24 to judge by"
[ "$(grep -n '^VDVAE ' first | head -1 | cut -d: -f1)" -lt "$(grep -n '^pixels ' first | head -1 | cut -d: -f1)" ] || fail "pixels come first"
grep -q '^VDVAE, untrained ' first || fail "no untrained codes"
[ "$(grep -c ' \* ' first)" -eq 3 ] || fail "not one method of each codes is chosen"
galatea classify codes.h5 "${few[@]}" --cv 3 --seeds 2 >classified || fail "no classifier"
for method in knn ext lr; do
    accuracy=$(awk -v m=$method '$1 == m { print $2 }' classified)
    grep -A2 '^VDVAE ' first | grep -qE "$method .* $accuracy( |\$)" || fail "$method: compare and classify disagree"
done
grep -q "paper" first && fail "the paper has no such set"
expect 0 galatea compare sky.h5 codes.h5 "${few[@]}" --cv 3 --seeds 2 --baseline plain.h5 --threads 1
cmp out first || fail "the number of threads changed the result"

# The choice follows the cross-validated columns alone.
expect 0 galatea compare a=codes.h5 b=plain.h5 c=sky.h5 "${few[@]}" --cv 3 --seeds 2 --out chosen.csv
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
         { cv = $column["cv_accuracy"] + 1e-6 * $column["cv_roc_auc"]; if (cv > most[$2]) { most[$2] = cv; best[$2] = $3 } }
         $column["chosen"] == 1 { marked[$2] = marked[$2] $3 }
         END { for (c in best) if (best[c] != marked[c]) exit 1; exit length(best) != 3 }' chosen.csv ||
    fail "the choice is not that of cross-validation"
expect 0 galatea compare codes.h5 codes.h5 --method knn --cv 0
says err "codes.h5 is given twice: both are called VDVAE (codes)"
expect 0 galatea compare codes.h5 "${few[@]}" --cv 0
grep -q ' \* ' out && fail "something was chosen without cross-validation"
says out "--cv K chooses"

# Images may have classifiers of their own.
expect 0 galatea compare codes.h5 sky.h5 "${few[@]}" --cv 0 --image-method knn --out own.csv
[ "$(grep -c '^sky,VDVAE,' own.csv) $(grep -c '^sky,pixels,knn,' own.csv) $(grep -c '^sky,pixels,' own.csv)" = "3 1 1" ] || fail "classifiers of images"
expect 2 galatea compare codes.h5 --image-method sum
one_line "sum"

# Files are counted together: 120 KiB each, of half a MiB.
export SLURM_MEM_PER_NODE=1
expect 0 galatea compare a=sky.h5 b=sky.h5 c=sky.h5 d=sky.h5 --method knn
expect 1 galatea compare a=sky.h5 b=sky.h5 c=sky.h5 d=sky.h5 e=sky.h5 --method knn
one_line "sky.h5: 96 labelled rows of 256 values take 576 KiB with what was read before, more than half of the batch job's memory (1 MiB)"
unset SLURM_MEM_PER_NODE

# Several sets, names, tables, JSON.
expect 0 galatea compare one=codes.h5 two=plain.h5 far.h5 "${few[@]}" --cv 2 --out all.csv --json
says out '"name": "one"'
says out '"set": "other"'
says err "far.h5: no other file has its labels and splits"
head -1 all.csv | grep -q "^set,codes,method,chosen," || fail "columns of all.csv"
[ "$(wc -l <all.csv)" -eq 10 ] || fail "all.csv has $(wc -l <all.csv) lines, expected 10"
expect 0 galatea compare codes.h5 codes.h5 "${few[@]}" --cv 0 --out all.fits
says out "VDVAE (codes)"
head -c 9 all.fits | grep -q "SIMPLE  =" || fail "all.fits is no FITS file"

# Files of one name are told apart by their folders, as far as it takes.
mkdir -p lr=0.1/a lr=0.01/a
for folder in lr=0.1 lr=0.01 lr=0.1/a lr=0.01/a; do cp codes.h5 $folder/codes.h5; done
expect 0 galatea compare codes.h5 lr=0.1/codes.h5 ./lr=0.01/codes.h5 lr=0.1/a/codes.h5 lr=0.01/a/codes.h5 --method knn --cv 0 --out folders.csv
for name in "(codes)" "(lr=0.1/codes)" "(lr=0.01/codes)" "(lr=0.1/a/codes)" "(lr=0.01/a/codes)"; do
    says out "VDVAE $name"
    grep -qF ",VDVAE $name,knn," folders.csv || fail "no $name in folders.csv"
done
cp codes.h5 lr=0.1/codes.hdf5
expect 0 galatea compare lr=0.1/codes.h5 lr=0.1/codes.hdf5 --method knn --cv 0
says out "VDVAE (codes.h5)"
says out "VDVAE (codes.hdf5)"
cp codes.h5 "a=b.h5"
expect 0 galatea compare "a=b.h5" "${few[@]}" --cv 0

# The page shows it as Table 2, found beside the run.
expect 0 galatea report run --out report.html
grep -q '<section id="classification">' report.html || fail "no part of the classifiers"
grep -q '<td class="group" rowspan="3">VDVAE, untrained</td>' report.html || fail "no codes in the table"
[ "$(grep -c '<tr class="best">' report.html)" -eq 3 ] || fail "what was chosen is not in bold"

# Refused, in one line, with nothing written.
expect 2 galatea compare codes.h5 --cv 1
expect 2 galatea compare codes.h5 --out no.txt
one_line "must end in .json, .fits, .fit or .csv"
expect 2 galatea compare codes.h5 --out codes.json --method svm
expect 2 galatea compare =codes.h5
one_line "expected FILE or NAME=FILE"
expect 1 galatea compare codes.h5 nothing.h5
one_line "nothing.h5"
expect 1 galatea compare codes.h5 --baseline sky.h5,nothing.h5 --out no.json
one_line "nothing.h5"
expect 1 galatea compare codes.h5 --method lr --cv 90 --out no.json
one_line "too few for 90 folds"
ln -s codes.h5 codes.csv
expect 2 galatea compare codes.h5 --out codes.csv
one_line "would replace its own input"
expect 2 galatea compare
[ -e no.json ] || [ -e codes.json ] && fail "a refused call left a file"
exit 0
