# Every file that a command writes is what its name says: another ending is refused before the
# work begins, in letters of any case. An output without a line in the table fails the test.
[ -n "${GT_SLOW_BUILD:-}" ] && skip "hundreds of starts of the program; what they meet is met by the other tests too"
galatea data synth --size 32 --count 40 --out set.h5 >/dev/null || fail "no data"
galatea data synth --size 32 --count 20 --seed 2 --out other.h5 >/dev/null || fail "no data"
galatea data synth --size 32 --count 20 --seed 3 --out made.h5 >/dev/null || fail "no data"
galatea train simclr --preset tiny --data set.h5 --epochs 1 --threads 1 --out run --quiet ||
    fail "no run"
galatea encode run --data set.h5 --threads 1 --out codes.h5 >/dev/null || fail "no codes"
galatea train maf --preset small --data codes.h5 --epochs 1 --threads 1 --out flow --quiet ||
    fail "no flow"
small="--set encoder-blocks=32d2,16d2,8d2,4d4,1x1 --set decoder-blocks=1x1,4m1,8m4,16m8,32m16 --set width=8
       --set latents=2,1:4 --set mixtures=2 --batch 8"
galatea train vdvae $small --data set.h5 --threads 1 --epochs 1 --out pictures --quiet || fail "no run"

galatea train gan --preset tiny --data set.h5 --epochs 1 --threads 1 --out gan --quiet || fail "no run"
galatea train glow --preset tiny --data set.h5 --epochs 1 --threads 1 --out glow --quiet || fail "no run"

cp "$TESTS/golden/mosaic/a.fits" mosaic.fits && cp "$TESTS/golden/mosaic/positions.csv" .
printf 'size\n1\n2\n' >sizes.csv

# COMMAND | option | endings that it writes, - for none | rest of the line
table() {
    cat <<'END'
data import | out | h5 hdf5 - | set.h5 --format hdf5
data cutouts | out | h5 hdf5 - | mosaic.fits --catalog positions.csv --size 12
data merge  | out | h5 hdf5 - | set.h5 set.h5
data synth  | out | h5 hdf5 - | --size 32 --count 4
data export | out | fits fit csv npy npz h5 hdf5 | codes.h5 --count 2
data show   | out | png pdf svg | set.h5 --count 1
data views  | out | png | set.h5 --rows 0 --count 1
encode      | out | h5 hdf5 fits fit csv - | run --data set.h5
reconstruct | out | png pdf svg h5 hdf5 fits fit npy npz | pictures --data set.h5 --count 1
denoise     | out | fits fit csv | pictures --data set.h5 --count 1
denoise     | images | h5 hdf5 fits fit npy npz | pictures --data set.h5 --count 1 --noise-levels 5
denoise     | figure | png pdf svg | pictures --data set.h5 --count 1
denoise     | sheet | png | pictures --data set.h5 --count 1
sample      | out | png pdf svg h5 hdf5 fits fit npy npz | pictures --count 1
sample      | out | h5 hdf5 | flow --count 1
sample      | save-latents | h5 hdf5 - | gan --count 1 --out s.h5
invert      | out | h5 hdf5 - | glow --data set.h5
invert      | figure | png pdf svg | glow --data set.h5
classify    | out | fits fit csv | codes.h5 --method knn --k 5
compare     | out | json fits fit csv | codes.h5 --method knn --k 5
embed       | out | h5 hdf5 - | codes.h5 --method pca
embed       | table | fits fit csv | codes.h5 --method pca --out map.h5
embed       | figure | png pdf svg | codes.h5 --method pca --out map.h5
importance  | out | fits fit csv | codes.h5 --trees 2
importance  | figure | png pdf svg | codes.h5 --trees 2
search      | out | fits fit csv | codes.h5 --query codes.h5:1
search      | figure | png | set.h5 --query set.h5:1
density     | out | fits fit csv | flow --data codes.h5
score       | out | fits fit csv | gan --data set.h5
density     | figure | png pdf svg | flow --data codes.h5
morph       | out | fits fit csv | set.h5
morph       | figure | png | set.h5 --rows 0
novelty     | out | fits fit csv | flow --data codes.h5
novelty     | figure | png | flow --data codes.h5 --images set.h5
corner      | out | fits fit csv | sizes.csv --columns size
corner      | figure | png pdf svg | sizes.csv --columns size
judge       | out | fits fit csv | --train set.h5 --test other.h5 --generated made.h5 --space pixels --permutations 100
judge       | figure | png pdf svg | --train set.h5 --test other.h5 --generated made.h5 --space pixels --permutations 100
report      | out | html htm | run
END
}

# What a file begins with.
kind_of() {
    case $(head -c 4 "$1" | od -An -tx1 | tr -d ' \n') in
    89504e47) echo png ;;
    89484446) echo hdf5 ;;
    25504446) echo pdf ;;
    53494d50) echo fits ;;
    934e554d) echo npy ;;
    504b0304) echo npz ;;
    7b0a2020) echo json ;;
    *) grep -q '<svg' "$1" && echo svg && return
       grep -q '<html' "$1" && echo html && return
       head -n 1 "$1" | grep -q '^[a-z]\w*\(,\w*\)*$' && echo csv ;;
    esac
}
# What an ending promises.
promised() {
    case $1 in h5 | -) echo hdf5 ;; fit) echo fits ;; htm) echo html ;; *) echo "$1" ;; esac
}

known=" "
while IFS='|' read -r command option endings line; do
    read -r -a command <<<"$command"
    read -r option <<<"$option"
    read -r endings <<<"$endings"
    read -r -a words <<<"$line"
    known+="$(IFS=-; echo "${command[*]}").$option "
    for ending in fits csv npy h5 png json html fits.gz -; do
        name=new.$ending
        [ $ending = - ] && name=new
        [[ " $endings " == *" $ending "* ]] && continue
        expect 2 galatea "${command[@]}" "${words[@]}" --$option $name
        one_line "$name: "
        says err "must end in ."
        [ -s out ] && fail "${command[*]} --$option $name printed something before it refused"
        [ -e $name ] && fail "${command[*]} --$option $name left a file"
        # Where the sentence lists what the row does, one refusal speaks for the others.
        read -r listed < <(sed -n 's/.*: its name must end in //; s/ or / /; s/[.,]//gp' err)
        [ "$listed" = "${endings% -}" ] && break
    done
    # Every ending is written, the second one in large letters, or the only one in both.
    read -r first second rest <<<"$endings"
    case ${second:--} in -) second=${first^^}' '$second ;; *) second=${second^^} ;; esac
    for ending in $first $second $rest; do
        name=a.txt.$ending
        [ $ending = - ] && name=new
        expect 0 galatea "${command[@]}" "${words[@]}" --$option $name
        [ "$(kind_of $name)" = "$(promised ${ending,,})" ] ||
            fail "${command[*]} --$option $name wrote $(kind_of $name)"
        rm $name
    done
done < <(table)

# Each option of each command that names a file to write.
for command in "data import" "data cutouts" "data merge" "data synth" "data export" "data show" "data views" "encode run" "reconstruct pictures" "denoise pictures" \
    "sample flow" "invert glow" classify compare embed importance search density "score gan" morph novelty corner judge report; do
    galatea $command --help >out || fail "no help of $command"
    name=${command% run} name=${name% pictures} name=${name% flow} name=${name% gan} name=${name% glow}
    for option in out table figure save-latents; do
        grep -qE "^ +--$option " out || continue
        [[ "$known" == *" ${name// /-}.$option "* ]] || fail "no line of the table is about $name --$option"
    done
done
exit 0
