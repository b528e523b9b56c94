# No command writes where it reads, twice in one place, or over the files of a run, and each says
# so before it begins. A command without a line in the tables fails the test.
[ -n "${GT_SLOW_BUILD:-}" ] && skip "hundreds of starts of the program; what they meet is met by the other tests too"
galatea data synth --size 32 --count 40 --out set.h5 >/dev/null || fail "no data"
cp set.h5 other.h5
cp set.h5 a,b=c:1.h5
galatea train simclr --preset tiny --data set.h5 --epochs 1 --threads 1 --out run --quiet ||
    fail "no run"
cp run/best.safetensors weights.safetensors
galatea encode run --data set.h5 --threads 1 --out codes.h5 >/dev/null || fail "no codes"
galatea train maf --preset small --data codes.h5 --epochs 1 --threads 1 --out flow --quiet ||
    fail "no flow"
cp flow/best.safetensors flow.safetensors
galatea classify codes.h5 --save fitted >/dev/null || fail "no classifiers"
galatea data views set.h5 --rows 0 --count 1 --out picture.png >/dev/null || fail "no picture"
mkdir sub cutouts && cp picture.png cutouts/a.png && cp picture.png cutouts/b.png
echo 'count = 20' >options.conf
echo 'quiet = true' >quiet.conf
touch one
cp "$TESTS/golden/mosaic/a.fits" mosaic.fits && cp "$TESTS/golden/mosaic/positions.csv" .
printf 'size\n1\n2\n' >sizes.csv && cp sizes.csv codes.csv

