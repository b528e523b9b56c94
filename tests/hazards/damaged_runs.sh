# A finished run of which a file is cut, changed, gone, or of another run: who reads that file names it and offers what is left,
# the command that trained does not say that all is well, and check finds it.
. "$TESTS/hazards/tiny.bash"
go_to_memory
galatea data synth --size 16 --count 60 --seed 1 --out small.h5 --quiet >/dev/null || fail "no data"
tiny diffusion
train=("${tiny[@]}" --epochs 2 --sample-every 1 --keep-every 1 --quiet)
galatea "${train[@]}" --out kept || fail "no run"
galatea "${train[@]}" --seed 2 --out other || fail "no other run" # the same network
cp -r kept run

# damage HOW FILE: of a whole run.
damage() {
    rm -rf run
    cp -r kept run
    case $1 in
    cut) head -c $(($(stat -c %s "kept/$2") / 2)) "kept/$2" >"run/$2" ;;
    changed) printf 'x' | dd of="run/$2" bs=1 seek=$(($(stat -c %s "kept/$2") - 9)) conv=notrunc 2>/dev/null ;;
    gone) rm "run/$2" ;;
    other) cp "other/$2" "run/$2" ;;
    garbage) echo garbage >"run/$2" ;;
    esac
}
# told CODE TEXT COMMAND...: ends so, and a line says it.
told() {
    local code=$1 text=$2
    shift 2
    expect "$code" galatea "$@"
    [ -z "$text" ] || grep -qF -e "$text" out err || fail "$how $file: '$text' is not said"
}

how=whole file=""
told 0 "is finished after 2 epochs" "${train[@]:0:${#train[@]}-1}" --out run
told 0 "run: a run, " check run
grep -q 'fine$' out || fail "a whole run is not fine"

for how in cut changed gone other; do
    file=best.safetensors
    damage $how $file
    told 1 "; run/last.safetensors, of epoch 2, is whole" "${train[@]}" --out run
    says err "run/best.safetensors"
    told 1 "$file" check run
    if [ $how = gone ]; then
        told 0 "run has no best.safetensors: run/last.safetensors is taken" sample run --count 2 --out s.png
    else
        told 1 "; run/last.safetensors, of epoch 2, is whole" sample run --count 2 --out s.png
        told 1 "run/best.safetensors" info run
    fi
    file=last.safetensors
    damage $how $file
    told 1 "; run/epoch-0002.safetensors, of epoch 2, is whole" "${train[@]}" --out run
    says err "run/last.safetensors"
    told 1 "$file" check run
    told 0 "" sample run --count 2 --out s.png --quiet
    # the states, of which the one before goes on
    file=state.safetensors
    damage $how $file
    if [ $how = other ]; then
        told 1 "best.safetensors is of another run" sample run --count 2 --out s.png
        told 1 "run/last.safetensors: wrong: is of another run than run/state.safetensors: it has another seed" check run
    else
        told 1 "the checkpoint before it is run/state.previous.safetensors" "${train[@]}" --out run
        told 1 "the checkpoint before it is run/state.previous.safetensors" check run
    fi
    file=state.previous.safetensors
    damage $how $file
    told 0 "" "${train[@]}" --out run
    [ $how = gone ] || told 1 "run/$file: wrong" check run
    file=epoch-0001.safetensors
    damage $how $file
    [ $how = gone ] || told 1 "run/$file: wrong" check run
done
how=gone file=epoch-0001.safetensors
damage $how $file
told 0 "run: note: 1 of what --keep-every writes is not there: $file" check run
file=samples/epoch-0001.png
damage $how $file
told 0 "run: note: 1 of what --sample-every writes is not there: $file" check run
how=cut
damage $how $file
told 1 "run/$file: wrong" check run

# the logs, which must reach as far as the state
for file in train.csv train.jsonl; do
    for how in cut garbage gone; do
        damage $how $file
        told 1 "$file" check run
    done
done
damage garbage train.csv
told 1 "run/train.csv is no log of a run" report run --out r.html

# what the state has too
file=config
for how in cut garbage; do
    damage $how $file
    told 2 "; the run's state has its settings too: without the file they are taken from there" "${train[@]}" --out run
    told 1 "run/config: wrong: '" check run
done
how=gone
damage $how $file
told 0 "run/config is missing: the settings are taken from the run's state" train diffusion --resume --data small.h5 --threads 1 --out run
told 1 "run: wrong: its settings (config) are not there; its state has them too" check run
file=algorithms.txt
damage $how $file
told 0 "run/algorithms.txt is missing: its choices are taken from the run's state" info run
how=garbage
damage $how $file
told 1 "; without the file, the choices that the run's state has are taken" info run
told 1 "run/algorithms.txt: wrong" check run

# nothing is left
how=cut file=all
damage cut best.safetensors
for name in last epoch-0000 epoch-0001 epoch-0002; do echo x >run/$name.safetensors; done
told 1 "; no other weights of the run are whole" sample run --count 2 --out s.png
