# Every recording of the fixtures, where they are: GALATEA_FIXTURES, or beside the checkout.
fixtures=${GALATEA_FIXTURES:-$TESTS/../../shared/fixtures}
[ -d "$fixtures" ] || skip "no fixtures at $fixtures; set GALATEA_FIXTURES"
expect 0 galatea replay --threads 1 "$fixtures"/vdvae/*.safetensors "$fixtures"/ops/*.safetensors "$fixtures"/ssl/*.safetensors \
    "$fixtures"/twomodels/*.safetensors "$fixtures"/tsne/*.safetensors "$fixtures"/maf/*.safetensors "$fixtures"/diffusion/{unet,sampler}_*.safetensors \
    "$fixtures"/gan/*.safetensors "$fixtures"/glow/*.safetensors "$fixtures"/judging/*.safetensors
cat out
