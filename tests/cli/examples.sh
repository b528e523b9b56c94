# The programs of examples/, compiled with nothing but an installed Galatea and run beside the commands that do the same.
[ -n "${GT_SLOW_BUILD:-}" ] && skip "the library of this build needs its sanitizers"
command -v pkg-config >/dev/null || skip "no pkg-config"
prefix=$PWD/prefix
expect 0 cmake --install "$(dirname "$GALATEA")" --prefix "$prefix"
library=$(dirname "$(find "$prefix" -name libgalatea.so)")
eval "words=($(PKG_CONFIG_PATH=$library/pkgconfig pkg-config --cflags --libs galatea))"
for example in train encode search; do
    expect 0 cc -std=c11 -Wall -Wextra -Werror -o $example "$TESTS/../examples/$example.c" "${words[@]}"
done
example() { LD_LIBRARY_PATH=$library OMP_NUM_THREADS=1 ./"$@"; }

# A tiny model, trained by train.c, is a run like any other.
mkdir made
expect 0 example train made
says out "made/run: "
expect 0 galatea encode made/run --data made/sky.h5 --out codes.h5 --threads 1
says out "codes.h5: 64 codes of 4 numbers"
expect 1 example train missing
one_line "missing/sky.h5"
expect 2 example train

# encode.c: the numbers that the command writes. `search` reads them back through the library.
expect 0 example encode made/run made/sky.h5 64
cp out codes.txt
[ "$(wc -l <codes.txt)" -eq 64 ] || fail "not a line for each picture"
expect 1 example encode made/run codes.h5
one_line "codes.h5"
expect 1 example encode nothing made/sky.h5
one_line "nothing"

# search.c finds what the command finds, which leaves the row itself out.
expect 0 galatea search codes.h5 --query codes.h5:3 --top 5 --out found.csv
expect 0 example search codes.h5 3 6
cut -d ' ' -f 1 out >rows
head -n 1 rows | grep -qx 3 || fail "a code is not most like itself"
tail -n +2 rows >others
tail -n +2 found.csv | cut -d , -f 3 | cmp - others || fail "the example finds other rows"
expect 1 example search codes.h5 64
one_line "64"
