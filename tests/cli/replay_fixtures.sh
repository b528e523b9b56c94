# Every recording of the fixtures, where they are: GALATEA_FIXTURES, or beside the checkout. Those
# of classifiers, whose ensembles take long, have tests of their own.
shopt -s extglob
fixtures=${GALATEA_FIXTURES:-$TESTS/../../shared/fixtures}
[ -d "$fixtures" ] || skip "no fixtures at $fixtures; set GALATEA_FIXTURES"
expect 0 galatea replay --threads 1 "$fixtures"/!(classifiers)/*.safetensors
cat out
