# Under a limit of the address space (ulimit -v) or of data (-d) every command works, or ends with one line that names the
# limit and what is needed. Below what its libraries take the loader says so (127).
[ -n "${GT_SLOW_BUILD:-}" ] && skip "sanitizers need all addresses"
small="--set encoder-blocks=16d2,8d2,4d4,1x1 --set decoder-blocks=1x1,4m1,8m4,16m8 --set width=8
       --set latents=2,1:4 --set mixtures=2 --batch 8"
galatea data synth --size 16 --count 80 --seed 1 --out sky.h5 >/dev/null || fail "no data"
galatea train vdvae $small --data sky.h5 --out run --epochs 1 --threads 1 --quiet >/dev/null || fail "no run"
galatea encode run --data sky.h5 --out codes.h5 --threads 1 --quiet || fail "no codes"

# try WORDS...: runs the command under many limits, of $kind.
kind=v limits="100000 150000 165000 175000 190000 205000 230000 250000 280000 305000 350000 1000000"
try() {
    local limit code
    for limit in $limits; do
        code=0
        (ulimit -$kind $limit && exec timeout -k 1 100 "$GALATEA" "$@" >out 2>err) 2>/dev/null || code=$?
        case $code in
        0) ;;
        1) grep '^galatea: ' err | tail -1 | grep -q "ulimit -$kind.* $limit KiB" ||
            fail "'$*' under $limit KiB does not name the limit" ;;
        127) grep -q "shared object" err || fail "'$*' under $limit KiB: 127" ;;
        *) fail "'$*' under $limit KiB ended with $code" ;;
        esac
    done
    [ $code -eq 0 ] || fail "'$*' does not work under 1000000 KiB"
}
try --version
try data info sky.h5
try encode run --data sky.h5 --out again.h5 --threads 2 --quiet
try classify codes.h5 --method knn,lr --threads 2
try embed codes.h5 --method pca --out map.h5 --threads 2 --quiet
for threads in 1 2; do try train vdvae $small --data sky.h5 --out t$threads --epochs 1 --threads $threads --quiet; done

kind=d limits="6000 20000 40000 50000 90000 1000000"
try data info sky.h5
try encode run --data sky.h5 --out again.h5 --threads 2 --quiet
try classify codes.h5 --method lr --threads 2
try train vdvae $small --data sky.h5 --out data --epochs 1 --threads 2 --quiet

# A stack too small is made larger where that is allowed, and told where it is not: it would overflow without a word.
for soft in 64 128 255 511; do
    (ulimit -Ss $soft && exec "$GALATEA" classify codes.h5 --method knn,lr,rf --threads 2 >out 2>err) || fail "a stack of $soft KiB: $(cat err)"
    code=0
    (ulimit -s $soft && exec "$GALATEA" classify codes.h5 --method knn --threads 2 >out 2>err) || code=$?
    [ $code -eq 1 ] || fail "no more than a stack of $soft KiB ended with $code"
    one_line "the stack is limited to $soft KiB, expected at least 512 (ulimit -s)"
done
(ulimit -s 64 && exec "$GALATEA" --version >out 2>err) || fail "no version with a small stack"
for words in "classify codes.h5 --method knn,svc,lr,rf,ext,grad" "embed codes.h5 --perplexity 8 --out map.h5 --quiet" \
    "data import sky.h5 --format hdf5 --out again.h5" "morph sky.h5 --out m.csv --quiet" "check run codes.h5"; do
    (ulimit -s 512 && exec "$GALATEA" $words >out 2>err) || fail "'$words' with a stack of 512 KiB: $(cat err)"
done

# More threads than fit are told before they are started.
limited() { (ulimit -v 400000 && exec "$GALATEA" "$@"); }
expect 1 limited encode run --data sky.h5 --out again.h5 --threads 64 --quiet
one_line "galatea encode with 64 threads needs "
expect 1 limited train vdvae $small --data sky.h5 --out many --threads 64
says err "galatea train with 64 threads needs "
[ -e many ] && fail "a refused run left a folder"

# gnuplot, which inherits the limit, does not always say what it lacks.
mkdir bin && printf '#!/bin/sh\nexit 1\n' >bin/gnuplot && chmod +x bin/gnuplot
expect 1 env "PATH=$PWD/bin:$PATH" bash -c "ulimit -v 400000; exec '$GALATEA' embed codes.h5 --method pca --out map.h5 --figure map.png --quiet"
says err "gnuplot failed and said: nothing; map.h5 is written whole (the limit of the address space, ulimit -v, is 400000"

# A batch that does not fit says what would.
expect 1 limited train diffusion --data sky.h5 --out large --threads 1
says err "the limit (ulimit -v) is 400000 KiB; choose a smaller --micro-batch"
[ -e large ] && fail "a refused run left a folder"
true
