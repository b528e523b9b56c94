# twins: a sweep of pairs of models; killed at any moment, shared by processes, and joined by other models it ends in
# the same table; and what it refuses.
galatea data synth --size 16 --count 160 --seed 1 --out sky.h5 >/dev/null || fail "no data"
small="--preset tiny --set width=4 --set levels=2 --batch 8 --threads 1 --epochs 2 --sample-every 0 --figures none"
sweep="twins diffusion --data sky.h5 --sizes 12,40 --samples 8 $small"

expect 0 galatea $sweep --out missing --dry-run
says out "training A   unknown"
says out "0 of 26 parts are finished; time for the rest: unknown"
[ ! -e missing ] || fail "a dry run left a folder"
expect 0 galatea $sweep --out whole
says out "nearest_a_median"
says out "whole/twins.csv"
[ "$(wc -l <whole/twins.csv)" -eq 3 ] || fail "the table has $(wc -l <whole/twins.csv) lines, expected 3"
grep -q '^diffusion,12,2,4,' whole/twins.csv || fail "12 images in 2 epochs of batches of 8 are no 4 updates"
[ ! -e whole/locks ] || fail "locks are left"
cp -r whole kept
# Figures, and what a page makes of all of it.
expect 0 galatea twins diffusion --out whole --figures png
for name in cosine cosine_centred denoising; do [ -s whole/diffusion/$name.png ] || fail "no figure of $name"; done
expect 0 galatea report whole/twins.json whole/diffusion/A-12 whole/diffusion/cosine.png --out page.html
grep -q 'id="twins"' page.html || fail "the page has no part for the sweep"
expect 0 galatea report whole --out page.html
says out "1 run, $(find whole -name '*.png' | wc -l) figures, 1 table"
# Ordinary runs and sets.
expect 0 galatea sample whole/diffusion/A-12 --count 8 --seed 1 --out again.h5 --threads 1
expect 0 galatea info whole/diffusion/B-40
# Results are no remarks, and a list of models is one of those that can be compared.
expect 0 galatea twins diffusion --out whole --quiet --figures none
says out "copies_a"
says out "unpaired: of two pictures of A"
expect 0 galatea twins --help
grep -q '^  *simclr' out && fail "the help lists a model that makes no pictures"
grep -q '^  *glow' out || fail "the help lists no models"
# What is there is not done again, and need not be said again.
find whole -name '*.json' -path '*N-*' -printf '%p %T@\n' | sort >before
expect 0 galatea twins diffusion --out whole --json --figures none
says out '"finished": 26'
says out '"updates": 4'
find whole -name '*.json' -path '*N-*' -printf '%p %T@\n' | sort | cmp -s - before || fail "finished parts were done again"
# Killed between the result of a part and its claim, a process leaves the claim: the next one takes it away.
# Those of what several parts use have no part of their own.
mkdir -p whole/locks/diffusion-12-cosine whole/locks/test_morphology
"$GALATEA" $sweep --out whole --quiet --figures none >/dev/null 2>&1
[ ! -e whole/locks ] || fail "left $(find whole/locks)"
# Of the same sizes and rows, and only some of it.
expect 0 galatea twins glow --preset tiny --batch 4 --data sky.h5 --out whole --epochs 1 --threads 1 --sample-every 0 --figures none --only training,12
[ -e whole/glow/A-12/best.safetensors ] || fail "no run of the second model"
[ ! -e whole/glow/A-40 ] || fail "more was done than was asked for"
expect 0 galatea twins glow --out whole --dry-run
says out "2 of 28 parts are finished"
# What is measured are the weights behind the last update, not those that validated best.
for side in A B; do echo "no weights" >whole/glow/$side-12/best.safetensors; done
expect 0 galatea twins glow --out whole --figures none --only samples,inversion,12

# Of parts of which nothing is known there is no time: all that is left takes longer than the others.
for side in A B; do
    log=whole/glow/$side-12/train.csv
    awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "images_per_second") c = i } NR > 1 && $c { $c = 0.5 } 1' $log >slow
    mv slow $log
done
expect 0 galatea twins glow --out whole --figures none --only training,denoising,40
says err "training A of glow, 40 images; more than 2:40 for all that is left"