# COMMAND | INPUT | rest of the line: IN is the input, OUT an output.
tables() {
    cat <<'END'
data import | set.h5 | IN --format hdf5 --out OUT
data import | cutouts/a.png | cutouts --format png --out OUT
data import | cutouts | IN --format png --out OUT
data cutouts | mosaic.fits | IN --catalog positions.csv --size 12 --out OUT
data cutouts | positions.csv | mosaic.fits --catalog IN --size 12 --out OUT
data cutouts | mosaic.fits | g=IN --catalog positions.csv --size 12 --out OUT
data merge  | set.h5 | IN other.h5 --out OUT
data merge  | set.h5 | other.h5 IN --out OUT
data synth  | options.conf | --config IN --out OUT
data info   | - |
data export | set.h5 | IN --out OUT
data show   | set.h5 | IN other.h5 --out OUT
data show   | set.h5 | other.h5 new=IN --out OUT
data views  | set.h5 | IN --out OUT
train       | set.h5 | simclr --preset tiny --data IN --out OUT
train       | weights.safetensors | simclr --preset tiny --data set.h5 --init IN --out OUT
train       | set.h5 | simclr --preset tiny --data other.h5 --probe IN --out OUT
train       | weights.safetensors | simclr --data=set.h5 --init=IN --out=OUT
encode      | set.h5 | run --data IN --out OUT
encode      | weights.safetensors | IN --data set.h5 --out OUT
encode      | weights.safetensors | IN --set data=set.h5 --set out=OUT
reconstruct | set.h5 | run --data IN --out OUT
reconstruct | weights.safetensors | IN --data set.h5 --out OUT
denoise     | set.h5 | run --data IN --out OUT
denoise     | weights.safetensors | run IN --data set.h5 --sheet OUT
denoise     | set.h5 | run --data IN --figure OUT
denoise     | set.h5 | run --data IN --images OUT
sample      | weights.safetensors | IN --out OUT
sample      | quiet.conf | run --config IN --out OUT
sample      | other.h5 | run --from-latents IN --out OUT
sample      | other.h5 | run --from-latents IN --out s.h5 --save-latents OUT
invert      | set.h5 | run --data IN --out OUT
invert      | other.h5 | run --data set.h5 IN --figure OUT
invert      | weights.safetensors | IN --data set.h5 --out OUT
classify    | codes.h5 | IN --out OUT
classify    | codes.h5 | IN --save OUT
classify    | codes.h5 | IN --by-class OUT
classify    | codes.h5 | IN --confusion OUT
classify    | set.h5 | codes.h5 --baseline IN --out OUT
classify    | fitted/manifest.json | codes.h5 --load fitted --out OUT
classify    | fitted | codes.h5 --load IN --out OUT
compare     | codes.h5 | IN set.h5 --out OUT
compare     | codes.h5 | first=IN second=set.h5 --out OUT
compare     | codes.h5 | set.h5 --baseline other.h5,IN --out OUT
embed       | codes.h5 | IN --method pca --out OUT
embed       | codes.h5 | first=IN second=set.h5 --method pca --out maps --figure OUT
embed       | codes.h5 | IN --method pca --out map.h5 --table OUT
importance  | codes.h5 | IN --out OUT
importance  | codes.h5 | IN --figure OUT
search      | codes.h5 | IN --query other.h5:1 --run run --out OUT
search      | other.h5 | codes.h5 --query IN:1,3-4 --run run --out OUT
search      | a,b=c:1.h5 | codes.h5 --query IN:1 --run run --out OUT
search      | other.h5 | codes.h5 --query IN --run run --figure OUT
search      | set.h5 | codes.h5 --query codes.h5:1 --images IN --figure OUT
search      | weights.safetensors | codes.h5 --query set.h5:1 --run IN --out OUT
search      | cutouts/b.png | codes.h5 --query cutouts --run run --figure OUT
density     | codes.h5 | flow --data IN --out OUT
density     | codes.h5 | flow --data other.h5 IN --figure OUT
density     | flow.safetensors | IN --data codes.h5 --out OUT
score       | set.h5 | run --data IN --out OUT
score       | weights.safetensors | IN --data set.h5 --out OUT
twins       | set.h5 | gan --preset tiny --data IN --sizes 10 --out OUT
twins       | weights.safetensors | gan --preset tiny --data set.h5 --init IN --sizes 10 --out OUT
morph       | set.h5 | IN --out OUT
morph       | set.h5 | IN --figure OUT
morph       | other.h5 | set.h5 --segmentation IN --out OUT
morph       | other.h5 | set.h5 --weights IN --out OUT
morph       | other.h5 | set.h5 --mask IN --out OUT
novelty     | codes.h5 | flow --data IN --out OUT
novelty     | set.h5 | flow --data codes.h5 --images IN --figure OUT
novelty     | other.h5 | flow --data codes.h5 --search IN --out OUT
novelty     | flow.safetensors | IN --data codes.h5 --out OUT
corner      | sizes.csv | IN --columns size --out OUT
corner      | sizes.csv | a=codes.csv b=IN --columns size --figure OUT
judge       | set.h5 | --train IN --test other.h5 --generated codes.h5 --out OUT
judge       | other.h5 | --train set.h5 --test IN --generated codes.h5 --figure OUT
judge       | codes.h5 | --train set.h5 --test other.h5 --generated IN --out OUT
judge       | weights.safetensors | --train set.h5 --test set.h5 --generated other.h5 --space codes:IN --out OUT
report      | picture.png | run IN --out OUT
report      | run | IN --out OUT
replay      | - |
info        | - |
check       | - |
bench       | - |
completion  | - |
help        | - |
man         | quiet.conf | --config IN OUT
END
}

# COMMAND | rest of the line with two outputs, A and B
pairs() {
    cat <<'END'
classify   | codes.h5 --out A --save B
embed      | codes.h5 --method pca --out A --table B
embed      | codes.h5 --method pca --out A --figure B
embed      | codes.h5 --method pca --out map.h5 --table A --figure B
importance | codes.h5 --out A --figure B
search     | codes.h5 --query codes.h5:1 --out A --figure B
density    | flow --data codes.h5 --out A --figure B
morph      | set.h5 --out A --figure B
novelty    | flow --data codes.h5 --images set.h5 --out A --figure B
corner     | sizes.csv --columns size --out A --figure B
END
}

# What writes into a file changes its time, what replaces it the inode.
state() { find . -type f ! -name out ! -name err -printf '%p %s %T@ %i\n' | sort; }
before=$(state)
unchanged() { [ "$(state)" = "$before" ] || fail "$*: a file was changed or appeared"; }

