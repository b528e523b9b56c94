# The commands of the manual on the files that the authors publish, where they are: GALATEA_DATA,
# or beside the checkout.
data=${GALATEA_DATA:-$TESTS/../../shared/data}
[ -r "$data/original/MiraBest_F_batches.tar.gz" ] || skip "no real data in $data (GALATEA_DATA)"
expect 0 galatea data import --format mirabest --subset confident \
    "$data/original/MiraBest_F_batches.tar.gz" --size 64 --out mbc.h5
says out "mbc.h5: 833 of 833 images, 1 x 64 x 64 uint8"
expect 0 galatea data info mbc.h5
says out "FRI: 397, FRII: 436"
says out "729 train, 104 test, 0 validation"
for survey in NVSS FIRST; do
    tar xzf "$data/original/${survey}_PNG_dataset.tar.gz"
    expect 0 galatea data import --format frdeep "$data/original/${survey}_PNG_dataset.tar.gz" \
        --size 64 --out archive.h5
    expect 0 galatea data import --format frdeep "${survey}_PNG_dataset" --size 64 --out folder.h5
    for set in archive folder; do
        expect 0 galatea data info $set.h5
        says out "FRI: 264, FRII: 336"
        says out "550 train, 50 test, 0 validation"
        says out "survey     $survey"
    done
done
head -c 200000 "$data/original/MiraBest_F_batches.tar.gz" >cut.tar.gz
expect 1 galatea data import --format mirabest cut.tar.gz --out x.h5
one_line "cut.tar.gz: truncated"
expect 1 galatea data import --format frdeep "$data/original/MiraBest_F_batches.tar.gz" --out x.h5
one_line "10 classes that are not those of FR-DEEP"
[ -e x.h5 ] && fail "a file was written"
true
