# train maf, density, novelty and sample with a small flow over codes of a small run.
small="--set encoder-blocks=16d2,8d2,4d4,1x1 --set decoder-blocks=1x1,4m1,8m4,16m8 --set width=8
       --set latents=2,1:4 --set mixtures=2 --batch 8 --threads 1 --optimizer adam --set learning-rate=3e-3"
galatea data synth --size 16 --count 200 --seed 1 --out sky.h5 >/dev/null || fail "no data"
galatea data synth --size 16 --count 60 --seed 2 --out new.h5 >/dev/null || fail "no data"
galatea train vdvae $small --data sky.h5 --out run --epochs 1 --quiet || fail "no run"
galatea encode run --data sky.h5 --out codes.h5 >/dev/null || fail "no codes"
galatea encode run --data sky.h5 --code projected --out wide.h5 >/dev/null || fail "no codes"
galatea encode run --data new.h5 --out other.h5 >/dev/null || fail "no codes"

# A run that was stopped and goes on ends with the bits of one that was not.
flow="train maf --preset small --set blocks=2 --set hidden=16 --data codes.h5 --rows all --threads 1"
expect 0 galatea $flow --out flow --epochs 6
says out "nats per code"
says err "deviations of the 4 features"
expect 0 galatea $flow --out again --epochs 3
expect 0 galatea $flow --out again --epochs 6
for run in flow again; do
    expect 0 galatea density $run/last.safetensors --data codes.h5 --out $run.csv
done
cmp flow.csv again.csv || fail "a resumed flow differs"

# A flow begins with another's weights, masks and all, and carries on without their checksums.
expect 0 galatea $flow --out begun --epochs 1 --init flow/best.safetensors
says err "weights: 20 of 20 tensors from flow/best.safetensors"
LC_ALL=C sed 's/"checksum"/"checksun"/' flow/best.safetensors >bare.safetensors
expect 0 galatea density bare.safetensors --data codes.h5 --out bare.csv
says err "bare.safetensors carries no checksums"
expect 0 galatea sample bare.safetensors --count 4 --out bare.h5
expect 0 galatea novelty bare.safetensors --data codes.h5 --top 2
expect 0 galatea density flow --data codes.h5 --out best.csv
cmp best.csv bare.csv || fail "the same weights without checksums differ"

# What does not fit.
expect 1 galatea train maf --preset small --data sky.h5 --out no
one_line "sky.h5"
expect 1 galatea train vdvae --preset tiny --data codes.h5 --out no
one_line "codes.h5"
expect 2 galatea $flow --out no --micro-batch 2
says err "statistics of whole batches"
expect 1 galatea $flow --out no2 --batch 1
one_line "expected at least 2"
expect 1 galatea $flow --out no2 --train-share 0.6 --test-share 0.4
one_line "leaves 0 for validation"

# density: several sets, a table, a figure.
expect 0 galatea density flow --data codes.h5 other.h5 --out loglike.csv --figure loglike.png
says out "held out from training"
[ "$(wc -l <loglike.csv)" -eq 261 ] || fail "not a line for each of 260 codes"
head -c 8 loglike.png | od -An -tx1 | grep -q "89 50 4e 47" || fail "loglike.png is no PNG"
mkdir -p one two && cp codes.h5 one && cp codes.h5 two
expect 0 galatea density flow --data one/codes.h5 two/codes.h5 --out folders.csv
says out "one/codes"
grep -q "^two/codes," folders.csv || fail "sets of one file name are not told apart"
expect 0 galatea density flow --data codes.h5 --out loglike.fits --json
says out '"held_out": 100'
says out '"below_training_minimum"'
expect 0 galatea density flow/last.safetensors --data other.h5
says out "held out from training" # weights of a run tell what it learned from
cp flow/last.safetensors lone.safetensors
expect 0 galatea density lone.safetensors --data other.h5
one_line "lone.safetensors lies in no run folder"
cp lone.safetensors run/lone.safetensors
expect 0 galatea density run/lone.safetensors --data other.h5
one_line "run/lone.safetensors is not of the run in whose folder it lies"
rm run/lone.safetensors
expect 1 galatea density flow --data wide.h5 --out no.csv
one_line "wide.h5 has codes of 8 numbers, flow/best.safetensors was trained on codes of 4"
expect 1 galatea density run --data codes.h5
one_line "train maf"
expect 2 galatea density flow --data codes.h5 --out codes.h5
expect 2 galatea density flow --data codes.h5 --out no.txt
expect 2 galatea density flow
one_line "--data"
[ -e no.csv ] && fail "a refused density left a file"

