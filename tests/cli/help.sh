# Every way to ask for help, and that it costs no work.
expect 2 galatea
[ -s out ] && fail "the overview of a call without arguments belongs to stderr"
says err "Commands:"
expect 0 galatea --help
says out "Commands:"
expect 0 galatea -h
expect 0 galatea help
expect 0 galatea help help
says out "Usage: galatea help [COMMAND [MODEL]] [options]"
# help WORDS is WORDS --help: of a model, of a group, and of words that are none.
for words in "train maf" "data" "data import" "sample"; do
    expect 0 galatea $words --help
    mv out asked
    expect 0 galatea help $words
    cmp -s out asked || fail "help $words is another help than $words --help"
done
expect 2 galatea help train vdva
one_line "did you mean 'vdvae'"
expect 2 galatea help dta
one_line "did you mean 'data'"
expect 0 galatea --version
says out "galatea "
says out "oneDNN"
says out "HDF5"

# Each command in the overview has its own help with an example.
galatea --help | sed -n 's/^  \([a-z]\+\( [a-z0-9-]\+\)\?\)   *.*/\1/p' >names
[ -s names ] || fail "no command in the overview"
while read -r name; do
    expect 0 galatea $name --help
    says out "Usage: galatea $name"
    says out "Examples:"
    says out "--print-config"
    [ -s err ] && fail "help printed on stderr"
done <names
# The help of one model shows no examples of another.
expect 0 galatea train maf --help
says out "galatea train maf --preset small"
grep -q "galatea train vdvae --preset" out && fail "examples of another model"
# Defaults are those of the preset: the asked one, or the one that a run takes by itself.
flat() { tr -s ' \n' ' ' <out | sed 's/ --/\n--/g' >flat; } # an option a line
shows() { grep -q -e "^--$1 .*default $2)" flat || fail "--$1 is not shown with default $2"; }
expect 0 galatea train simclr --help
says out "Defaults below are those of paper, which a new run takes without --preset"
flat
shows optimizer lars && shows batch 1024 && shows widths 64,128,256,512
expect 0 galatea train simclr --help --preset tiny
says out "Defaults below are those of tiny; --preset NAME --help shows others."
flat
shows learning-rate 0.5 && shows batch 32 && shows widths 8,16,32 && shows seed 1
expect 0 galatea train vdvae --preset=small --bogus --help
flat
shows optimizer adam && shows beta2 0.9 && shows epochs 60
expect 0 galatea train vdvae --help
flat
shows optimizer rmsprop && shows beta2 0.999
expect 2 galatea train vdvae --preset huge --help
one_line "model vdvae has no preset 'huge', it has 'tiny', 'small', 'paper'"
# What help tells is what a run takes.
models=$(galatea train --help | sed -n '/^MODEL,/,/^$/s/^  \([a-z0-9_]*\) .*/\1/p')
[ -n "$models" ] || fail "help of train names no model"
for model in $models; do
    for preset in $(galatea train $model --help | sed -n '/^Presets:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
        expect 0 galatea train $model --preset $preset --help
        flat
        galatea train $model --preset $preset --print-config >config || fail "no settings"
        for key in learning-rate batch epochs optimizer beta2 ema weight-decay schedule; do
            value=$(sed -n "s/^$key = \([^ ]*\).*/\1/p" config)
            shows "$key" "$value"
        done
    done
done

# No help sets anything up that takes long: the least limit of processor time that there is suffices for many.
many() (
    ulimit -t 1
    for _ in 1 2 3; do "$GALATEA" help --help >/dev/null || exit 1; done
    exec "$GALATEA" train vdvae --help
)
expect 0 many
