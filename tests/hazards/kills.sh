# Killed at any moment (kill -9) a training of every kind of model goes on with the same command to the bits of one that was
# left alone. GT_KILLS kills of each (2; scripts/kill-runs for many), at times drawn from GT_KILLS_SEED.
. "$TESTS/hazards/tiny.bash"
go_to_memory
make_sets
RANDOM=${GT_KILLS_SEED:-1}
[ -n "${GT_SLOW_BUILD:-}" ] && models=maf # and a GAN in cli/gan

# finish: lets the run come to its end and compares it.
finish() {
    "$GALATEA" "${tiny[@]}" --out run --quiet >out 2>err || fail "$model: a killed run does not go on"
    same_weights run whole
    [ -z "$(find run -name '*.part')" ] || fail "$model: left $(find run -name '*.part')"
    rm -rf run
}

for model in ${GT_KILLS_MODELS:-$models}; do
    tiny "$model"
    # A checkpoint every few steps, so that kills meet them too.
    tiny+=(--checkpoint-minutes 1e-4)
    rm -rf run whole
    start=$(date +%s%N)
    expect 0 galatea "${tiny[@]}" --out run --quiet
    took=$((($(date +%s%N) - start) / 1000))
    mv run whole
    killed=0 ended=0
    for _ in $(seq $((3 * ${GT_KILLS:-2} + 20))); do
        [ $killed -ge "${GT_KILLS:-2}" ] && break
        "$GALATEA" "${tiny[@]}" --out run --quiet >out 2>err &
        pid=$!
        sleep "$(printf '0.%06d' $((RANDOM * 32768 % took + RANDOM % 1000 )))"
        kill -9 $pid 2>/dev/null
        code=0
        wait $pid 2>/dev/null || code=$?
        [ $code -eq 137 ] && killed=$((killed + 1)) && continue
        [ $code -eq 0 ] || fail "$model: ended with $code"
        finish
        ended=$((ended + 1))
    done
    [ $killed -ge "${GT_KILLS:-2}" ] || fail "$model: only $killed kills met a run at work"
    finish
    echo "$model: killed $killed times, came to its end $((ended + 1)) times, always with the same weights"
done
