# train classifier, classify --load: an encoder gets a head that learns classes; what is frozen stays, what is stopped goes on, and what cannot be learned is said.
galatea data synth --survey radio --count 60 --seed 3 --size 32 --out sky.h5 >/dev/null || fail "no data"
galatea train simclr --preset tiny --set widths=4,8 --set blocks=1,1 --batch 16 --epochs 1 --data sky.h5 --out pairs --threads 1 --quiet ||
    fail "no encoder"

# The encoder's widths and blocks follow the run that it comes from; frozen it stays bit for bit.
tune="classifier --preset small --init pairs --freeze 3 --data sky.h5 --batch 8 --threads 1"
expect 0 galatea train $tune --epochs 2 --out run
says err "weights: "
says err "(accuracy "
grep -q "^widths = 4,8$" run/config || fail "run/config: $(grep ^widths run/config)"
expect 0 galatea info run
says out "18 learned"
head -1 run/train.csv | grep -q ",validation_accuracy," || fail "no accuracy in train.csv"
expect 0 galatea encode run --data sky.h5 --out tuned.h5 --threads 1
expect 0 galatea encode pairs --data sky.h5 --out before.h5 --threads 1
expect 0 galatea compare tuned.h5 before.h5 --method knn --k 3 --json
[ "$(grep -c '"accuracy": ' out)" -eq 2 ] || fail "not two accuracies"
[ "$(grep '"accuracy": ' out | sort -u | wc -l)" -eq 1 ] || fail "a frozen encoder moved"

# The same bits after a stop.
expect 0 galatea train $tune --epochs 2 --schedule constant --out whole --quiet
expect 0 galatea train $tune --epochs 1 --schedule constant --out parted --quiet
expect 0 galatea train classifier --out parted --epochs 2 --quiet
for run in whole parted; do
    expect 0 galatea classify sky.h5 --load $run/last.safetensors --out $run.csv --threads 1
done
cmp whole.csv parted.csv || fail "a resumed run has other weights"

# Probabilities of every image, with its columns, and figures class by class.
expect 0 galatea classify sky.h5 --load run --out said.csv --by-class classes.csv --threads 1
says out "classifier, rows to judge by:"
[ "$(head -1 said.csv)" = "row,id,ra,dec,class,split,classifier_class,classifier_score,classifier_p_FRI,classifier_p_FRII,angular_size,label" ] ||
    fail "columns: $(head -1 said.csv)"
[ "$(wc -l <said.csv)" -eq 61 ] || fail "said.csv has $(wc -l <said.csv) lines, expected 61"
expect 0 galatea classify sky.h5 --load run/best.safetensors --out again.csv --threads 1
cmp said.csv again.csv || fail "weights say something else than their run"
expect 1 galatea classify sky.h5 --load pairs
one_line "pairs is of model simclr, which tells no classes apart"
galatea data synth --survey radio --count 8 --seed 3 --size 40 --out wide.h5 >/dev/null || fail "no data"
expect 1 galatea classify wide.h5 --load run --out no.csv
one_line "wide.h5 has images of 1x40x40"

# Rows without a label, classes without rows, one class alone, and no labels at all.
expect 0 galatea data import --format hdf5 sky.h5 --where "label=0" --out one.h5
expect 1 galatea train classifier --preset tiny --data one.h5 --out no
one_line "expected at least 2 classes"
[ -e no ] && fail "a refused training left a folder"
galatea train $tune --class-weights 1,2,3 --out no --quiet 2>err && fail "three weights of two classes"
one_line "class-weights '1,2,3': expected none, balanced, or 2 numbers"
expect 2 galatea train classifier --preset tiny --freeze 5 --data sky.h5 --out no
one_line "freeze 5: the encoder has a stem and 3 stages, expected 0 to 4"
expect 2 galatea train classifier --preset tiny --flip --data sky.h5 --out no
one_line "views of classifier have flips of their own"
expect 1 galatea train classifier --preset tiny --init pairs --set widths=8,8 --set blocks=1,1 --data sky.h5 --out no
says err "pairs/best.safetensors"
exit 0