# same: as the sweep that nobody stopped.
same() {
    for name in twins.{csv,json} diffusion/N-{12,40}/{cosine,nearest_a,nearest_b}.csv; do
        cmp whole/$name kept/$name || fail "$*: $name is another"
    done
    for name in diffusion/{A,B}-{12,40}/best.safetensors; do # the numbers, behind the record of the command
        cmp <(tail -c 20000 whole/$name) <(tail -c 20000 kept/$name) || fail "$*: $name has other weights"
    done
    find whole -name '*.part' -o -name run.lock | grep -q . && fail "$*: left $(find whole -name '*.part' -o -name run.lock)"
    rm -r whole
}
rm -r whole
# GT_KILLS=20 for many (scripts/kill-runs); one that comes to its end before is begun anew.
killed=0
while [ $killed -lt "${GT_KILLS:-2}" ]; do
    "$GALATEA" $sweep --out whole --quiet 2>/dev/null >/dev/null &
    sleep "0.$((RANDOM % 5))5"
    kill -9 $! 2>/dev/null
    code=0
    wait $! 2>/dev/null || code=$?
    [ $code -eq 137 ] && killed=$((killed + 1)) && continue
    [ $code -eq 0 ] || fail "a killed sweep ended with $code"
    same "killed $killed times"
done
expect 0 galatea $sweep --out whole
echo "killed $killed times"
same "killed again and again"
"$GALATEA" $sweep --out whole --quiet 2>/dev/null &
"$GALATEA" $sweep --out whole --quiet 2>/dev/null || fail "the second of two processes failed"
wait $! || fail "the first of two processes failed"
same "two processes"
mv kept whole

refused() { # CODE TEXT ARGUMENT...
    local code=$1 text=$2
    shift 2
    expect "$code" galatea twins "$@"
    one_line "$text"
}
refused 1 "whole was begun with samples = 8, not 9" diffusion --out whole --samples 9
refused 1 "whole/diffusion was begun with epochs = 2, not 3" diffusion --out whole --epochs 3
refused 1 "whole was begun with sizes = 12,40, not 12" diffusion --out whole --sizes 12
galatea data synth --size 16 --count 160 --seed 2 --out other.h5 >/dev/null || fail "no data"
refused 1 "whole holds subsets of another set than other.h5" diffusion --out whole --data other.h5
refused 1 "whole holds subsets of another set than other.h5" diffusion --out whole --data other.h5 --dry-run
refused 1 "whole/diffusion was begun with threads = 1, not 2" diffusion --out whole --threads 2
refused 1 "size 12: 12 rows to train on do not fill one batch of 32" diffusion --preset tiny --data sky.h5 --sizes 12,40 --batch 32 --out no --dry-run
refused 1 "size 90: sky.h5 has" diffusion --data sky.h5 --sizes 12,90 --out no
refused 2 "size 12 after 40: expected ascending sizes" diffusion --data sky.h5 --sizes 40,12 --out no
refused 2 "size 12 after 12: expected ascending sizes" diffusion --data sky.h5 --sizes 12,12 --out no
refused 2 "size 12.5: expected a whole number of images" diffusion --data sky.h5 --sizes 12.5 --out no
refused 2 "expected" diffusion --data sky.h5 --sizes 0,12 --out no
refused 1 "model simclr makes no pictures" simclr --data sky.h5 --sizes 12 --out no
refused 1 "model maf makes no pictures" maf --data sky.h5 --sizes 12 --out no
refused 2 "only 'cosin': expected one of the sizes, or a part of diffusion: training, samples" diffusion --data sky.h5 --sizes 12 --only cosin --out no
refused 2 "rows all: a sweep itself says which rows are learned from" diffusion --data sky.h5 --sizes 12 --rows all --out no
[ ! -e no ] || fail "a refused call left a folder"
refused 1 "whole/diffusion/A-12 is a run: choose another folder" $(cut -d ' ' -f 2- <<<"$sweep") --out whole/diffusion/A-12
mkdir other && echo x >other/notes
refused 1 "other holds 'notes' but no sweep" $(cut -d ' ' -f 2- <<<"$sweep") --out other
