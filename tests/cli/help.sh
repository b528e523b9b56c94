# Every way to ask for help, and how fast it answers.
expect 2 galatea
[ -s out ] && fail "the overview of a call without arguments belongs to stderr"
says err "Commands:"
expect 0 galatea --help
says out "Commands:"
expect 0 galatea -h
expect 0 galatea help
expect 0 galatea help help
says out "Usage: galatea help [COMMAND] [options]"
expect 0 galatea --version
says out "galatea "
says out "oneDNN"
says out "HDF5"

# Each command in the overview has its own help with an example, in less than 50 ms.
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
# One good run of many is enough, because other programs share the machine.
limit=50
[ -n "${GT_SLOW_BUILD:-}" ] && limit=500
best=10000
for _ in $(seq 40); do
    before=$(date +%s%N)
    galatea help --help >/dev/null
    took=$((($(date +%s%N) - before) / 1000000))
    [ $took -lt $best ] && best=$took
    [ $best -lt $limit ] && break
done
echo "--help answers in $best ms"
[ $best -lt $limit ] || fail "--help took $best ms, expected less than $limit"
