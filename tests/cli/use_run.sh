# encode, reconstruct, sample and classify with a small run.
small="--set encoder-blocks=16d2,8d2,4d4,1x1 --set decoder-blocks=1x1,4m1,8m4,16m8 --set width=8
       --set latents=2,1:4 --set mixtures=2 --batch 8 --threads 1 --optimizer adam --set learning-rate=3e-3"
galatea data synth --size 16 --count 120 --seed 1 --out sky.h5 >/dev/null || fail "no data"
galatea data synth --size 32 --count 8 --seed 1 --out wide.h5 >/dev/null || fail "no data"
galatea train vdvae $small --data sky.h5 --out run --epochs 2 --quiet || fail "no run"

# encode: codes with the columns of the set, the same however the set is cut.
expect 0 galatea encode run --data sky.h5 --out codes.h5
says out "codes.h5: 120 codes of 4 numbers"
expect 0 galatea encode run --data sky.h5 --out codes7.h5 --batch 7 --exact --threads 1
expect 0 galatea encode run/last.safetensors --data sky.h5 --code projected --out projected.h5
says out "120 codes of 8 numbers"

# Weights that another program saved carry no checksums: used, and said; damaged ones are not.
LC_ALL=C sed 's/"checksum"/"checksun"/' run/best.safetensors >bare.safetensors
expect 0 galatea encode bare.safetensors --data sky.h5 --out bare.h5
says err "bare.safetensors carries no checksums"
expect 0 galatea sample bare.safetensors --count 4 --out bare.png
expect 0 galatea reconstruct bare.safetensors --data sky.h5 --count 4 --out bare.png
expect 0 galatea search bare.h5 --query sky.h5:3 --run bare.safetensors --top 1 --out own.csv
sed -n 2p own.csv | grep -qE "^3,1,3,(1|0.99999)" || fail "a query is not encoded as the set was"
expect 0 galatea search codes.h5 --query sky.h5:3 --run bare.safetensors --top 1 --out own.csv
LC_ALL=C sed 's/"epoch":"2"/"epoch":"3"/' run/best.safetensors >changed.safetensors
expect 1 galatea encode changed.safetensors --data sky.h5 --out no.h5
one_line "the header's checksum is"
says err "if another program changed it, the metadata 'checksum' is to be left out"
expect 1 galatea encode run --data wide.h5 --out no.h5
one_line "wide.h5 has images of 1x32x32, run/best.safetensors was trained on 1x16x16"
expect 1 galatea encode nothing --data sky.h5 --out no.h5
one_line "nothing"
expect 1 galatea encode run --data codes.h5 --out no.h5
one_line "codes.h5"
expect 2 galatea encode run --data sky.h5 --out sky.h5
one_line "would replace its own input"
expect 2 galatea encode run --data sky.h5 --out no.h5 --code brown
expect 1 galatea encode run --data sky.h5 --out missing/no.h5
one_line "missing"
[ -e no.h5 ] && fail "a refused encode left a file"

# The same network without what it learned: other codes, the same for the same seed, and said so.
expect 0 galatea encode run --data sky.h5 --untrained --out untrained.h5
cp untrained.h5 first.h5
expect 0 galatea encode run --data sky.h5 --untrained --out untrained.h5
cmp untrained.h5 first.h5 || fail "the same seed gave other first weights"
expect 0 galatea data info untrained.h5
says out "model      vdvae, untrained, by the settings of run"
expect 0 galatea encode run --data sky.h5 --untrained --seed 2 --out other.h5
expect 0 galatea search untrained.h5 --query sky.h5:3 --run run --top 1 --out own.csv
sed -n 2p own.csv | grep -qE "^3,1,3,(1|0.99999)" || fail "queries of untrained codes are encoded otherwise"
expect 0 galatea search other.h5 --query untrained.h5:3 --top 1 --out foreign.csv
sed -n 2p foreign.csv | grep -qE "^3,1,3,(1|0.99999)" && fail "another seed gave the same first weights"