refused() { # TEXT COMMAND...
    local text=$1
    shift
    expect 2 "$@"
    one_line "$text"
    [ -s out ] && fail "'$*' printed something before it refused"
    return 0
}

# The words of a line with two of them put in.
fill() { # LINE FROM TO FROM TO
    local word
    words=()
    for word in $1; do
        word=${word/$2/$3}
        words+=("${word/$4/$5}")
    done
}

known=" "
outputs=" " # COMMAND.OPTION of those that were given a folder and the files of a run
count=0
while IFS='|' read -r command input line; do
    command=${command%% *}${command#"${command%% *}"} # blanks inside stay
    read -r -a command <<<"$command"
    known+="$(IFS=-; echo "${command[*]}") "
    read -r input <<<"$input"
    [ "$input" = - ] && continue
    ln -s "$input" soft
    # Its own name, and another one, each in its turn.
    aliases=("./$input" "sub/../$input" soft "$PWD/$input")
    if [ -f "$input" ] && [[ "$line" != *cutouts* && "$line" != *fitted* ]]; then
        ln "$input" hard
        aliases+=(hard)
    fi
    for alias in "$input" "${aliases[count++ % ${#aliases[@]}]}"; do
        fill "$line" IN "$input" OUT "$alias"
        refused "would replace" galatea "${command[@]}" "${words[@]}"
    done
    fill "$line" IN soft OUT "$input"
    [[ "$line" == *IN* ]] && refused "would replace" galatea "${command[@]}" "${words[@]}"
    rm -f soft hard
    unchanged "${command[*]} $line"
    # No file where a folder is, none of a run's own, and none in a folder that is not there.
    [[ "$line" == *"--save OUT"* || "$line" == *"--config IN OUT"* ]] && continue
    [[ " train twins " == *" ${command[*]} "* ]] || [[ "${command[*]} $line" == "embed "*"--out OUT"* ]] && continue
    option=${line% OUT*} option=${option##* }
    case $outputs in *" ${command[*]}.$option "*) continue ;; esac
    outputs+="${command[*]}.$option "
    fill "$line" IN "$input" OUT sub
    expect 1 galatea "${command[@]}" "${words[@]}"
    one_line "sub: it is a folder"
    fill "$line" IN "$input" OUT sub/none/a.png
    expect 1 galatea "${command[@]}" "${words[@]}"
    for own in config failed_batch.txt; do
        fill "$line" IN "$input" OUT run/$own
        refused "would replace" galatea "${command[@]}" "${words[@]}"
    done
    unchanged "${command[*]} $line"
done < <(tables)

galatea man pages || fail "no pages"
for page in pages/galatea-*.1; do
    name=$(basename "$page" .1)
    [[ "$known" == *" ${name#galatea-} "* ]] || fail "no line of the table is about ${name#galatea-}"
done
rm -r pages

ln -s sub folder
ln -s one soft
while IFS='|' read -r command line; do
    for names in "new ./new" "new sub/../new" "sub/new folder/new" "one soft" "soft one"; do
        fill "$line" A "${names% *}" B "${names#* }"
        refused "is named for two outputs" galatea $command "${words[@]}"
    done
done < <(pairs)
unchanged "two outputs in one place"

# What a run keeps is not its own input, and its folder may hold results.
refused "belongs to the run" galatea train simclr --preset tiny --data set.h5 \
    --init run/best.safetensors --out run
unchanged "a run that begins with itself"
expect 0 galatea sample flow --count 3 --out flow/new.h5
expect 0 galatea sample flow --count 3 --out flow/new.h5
expect 0 galatea data import cutouts --format png --size 32 --out cutouts/set.h5
expect 0 galatea data import cutouts --format png --size 32 --out cutouts/set.h5
expect 0 galatea report run --out run/report.html
expect 0 galatea report run --out run/report.html
mkdir maps
cp codes.h5 maps/a.h5
cp codes.h5 maps/b.h5
refused "would replace" galatea embed maps/a.h5 maps/b.h5 --method pca --out maps
expect 0 galatea embed x=maps/a.h5 y=maps/b.h5 --method pca --out maps
