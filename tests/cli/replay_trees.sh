# Recorded forests and boosting, where the fixtures are: GALATEA_FIXTURES, or beside the checkout.
fixtures=${GALATEA_FIXTURES:-$TESTS/../../shared/fixtures}
[ -d "$fixtures/classifiers" ] || skip "no fixtures at $fixtures; set GALATEA_FIXTURES"
[ -z "${GT_SLOW_BUILD:-}" ] || skip "ten seeds of each ensemble take too long in this build"
expect 0 galatea replay --threads 1 "$fixtures"/classifiers/{single_trees,rfr_importance}.safetensors
cat out
expect 0 galatea replay --threads 1 "$fixtures"/classifiers/{mbclike,frdeeplike}_random.safetensors
cat out

# Data of another size, or none, beside a recording.
cp "$fixtures"/classifiers/frdeeplike_random.safetensors other_random.safetensors
cp "$fixtures"/classifiers/mbclike_det.safetensors other_det.safetensors
expect 1 galatea replay --threads 1 other_random.safetensors
mv other_det.safetensors elsewhere.safetensors
expect 1 galatea replay --threads 1 other_random.safetensors
one_line "other_det.safetensors"