# reconstruct: a sheet and a figure.
expect 0 galatea reconstruct run --data sky.h5 --count 10 --out rec.png
says out "rec.png: 10 images over their reconstructions, PSNR "
head -c 8 rec.png | od -An -tx1 | grep -q "89 50 4e 47 0d 0a 1a 0a" || fail "rec.png is no PNG"
expect 0 galatea reconstruct run --data sky.h5 --count 3 --out rec.png --json
says out '"psnr_mean"'
expect 0 galatea reconstruct run --data sky.h5 --split train --count 5 --columns 2 --colours gray --out rec.png
expect 1 galatea reconstruct run --data sky.h5 --split validation --out no.png
one_line "no rows in split validation"
expect 1 galatea reconstruct run --data wide.h5 --out no.png
expect 2 galatea reconstruct run --data sky.h5 --out no.jpg
one_line "must end in .png"
expect 1 galatea reconstruct run --data sky.h5 --out missing/no.png
[ -e no.png ] && fail "a refused reconstruct left a file"

# sample: sheets and sets; the same seed gives the same images.
expect 0 galatea sample run --count 9 --seed 5 --exact --out a.png
mv a.png first.png
expect 0 galatea sample run --count 9 --seed 5 --exact --out a.png
cmp a.png first.png || fail "the same seed gave other samples"
expect 0 galatea sample run --count 9 --seed 6 --out a.png
cmp -s a.png first.png && fail "another seed gave the same samples"
expect 0 galatea sample run --count 20 --temperature 0.5 --out set.h5
says out "set.h5: 20 images"
expect 0 galatea encode run --data set.h5 --out set_codes.h5
expect 2 galatea sample run --count 20 --temperature warm --out no.h5
expect 2 galatea sample run --count 20 --out no.txt
expect 2 galatea sample run --count 5000 --out no.png
one_line "a sheet holds at most"
expect 1 galatea sample wide.h5 --out no.png
[ -e no.png ] || [ -e no.h5 ] && fail "a refused sample left a file"

# classify: codes and raw pixels beside them.
expect 0 galatea classify codes.h5 --method knn --baseline sky.h5
says out "accuracy"
says out "ROC-AUC"
says out "codes.h5"
says out "sky.h5"
says out "positive class (recall): FRII"
expect 0 galatea classify codes.h5 --json
says out '"roc_auc"'
says out '"specificity"'
expect 1 galatea classify set_codes.h5
one_line "set_codes.h5"
expect 1 galatea classify codes.h5 --k 1000
one_line "neighbours asked of"
expect 2 galatea classify codes.h5 --method magic
expect 1 galatea classify run/config
expect 2 galatea classify

# data info tells what a path is that is no data set.
expect 0 galatea data info run
says out "run: a run of vdvae, epoch 2"
says out "takes      images of 1x16x16"
says out "data       sky.h5"
says out "command    galatea train vdvae"
expect 0 galatea data info run/last.safetensors --json
says out '"model": "vdvae"'
galatea classify codes.h5 --method knn --k 3 --save kept --quiet >/dev/null || fail "no classifier"
expect 2 galatea data info kept
one_line "kept: fitted classifiers, no data set"
mkdir batches nothing && touch batches/data_batch_1
expect 1 galatea data info batches
one_line "--format says how to read others"
expect 1 galatea data info nothing
one_line "a folder without known pictures"

# Damaged weights are named, whatever is asked of them.
cp run/best.safetensors bad.safetensors
size=$(stat -c %s bad.safetensors)
printf '\377' | dd of=bad.safetensors bs=1 seek=$((size - 50)) conv=notrunc 2>/dev/null
expect 1 galatea sample bad.safetensors --out no.png
one_line "bad.safetensors"
head -c $((size / 2)) run/best.safetensors >bad.safetensors
expect 1 galatea sample bad.safetensors --out no.png
one_line "bad.safetensors"
exit 0
