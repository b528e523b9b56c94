# Words for the tests of hazards, beside those of run_cli.sh:
#   models             every kind of model
#   make_sets          the data that tiny trainings learn from
#   tiny MODEL         the words of a training of a tenth of a second: the array $tiny, without --out
#   weights FILE       the arrays of a safetensors file, without the header, which tells the command
#   same_weights A B   two runs have the same ones
#   go_to_memory       goes on in a folder that needs no disk, where there is one: flushes would take most of the time
#   with_faults FAULT COMMAND...   runs it with faults.c before it and GT_FAULT=FAULT; ./reached appears when the call was
#   with_faults_in PROGRAM FAULT COMMAND...   the same in a program that it starts: galatea-reader
GT_HAZARDS=$(dirname "$GALATEA")/tests # what CMake builds for these tests
models=$(sed -n 's/^GT_MODEL(\(.*\))$/\1/p' "$TESTS/../src/model/models.def")

make_sets() {
    galatea data synth --size 16 --count 60 --seed 1 --out small.h5 --quiet >/dev/null || fail "no data"
    galatea data synth --size 32 --count 40 --seed 1 --out sky.h5 --quiet >/dev/null || fail "no data"
    tiny vdvae
    galatea "${tiny[@]}" --epochs 1 --out coder --quiet >/dev/null || fail "no run"
    galatea encode coder --data small.h5 --threads 1 --out codes.h5 --quiet >/dev/null || fail "no codes"
}

tiny() {
    tiny=(train "$1" --threads 1 --exact --epochs 3)
    case $1 in
    vdvae)
        tiny+=(--data small.h5 --batch 8 --width 8 --encoder-blocks 16d2,8d2,4d4,1x1 --decoder-blocks 1x1,4m1,8m4,16m8
            --latents 2,1:4 --mixtures 2 --sample-every 0 --nearest 0) ;;
    simclr | byol | simsiam) tiny+=(--data sky.h5 --preset tiny --batch 8 --widths 4,4,8 --hidden 8 --output 4) ;;
    classifier) tiny+=(--data sky.h5 --preset tiny --batch 8 --widths 4,4,8 --blocks 1,1,1) ;;
    diffusion) tiny+=(--data small.h5 --preset tiny --batch 8 --width 2 --levels 2 --sample-every 0 --nearest 0) ;;
    gan)
        tiny+=(--data sky.h5 --preset tiny --batch 8 --micro-batch 8 --channels 1 --attention none --sample-every 0
            --nearest 0) ;;
    glow) tiny+=(--data small.h5 --preset tiny --batch 8 --flows 1 --levels 2 --width 4 --sample-every 0 --nearest 0) ;;
    maf) tiny+=(--data codes.h5 --preset small --batch 8 --blocks 1) ;;
    *) fail "tests/hazards/tiny.bash knows no tiny training of model $1" ;;
    esac
}

weights() { tail -c +$(($(od -An -tu8 -N8 "$1") + 9)) "$1"; }
same_weights() {
    cmp <(weights "$1/last.safetensors") <(weights "$2/last.safetensors") >/dev/null ||
        fail "the weights of $1 and $2 differ"
}

# Where HDF5 and CFITSIO lie in a program: what they do without memory is not ours to mend.
libraries_of() {
    nm -n "$1" |
        awk '$2 ~ /[tT]/ && $3 ~ /^(H5|ff)[A-Za-z_0-9]*$/ { if (!first) first = $1; last = $1 } END { if (first) print first "-" last }'
}
declare -A libraries
for program in galatea galatea-reader; do libraries[$program]=$(libraries_of "$(dirname "$GALATEA")/$program"); done
with_faults() { with_faults_in galatea "$@"; }
with_faults_in() {
    local program=$1 fault=$2
    shift 2
    rm -f reached
    GT_FAULT=$fault GT_FAULT_IN=$program GT_FAULT_NOT=${libraries[$program]} GT_FAULT_MARK=reached \
        LD_PRELOAD=$GT_HAZARDS/hazards_faults.so "$@"
}

go_to_memory() {
    local place
    place=$(mktemp -d -p /dev/shm 2>/dev/null) || return 0
    trap 'chmod -R u+w "$FOLDER" "'"$place"'"; rm -rf "$FOLDER" "'"$place"'"' EXIT
    cd "$place" || exit 1
}
