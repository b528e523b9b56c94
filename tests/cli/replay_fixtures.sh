# Every recording of the fixtures, where they are: GALATEA_FIXTURES, or beside the checkout. Those
# of classifiers, whose ensembles take long, have tests of their own. Under sanitizers neither maps,
# which analysis/tsne_test makes, nor what tests of replay have as golden files.
shopt -s extglob
fixtures=${GALATEA_FIXTURES:-$TESTS/../../shared/fixtures}
[ -d "$fixtures" ] || skip "no fixtures at $fixtures; set GALATEA_FIXTURES"
folders='!(classifiers)'
[ -z "${GT_SLOW_BUILD:-}" ] || folders='!(classifiers|tsne)'
recordings=()
for file in "$fixtures"/$folders/*.safetensors; do
    [ -n "${GT_SLOW_BUILD:-}" ] && cmp -s "$file" "$TESTS/golden/${file#"$fixtures"/}" && continue
    recordings+=("$file")
done
expect 0 galatea replay --threads 1 "${recordings[@]}"
cat out
