# Recordings of learners from pairs of views: GALATEA_FIXTURES, or beside the checkout.
fixtures=${GALATEA_FIXTURES:-$TESTS/../../shared/fixtures}
[ -d "$fixtures" ] || skip "no fixtures at $fixtures; set GALATEA_FIXTURES"
expect 0 galatea replay --threads 1 "$fixtures"/ssl/*.safetensors
cat out
