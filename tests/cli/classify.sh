# classify: all methods, seeds and folds, tables, folders; and what it refuses.
expect 0 galatea data synth --survey radio --count 120 --seed 3 --size 16 --out sky.h5
few=(--rf-trees 10 --ext-trees 10 --grad-stages 5 --threads 2)

# Each method has its line; figures over seeds come with a spread, and folds with columns.
expect 0 galatea classify sky.h5 --method all --seeds 2 --cv 3 "${few[@]}"
for method in knn rf svc lr grad ext; do
    grep -qE "^$method +[01]\.[0-9]{3}" out || fail "no line of $method"
done
says out "cv accuracy"
says out "cv ROC-AUC"
grep -qE '^rf .*\+-' out || fail "no spread over seeds"
grep -q ' $' out && fail "blanks at the end of a line"
cp out first
expect 0 galatea classify sky.h5 --method all --seeds 2 --cv 3 "${few[@]}" --threads 1
cmp out first || fail "the number of threads changed the result"

# JSON, and a list of methods in the order asked for.
expect 0 galatea classify sky.h5 --method lr,knn --baseline sky.h5 --json
says out '"baseline"'
says out '"roc_auc"'
[ "$(grep -n '"lr"' out | head -1 | cut -d: -f1)" -lt "$(grep -n '"knn"' out | head -1 | cut -d: -f1)" ] ||
    fail "lr was asked for first"

says out '"line": "galatea classify sky.h5 --method lr,knn --baseline sky.h5"'

# Class by class: on the screen of one method, in a table, a figure and JSON of all.
expect 0 galatea classify sky.h5 --method lr --cv 3
says out "lr, rows to judge by:"
says out "macro mean"
says out "true class by row, predicted class by column:"
says out "lr, held out by cross-validation (3 fits):"
expect 0 galatea classify sky.h5 --method lr,knn --cv 3 --by-class classes.csv --confusion m.svg
grep -q "macro mean" out && fail "of several methods nothing is printed class by class"
[ "$(wc -l <classes.csv)" -eq 17 ] || fail "classes.csv has $(wc -l <classes.csv) lines, expected 17"
grep -q '^sky.h5,knn,cv,FRII,1,3,' classes.csv || fail "no line of FRII held out for knn"
grep -q ',as_FRI,as_FRII$' <(head -1 classes.csv) || fail "no counts in classes.csv"
says m.svg "predicted class"
expect 0 galatea classify sky.h5 --method lr --json
says out '"by_class"'
says out '"confusion"'
expect 0 galatea classify sky.h5 --method lr --by-class classes.fits
head -c 9 classes.fits | grep -q "SIMPLE  =" || fail "classes.fits is no FITS file"
expect 2 galatea classify sky.h5 --confusion matrix.csv

# Scaled by the rows that each fit learns from: knn of pixels sees other neighbours, and a saved classifier scales too.
expect 0 galatea classify sky.h5 --method knn,lr --cv 3 --scale none
mv out unscaled
expect 0 galatea classify sky.h5 --method knn,lr --cv 3
cmp out unscaled || fail "features are scaled unasked"
expect 0 galatea classify sky.h5 --method knn,lr --cv 3 --scale standard --save scaled --out scaled.csv
cmp -s out unscaled && fail "nothing is scaled"
expect 0 galatea classify sky.h5 --load scaled --out again.csv
cmp scaled.csv again.csv || fail "loaded classifiers scale otherwise"
expect 0 galatea classify sky.h5 --method lr --scale standard --json
says out '"scale": "standard"'
expect 0 galatea compare a=sky.h5 --method lr --cv 3 --scale standard --json
says out '"scale": "standard"'
expect 2 galatea classify sky.h5 --scale half
one_line "none"
expect 2 galatea classify sky.h5 --load scaled --scale standard
one_line "leave out --scale"

# A method that tells nothing apart is pointed at, one that does is not.
expect 0 galatea classify sky.h5 --method lr,knn --lr-c 1e-12
one_line "lr puts all"

