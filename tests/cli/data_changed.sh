# Data that change under a run: it stops, says so, and what it saved was learned from the data as they were.
small="--set encoder-blocks=16d2,8d2,4d4,1x1 --set decoder-blocks=1x1,4m1,8m4,16m8 --set width=8
       --set latents=2,1:4 --set mixtures=2 --batch 8 --threads 1 --exact"
galatea data synth --size 16 --count 80 --seed 1 --out kept.h5 >/dev/null || fail "no data"
galatea data synth --size 16 --count 80 --seed 2 --out other.h5 >/dev/null
galatea data synth --size 16 --count 90 --seed 1 --out larger.h5 >/dev/null

# change HOW: what happens to sky.h5 while a training reads it.
change() {
    case $1 in
    overwritten) dd if=other.h5 of=sky.h5 bs=4096 skip=1 seek=1 conv=notrunc status=none ;;
    replaced) cp other.h5 new.h5 && mv new.h5 sky.h5 ;;
    grown) cat larger.h5 >sky.h5 ;;
    cut) truncate -s 3000 sky.h5 ;;
    esac
}
weights() { tail -c +$(($(od -An -tu8 -N8 "$1") + 9)) "$1"; }
for how in overwritten replaced grown cut; do
    rm -rf run sky.h5
    cp kept.h5 sky.h5
    "$GALATEA" train vdvae $small --data sky.h5 --out run --epochs 100000 >out 2>err &
    pid=$!
    for _ in $(seq 300); do
        grep -q '^epoch,1' run/train.csv 2>/dev/null && break
        sleep 0.1
    done
    change $how
    code=0
    wait $pid || code=$?
    [ $code -eq 1 ] || fail "data $how: ended with $code, expected 1"
    says err "sky.h5 changed while it was in use"
    says err " and saved: the same command goes on when the file is what it was"
    [ -e run/run.lock ] && fail "data $how: the run is still locked"
    [ $how = overwritten ] || continue
    # The same command refuses other data; with the former ones it goes on to the bits of a run that was left alone.
    expect 1 galatea train vdvae $small --data sky.h5 --out run --epochs 100000
    cp kept.h5 sky.h5
    epochs=$(($(grep -c '^epoch,[0-9]' run/train.csv) + 1))
    expect 0 galatea train vdvae --data sky.h5 --out run --epochs $epochs
    mv run went-on
    expect 0 galatea train vdvae $small --data sky.h5 --out run --epochs $epochs
    cmp <(weights run/last.safetensors) <(weights went-on/last.safetensors) ||
        fail "data $how: the run learned from changed data"
done

# A file that is touched, or written with the bytes that it had, is what it was.
for how in touched same; do
    rm -rf run
    cp kept.h5 sky.h5
    "$GALATEA" train vdvae $small --data sky.h5 --out run --epochs 100000 >out 2>err &
    pid=$!
    lines() { grep -c '^epoch,' run/train.csv 2>/dev/null || true; }
    for _ in $(seq 300); do [ "$(lines)" -gt 0 ] 2>/dev/null && break || sleep 0.1; done
    if [ $how = touched ]; then touch sky.h5; else dd if=kept.h5 of=sky.h5 bs=1M conv=notrunc status=none; fi
    before=$(lines)
    for _ in $(seq 300); do [ "$(lines)" -gt $((before + 2)) ] && break || sleep 0.1; done
    kill -TERM $pid
    code=0
    wait $pid || code=$?
    [ $code -eq 143 ] || fail "data $how: ended with $code, expected 143"
    says err "sky.h5 was touched while it was in use; its bytes are what they were"
done

# A file that only loses its name is read on.
rm -rf run
cp kept.h5 sky.h5
"$GALATEA" train vdvae $small --data sky.h5 --out run --epochs 3 >out 2>err &
pid=$!
for _ in $(seq 300); do [ -s run/train.csv ] && break; sleep 0.02; done
rm sky.h5
wait $pid || fail "a removed file ended the run"

# A run whose data set was moved says how to go on, by whatever words it is begun again.
for words in "--resume --epochs 4" "--epochs 4"; do
    expect 1 galatea train vdvae --out run $words
    says err "sky.h5: No such file or directory; the setting data says where that of run lies now"
done
expect 1 galatea train vdvae --preset tiny --data sky.h5 --out never
one_line "sky.h5: No such file or directory"
grep -q "the setting data" err && fail "a run that is none lies nowhere"
expect 0 galatea train vdvae --out run --resume --data kept.h5 --epochs 4