# One white picture far from all others does not press them into one bin; the figure says so.
mkdir odd
base64 -d >odd/white.png <<'END'
iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAAAAAA6mKC9AAAAEUlEQVQY02P8z4AKmBhGtAAAIBABH0NnlfgAAAAASUVORK5CYII=
END
galatea data import --format png odd --size 16 --out odd.h5 --quiet >/dev/null || fail "no picture"
galatea data merge sky.h5 odd.h5 --out all.h5 --quiet >/dev/null || fail "no set"
galatea encode run --data all.h5 --out all-codes.h5 --quiet || fail "no codes"
expect 0 galatea density flow --data all-codes.h5 --figure all.svg
grep -q "lower ones are not shown" all.svg || fail "an outlier sets the scale"
expect 0 galatea density flow --data codes.h5 --figure codes.svg
grep -q "not shown" codes.svg && fail "usual codes are not shown"

# novelty: with images, and a search for neighbours.
expect 0 galatea novelty flow --data other.h5 --images new.h5 --top 4 --figure outliers.png --out o.csv
says out "usual codes have one at"
[ "$(wc -l <o.csv)" -eq 5 ] || fail "not four outliers"
lowest=$(cut -d, -f7 loglike.csv | sed -n '202,261p' | sort -g | head -1)
grep -q -e "$lowest" o.csv || fail "the least likely code ($lowest) is not the first outlier"
expect 1 galatea novelty flow --data codes.h5 --images new.h5 --figure no.png
one_line "new.h5 has 60 images, codes.h5 has 200 codes"
expect 2 galatea novelty flow --data codes.h5 --figure no.png
one_line "--images"
expect 0 galatea novelty flow --data codes.h5 --search other.h5 --json
says out '"usual_cosine_median"'
expect 1 galatea novelty flow --data codes.h5 --search wide.h5
one_line "wide.h5 has codes of 8 numbers"
# A row that is alone in the searched set has no neighbour; two outputs, or an input, in one place.
galatea data synth --size 16 --count 1 --seed 5 --out single.h5 >/dev/null || fail "no data"
galatea encode run --data single.h5 --out alone.h5 --quiet || fail "no codes"
expect 0 galatea novelty flow --data alone.h5 --search alone.h5 --json
grep -q neighbour out && fail "a row alone has a neighbour"
expect 0 galatea novelty flow --data alone.h5 --search alone.h5
grep -q nan out && fail "not a number is shown"
ln -s other.h5 trap.csv
expect 2 galatea novelty flow --data codes.h5 --search other.h5 --out trap.csv
one_line "trap.csv would replace its own input other.h5"
ln -s new.h5 trap.png
expect 2 galatea novelty flow --data other.h5 --images new.h5 --figure trap.png
one_line "trap.png would replace its own input new.h5"

# sample: a longer series begins with the shorter one, whatever the threads.
expect 0 galatea sample flow --count 40 --out s.h5
says out "s.h5: 40 codes of 4 numbers"
expect 0 galatea sample flow --count 1500 --threads 2 --out long.h5
expect 0 galatea density flow --data s.h5 --out s.csv
expect 0 galatea density flow --data long.h5 --out long.csv
cut -d, -f2- s.csv | head -41 >a
cut -d, -f2- long.csv | head -41 >b
cmp a b || fail "a longer series begins otherwise"
expect 2 galatea sample flow --count 4 --out s.png
one_line "draws codes, not images"
expect 1 galatea encode flow --data sky.h5 --out no.h5
one_line "flow/best.safetensors was trained on 4x1x1"

# Features that are the same in all rows: left out, named, kept by all that follows, put back.
awk 'BEGIN { srand(3); print "c0,c1,c2,c3,c4,c5"
             for (i = 0; i < 90; i++) print rand() ",0.25," rand() + i / 90 "," rand() ",0,0" }' >dead.csv
sed '2s/,0,0$/,0,7/; 3s/,0.25,/,0.5,/' dead.csv >odd.csv
for set in dead odd; do galatea data import --format table $set.csv --out $set.h5 --quiet; done
dead="train maf --preset small --set blocks=2 --set hidden=16 --data dead.h5 --out dead --threads 1"
expect 0 galatea $dead --epochs 1
says err "dead.h5: 3 of 6 features are the same in all 90 rows and left out, the density is one of the other 3: 1=0.25,4-5"
expect 0 galatea $dead --epochs 2
expect 0 galatea info dead
says out "constant   features 1=0.25,4-5, left out and put back into what is drawn"
expect 0 galatea check dead
expect 0 galatea sample dead --count 20 --out drawn.h5
says out "20 codes of 6 numbers"
expect 0 galatea data export drawn.h5 --out drawn.npy
expect 0 galatea density dead --data dead.h5 drawn.h5 --out dead.fits
says out "log-densities are of the 3 of 6 features that were not the same in all rows of training"
expect 0 galatea density dead --data odd.h5
one_line "odd.h5: 2 of 90 codes have another number in a feature that was the same in all rows of training"
expect 0 galatea novelty dead --data dead.h5 --search drawn.h5 --top 2
says out "log-densities are of the 3 of 6 features"
