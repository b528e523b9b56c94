# Every recording of the fixtures, where they are: GALATEA_FIXTURES, or beside the checkout.
fixtures=${GALATEA_FIXTURES:-$TESTS/../../shared/fixtures}
[ -d "$fixtures" ] || skip "no fixtures at $fixtures; set GALATEA_FIXTURES"
# Parts of models that are not there yet.
later() {
    case $1 in
    */adam.* | */augment_* | */discriminator_* | */fcanet_* | */global_context.* | */gradient_penalty_* | \
        */image_resize_* | */linear_attention_* | */pixel_shuffle_upsample_* | */residual_prenorm_* | \
        */simple_decoder.*) ;;
    *) false ;;
    esac
}
ops=()
for file in "$fixtures"/ops/*.safetensors; do later "$file" || ops+=("$file"); done
expect 0 galatea replay --threads 1 "$fixtures"/vdvae/*.safetensors "${ops[@]}" "$fixtures"/ssl/*.safetensors \
    "$fixtures"/tsne/*.safetensors "$fixtures"/maf/*.safetensors
cat out
