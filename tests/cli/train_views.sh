# Training on views: interrupted in the middle of an epoch it goes on to the bits of a run that was not.
small="--set widths=4,8 --set blocks=1,1 --set hidden=16 --set output=8 --batch 8 --threads 1 --exact
       --optimizer sgd --schedule constant --set learning-rate=1e-3 --rotate 0.5"
galatea data synth --size 32 --count 80 --seed 1 --out sky.h5 >/dev/null || fail "no data"

# Every tensor's checksum; the file also holds the command, which differs.
sums() { grep -ao '[a-z_0-9.]*\\":\\"[0-9a-f]\{16\}' "$1" | grep -v __header__; }
expect 130 timeout --foreground --preserve-status -s INT 3 "$GALATEA" train simclr $small --data sky.h5 --out run --epochs 100000
step=$(sed -n 's/.*after step \([0-9]*\);.*/\1/p' err)
epoch=$(sed -n 's/.*interrupted in epoch \([0-9]*\) .*/\1/p' err)
expect 0 galatea train simclr $small --data sky.h5 --out run --epochs $((epoch + 1))
says err "after step $step"
says err " s for views"
mv run resumed
expect 0 galatea train simclr $small --data sky.h5 --out run --epochs $((epoch + 1))
[ "$(sums run/last.safetensors | wc -l)" -ge 30 ] || fail "no checksums in run/last.safetensors"
[ "$(sums run/last.safetensors)" = "$(sums resumed/last.safetensors)" ] ||
    fail "the interrupted run ended with other bits"
grep -qa 'rotate 0.5' run/last.safetensors || fail "the weights do not tell how views were made"

# The settings of views are those of the run.
grep -q "^rotate = 0.5$" run/config || fail "run/config lacks the share of turned views"
expect 1 galatea train simclr --out run --epochs $((epoch + 2)) --rotate 0
one_line "was begun with rotate = 0.5, not 0"
expect 1 galatea train simclr $small --data sky.h5 --out big --batch 800
one_line "do not fill one batch of 800"

# Codes are of the pictures themselves.
galatea encode resumed --data sky.h5 --out codes.h5 >/dev/null || fail "no codes"
[ -s codes.h5 ] || fail "codes.h5 is empty"
true
