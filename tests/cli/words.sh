# What commands say about little things: one of something, legends, options that belong together.
small="--set encoder-blocks=16d2,8d2,4d4,1x1 --set decoder-blocks=1x1,4m1,8m4,16m8 --set width=8
       --set latents=2,1:4 --set mixtures=2 --threads 1 --optimizer adam --set learning-rate=3e-3"
expect 0 galatea data synth --survey radio --size 16 --count 1 --out one.h5
says out "one.h5: 1 source, "
expect 0 galatea data info one.h5
says out "one.h5: 1 image, "
grep -q "classes .*: 1; no rows: " out || fail "classes without rows are listed among the others"
expect 0 galatea data synth --survey radio --size 16 --count 60 --seed 1 --out sky.h5
says out "sky.h5: 60 sources, "
expect 0 galatea data info sky.h5
grep "^classes" out | grep -q "no rows" && fail "all classes have rows"
expect 0 galatea train vdvae $small --batch 44 --data sky.h5 --out run --epochs 1
says out "run: 1 epoch, 1 step"
grep -q "1 steps" out && fail "1 steps"
expect 0 galatea train vdvae --out run --epochs 1
says out "run is finished after 1 epoch; a larger"
expect 0 galatea encode run --data one.h5 --out code.h5
says out "code.h5: 1 code of 4 numbers"
expect 0 galatea sample run --count 1 --out new.h5
says out "new.h5: 1 image"
expect 0 galatea reconstruct run --data sky.h5 --count 1 --out rec.png
says out "rec.png: 1 image over its reconstruction, PSNR"
expect 0 galatea data import --format hdf5 one.h5 --dataset images --out again.h5
says out "again.h5: 1 of 1 image, 1 x 16 x 16"

# The legend explains what the table has.
expect 0 galatea classify sky.h5 --method knn --k 3
says out "with 95 % confidence"
grep -q -e "+-" out && fail "a legend of +- without any"
expect 0 galatea classify sky.h5 --method knn --k 3 --cv 3
says out "; +-: standard deviation"
expect 0 galatea compare sky.h5 --method knn --k 3 --cv 0
grep -q -e "+-" out && fail "a legend of +- without any"
expect 0 galatea compare sky.h5 --method knn --k 3 --cv 3
says out "; +-: standard deviation"

# Usage shows the options that must be given.
expect 0 galatea density --help
says out "Usage: galatea density RUN [FILE...] --data FILE... [options]"
expect 0 galatea encode --help
says out "Usage: galatea encode RUN --data FILE --out FILE [options]"
expect 0 galatea man pages
grep -q '\\-\\-data FILE\.\.\. \[options\]' pages/galatea-density.1 || fail "the manual page lacks --data in its synopsis"

# An option that changes nothing without another one.
expect 2 galatea data import --format hdf5 sky.h5 --within 5 --out near.h5
one_line "--within 5: the radius of --exclude FILE, which is not given"
[ -e near.h5 ] && fail "something was written"

# A folder stands for the runs in it.
mkdir -p all/nothing
mv run all/first
cp -r all/first all/second
expect 0 galatea report all --out report.html
says out "report.html: 2 runs, "
expect 0 galatea report all/first --out report.html
says out "report.html: 1 run, "

# Images may have methods of their own: boosting on pixels takes hours.
expect 0 galatea encode all/first --data sky.h5 --out codes.h5 --quiet
expect 0 galatea classify codes.h5 --method lr,knn --k 3 --baseline sky.h5 --image-method knn --json
[ "$(grep -c '"method": "lr"' out)" -eq 1 ] || fail "--image-method changed nothing for images"
[ "$(grep -c '"method": "knn"' out)" -eq 2 ] || fail "knn is missing"
expect 0 galatea classify sky.h5 --method lr --image-method knn --k 3
grep -q "^lr " out && fail "images were given --method"

# A name that the files of a run cannot keep is refused before the work.
name=$(printf 'sky\377.h5')
cp sky.h5 "$name"
expect 2 galatea train vdvae $small --batch 8 --data "$name" --out other --epochs 1
one_line "a name that is not UTF-8 cannot be kept in the files of a run"
[ -e other ] && fail "a refused run left a folder"

# Where class and calibrated probability are at odds it is said, with their number.
expect 0 galatea data synth --survey radio --count 40 --seed 3 --size 16 --out few.h5
expect 0 galatea classify few.h5 --method svc --svc-gamma 1e-6 --out svc.csv
odd=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
    NR > 1 { first = $at["svc_p_FRI"] > $at["svc_p_FRII"]; odd += ($at["svc_class"] == "FRI") != first } END { print odd + 0 }' svc.csv)
if [ "$odd" -gt 0 ]; then
    says err "few.h5: svc gives $odd of 40 rows another class than the likeliest"
else
    grep -q "than the likeliest" err && fail "no class is at odds with its probability"
fi
exit 0
