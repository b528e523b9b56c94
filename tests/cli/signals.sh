# Signals that announce an end: a training saves and ends with 128 and the signal's number, and the same command goes on;
# other commands leave nothing half-written.
small="--set encoder-blocks=16d2,8d2,4d4,1x1 --set decoder-blocks=1x1,4m1,8m4,16m8 --set width=8
       --set latents=2,1:4 --set mixtures=2 --batch 8 --threads 1"
galatea data synth --size 16 --count 80 --seed 1 --out sky.h5 >/dev/null || fail "no data"

# Starts "galatea ARGUMENT..." behind the test's back; its process is $pid.
begin() {
    "$GALATEA" "$@" >out 2>err &
    pid=$!
}
# Waits until FILE has more than COUNT lines.
wait_for_lines() {
    for _ in $(seq 300); do
        [ "$(wc -l 2>/dev/null <"$1" || echo 0)" -gt "$2" ] && return
        kill -0 $pid 2>/dev/null || fail "the command ended too early"
        sleep 0.1
    done
    fail "$1 never had $2 lines"
}
ends_with() {
    local code=0
    wait $pid || code=$?
    [ $code -eq "$1" ] || fail "ended with $code, expected $1"
}
leaves_no_traces() {
    [ -e "$1/run.lock" ] && fail "$1 is still locked"
    [ -z "$(find . -name '*.part')" ] || fail "a temporary was left: $(find . -name '*.part')"
}

signals="USR1 USR2 XCPU" many=40000
[ -n "${GT_SLOW_BUILD:-}" ] && signals=USR1 many=8000
for signal in $signals; do
    number=$(kill -l $signal)
    begin train vdvae $small --data sky.h5 --out run --epochs 100000
    wait_for_lines run/train.csv 3
    kill -$signal $pid
    kill -$signal $pid 2>/dev/null # again: changes nothing
    ends_with $((128 + number))
    says err "; saved: the same command goes on from there"
    leaves_no_traces run
    step=$(sed -n 's/.*after step \([0-9]*\);.*/\1/p' err)
    epoch=$(sed -n 's/.*interrupted in epoch \([0-9]*\) .*/\1/p' err)
    expect 0 galatea train vdvae --out run --epochs $((epoch + 1))
    says err "after step $step"
    rm -r run
done

# Before the first step: nothing locked, and the same command works.
for wait in 0.02 0.06; do
    begin train vdvae $small --data sky.h5 --out early --epochs 1
    sleep $wait
    kill -USR1 $pid 2>/dev/null
    wait $pid 2>/dev/null
    [ -e early/run.lock ] && fail "a run that was stopped after $wait s is still locked"
    expect 0 galatea train vdvae $small --data sky.h5 --out early --epochs 1
    rm -r early
done

# Every epoch is one step and a checkpoint, so signals come during checkpoints: the run that was stopped again and again has
# the bits of the other one.
steps="${small/--batch 8/--batch 60} --exact"
expect 0 galatea train vdvae $steps --data sky.h5 --out stopped --epochs 20
mv stopped straight
for wait in 0.2 0.3 0.33 0.37; do
    begin train vdvae $steps --data sky.h5 --out stopped --epochs 20
    sleep $wait
    kill -USR1 $pid 2>/dev/null
    wait $pid 2>/dev/null
    leaves_no_traces stopped
done
expect 0 galatea train vdvae $steps --data sky.h5 --out stopped --epochs 20
weights() { tail -c +$(($(od -An -tu8 -N8 "$1") + 9)) "$1"; } # without the header, which tells the command
cmp <(weights straight/last.safetensors) <(weights stopped/last.safetensors) ||
    fail "a run that was stopped at checkpoints has other bits"

# The soft limit of processor time.
if [ -z "${GT_SLOW_BUILD:-}" ]; then
    limited() { (ulimit -St 2 && exec "$GALATEA" "$@"); }
    expect 152 limited train vdvae $small --data sky.h5 --out limited --epochs 100000
    says err "; saved: the same command goes on from there"
fi

# Commands that write at the end: no file, and the former one stays.
galatea data synth --size 16 --count $many --seed 1 --out many.h5 --quiet >/dev/null || fail "no data"
echo former >codes.h5
begin encode stopped --data many.h5 --out codes.h5 --threads 1
for _ in $(seq 100); do ls -A | grep -q '\.part$' && break; sleep 0.05; done
kill -USR1 $pid
ends_with 138
grep -qx former codes.h5 || fail "an interrupted encode touched codes.h5"
leaves_no_traces stopped
