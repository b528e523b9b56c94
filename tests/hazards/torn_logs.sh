# Logs that a kill or a power loss cut anywhere in their last lines, or filled with zeros: the run goes on, and its logs are
# those of a run that was left alone, but for times.
. "$TESTS/hazards/tiny.bash"
go_to_memory
make_sets
tiny maf
tiny+=(--log-every 1 --quiet)
expect 0 galatea "${tiny[@]}" --out run --epochs 2
cp -r run first
expect 0 galatea "${tiny[@]}" --out run --epochs 3
mv run whole
# columns FILE: without those that tell times, which are the last two of a log without probes.
columns() { sed -e 's/,[^,]*,[^,]*$//' -e 's/, "images_per_second": .*//' "$1"; }
for log in train.csv train.jsonl; do
    size=$(stat -c %s first/$log)
    last=$(tail -n 1 first/$log | wc -c)
    # The state is behind its rows: what was flushed before it cannot be gone, what came after it may be there by half.
    for cut in 1 2 $((last / 2)) $((last - 1)) $last; do
        rm -rf run && cp -r first run
        tail -n 1 whole/$log | head -c "$cut" >>run/$log
        [ "$cut" -eq 2 ] && head -c 300 /dev/zero >>run/$log
        expect 0 galatea "${tiny[@]}" --out run --epochs 3
        cmp <(columns run/$log) <(columns whole/$log) || fail "$log cut behind $cut bytes of its last line"
        same_weights run whole
    done
    for cut in 1 $((last / 2)) $size; do # below what a checkpoint has flushed: a damaged disk, but no reason to stop
        rm -rf run && cp -r first run
        truncate -s -"$cut" run/$log
        expect 0 galatea "${tiny[@]}" --out run --epochs 3
        same_weights run whole
    done
done