# A table of every object and a folder of what was learnt; applied again it says the same.
expect 0 galatea classify sky.h5 --method all "${few[@]}" --out a.csv --save fitted
[ "$(wc -l <a.csv)" -eq 121 ] || fail "a.csv has $(wc -l <a.csv) lines, expected 121"
head -1 a.csv >out
says out "row,"
says out "svc_p_FRII"
[ "$(ls fitted | wc -l)" -eq 7 ] || fail "fitted holds $(ls fitted)"
[ -z "$(ls -d .fitted.*part 2>/dev/null)" ] || fail "a part of a folder is left"
expect 0 galatea classify sky.h5 --load fitted --out b.csv
says out " train"
cmp a.csv b.csv || fail "loaded classifiers say something else"
expect 0 galatea classify sky.h5 --load fitted --out b.fits
for ucd in src.class stat.probability; do grep -qa "'$ucd *'" b.fits || fail "no UCD $ucd"; done
head -c 9 b.fits | grep -q "SIMPLE  =" || fail "b.fits is no FITS file"
expect 0 galatea classify sky.h5 --load fitted --json --by-class c.csv --confusion c.svg
says out '"train_accuracy"'
says out '"test_by_class"'
[ "$(wc -l <c.csv)" -eq 49 ] || fail "c.csv has $(wc -l <c.csv) lines, expected 49"
grep -q '^sky.h5,svc,test,FRI,0,1,' c.csv || fail "no line of FRI for svc"

# Wrong use.
expect 2 galatea classify sky.h5 --method all,knn
expect 2 galatea classify sky.h5 --method knn,knn
one_line "method knn is named twice"
expect 2 galatea classify sky.h5 --method svm
one_line "did you mean 'svc'"
expect 2 galatea classify sky.h5 --cv 1
expect 2 galatea classify sky.h5 --out table.txt
expect 2 galatea classify sky.h5 --save fitted
one_line "expected a new or an empty folder"
expect 2 galatea classify sky.h5 --load fitted --cv 5
one_line "leave out --cv"
expect 1 galatea classify sky.h5 --load nowhere
one_line "nowhere"

# Sets that do not do.
expect 1 galatea classify sky.h5 --k 1000
one_line "sky.h5: 1000 neighbours asked of"
expect 1 galatea classify sky.h5 --cv 90
one_line "too few for 90 folds"
expect 0 galatea data synth --survey radio --count 30 --seed 3 --size 20 --out small.h5
expect 1 galatea classify small.h5 --load fitted --out no.csv
one_line "small.h5 has 400 values a row, the classifiers of fitted take 256"
[ -e no.csv ] && fail "a refused set left a table"

# The place is tried before anything is read.
expect 1 galatea classify nothing.h5 --save missing/fitted
one_line "missing/fitted"
[ -z "$(ls -d .*.part 2>/dev/null)" ] || fail "a trial folder is left"

# Folders that were touched.
cp -r fitted cut
truncate -s -9 cut/svc.safetensors
expect 1 galatea classify sky.h5 --load cut
one_line "cut/svc.safetensors"
cp -r fitted swapped
cp fitted/knn.safetensors swapped/lr.safetensors
expect 1 galatea classify sky.h5 --load swapped
one_line "swapped/lr.safetensors"
cp -r fitted future
sed -i 's/"form": 1/"form": 2/' future/manifest.json
expect 1 galatea classify sky.h5 --load future
one_line "form 2"
cp -r fitted narrow
sed -i 's/"features": 256/"features": 400/' narrow/manifest.json
expect 1 galatea classify small.h5 --load narrow
one_line "narrow/"
rm -r cut/manifest.json
expect 1 galatea classify sky.h5 --load cut
one_line "cut/manifest.json"

# An object that is learnt from and judged by is named, by the join and by all who judge.
expect 0 galatea data synth --survey radio --count 40 --seed 3 --size 16 --test 0 --out learn.h5
expect 0 galatea data synth --survey radio --count 20 --seed 3 --size 16 --test 1 --out judge.h5
shared="ids in more than one split: 20 (the first: 'radio-3-0000000' in row 0, train, and row 40, test)"
expect 0 galatea data merge learn.h5 judge.h5 --out both.h5
one_line "$shared"
expect 0 galatea classify both.h5 --method knn --k 3
one_line "both.h5: $shared"
expect 0 galatea compare both.h5 --method knn
says err "both.h5: $shared"
expect 0 galatea data import --format hdf5 both.h5 --out again.h5
one_line "both.h5: $shared"

# A folder that cannot be made leaves nothing.
expect 1 galatea classify sky.h5 --save missing/fitted
one_line "missing/fitted"
exit 0
