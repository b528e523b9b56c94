# NaN and infinity in pixels, codes and weights: counted and named before the first step, or with step, term and layer; what
# was saved is the last good state, and no output of a command holds them without a word.
. "$TESTS/hazards/tiny.bash"
go_to_memory
make_sets

# plant FILE OFFSET BYTES...: puts bytes in.
plant() { printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }
nan='\000\000\300\177' infinite='\000\000\200\177' huge='\231\166\226\176' # 1e38
tiny maf
expect 0 galatea "${tiny[@]}" --out good --quiet
words=("${tiny[@]/codes.h5/bad.h5}")
for value in "$nan" "$infinite" "$huge"; do
    cp codes.h5 bad.h5
    # Flat sets have their values from byte 2048; of these rows some are learned from.
    for row in 5 6 7 8; do plant bad.h5 $((2048 + 16 * row)) "$value"; done
    expect 1 galatea "${words[@]}" --out bad --quiet
    says err "rows are NaN, infinite or beyond 1e18 (first row "
    [ -e bad ] && fail "a refused run left a folder"
    [ "$value" = "$huge" ] && continue
    for command in "classify bad.h5 --method knn --threads 1" "embed bad.h5 --method pca --threads 1 --out map.h5" \
        "density good --data bad.h5"; do
        expect 1 galatea $command
        one_line "bad.h5"
    done
done

# A whole set of NaN.
cp codes.h5 bad.h5
for ((i = 0; i < 240; i++)); do printf "$nan"; done | dd of=bad.h5 bs=1 seek=2048 conv=notrunc status=none
expect 1 galatea "${words[@]}" --out bad --quiet
says err "rows are NaN, infinite or beyond 1e18 (first row 0)"
expect 0 galatea data info bad.h5
says out "240 NaN, 0 infinite"

# In weights to begin with: the first step names them, or they are refused.
cp good/best.safetensors weights.safetensors
plant weights.safetensors $(($(stat -c %s weights.safetensors) - 4)) "$nan"
expect 1 galatea "${tiny[@]}" --init weights.safetensors --out begun --quiet
one_line "weights.safetensors"
expect 1 galatea density weights.safetensors --data codes.h5 --quiet
one_line "weights.safetensors"

# In a state: its sums tell.
cp -r good planted
plant planted/state.safetensors $(($(stat -c %s planted/state.safetensors) - 4)) "$nan"
expect 1 galatea "${tiny[@]}" --epochs 4 --out planted --quiet
one_line "planted/state.safetensors is damaged"
says err "the checkpoint before it is planted/state.previous.safetensors"

# A run that leaves the numbers: step, term or layer, the batch, the last good checkpoint, which is whole. It may do so in a
# batch, in one of the validation, or in what a step made, just before that is saved.
tiny vdvae
leaves=("${tiny[@]}" --out boom --quiet --optimizer sgd --clip 0 --skip-threshold 0 --ema 0)
expect 1 galatea "${leaves[@]}" --learning-rate 1e30
one_line "galatea: step 2 (epoch 1): the term '"
says err "boom/state.safetensors (step 0)"
[ -s boom/failed_batch.txt ] || fail "the batch is not kept"
expect 0 galatea info boom
expect 1 galatea "${leaves[@]}" --learning-rate 1e30
rm -r boom
expect 1 galatea "${leaves[@]}" --learning-rate 1e30 --batch 44
one_line "galatea: validation after step 1 (epoch 1): the term '"
[ -s boom/failed_batch.txt ] || fail "the batch of the validation is not kept"
rm -r boom
expect 1 galatea "${leaves[@]}" --learning-rate 1e45 --checkpoint-minutes 1e-5
one_line "step 1 (epoch 1): the value of 'encoder."
says err " is infinite and was not saved; the last checkpoint is boom/state.safetensors (step 0)"
expect 0 galatea check boom
