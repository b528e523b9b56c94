# The tutorials of docs/: every command in a block of sh runs as it stands there, with less to do, and leaves the files that it names.
[ -n "${GT_SLOW_BUILD:-}" ] && skip "what the tutorials run is run by other tests too"
command -v gnuplot >/dev/null || skip "no gnuplot"
docs=$(dirname "$SCRIPT")/../../docs
# Fewer galaxies and smaller ones, the smallest networks, one epoch.
less='s/--count [0-9]{3,}/--count 100/; s/--size 64/--size 32/; s/--preset [a-z]+/--preset tiny/; s/--epochs [0-9]+/--epochs 1 --threads 1/
      s/--method all/--method lr,knn/; s/--method tsne/--method tsne --iterations 20 --perplexity 5/; s/(galatea judge.*)/\1 --permutations 100/; s/--space morphology/--space pixels/'
number=0
for tutorial in "$docs"/*.md; do
    sed -n '/^```sh$/,/^```$/p' "$tutorial" | grep -v '^```' >commands
    [ -s commands ] || { [ "$(basename "$tutorial")" = README.md ] && continue; fail "$tutorial has no commands"; }
    grep -qF "($(basename "$tutorial"))" "$docs/README.md" || fail "docs/README.md does not name $tutorial"
    mkdir $((++number)) && cd $number || fail "no folder"
    while read -r command; do
        small=$(sed -E "$less" <<<"$command")
        (eval "${small/#galatea /galatea }") >../out 2>../err </dev/null || { cd ..; fail "$(basename "$tutorial"): $small"; }
        for word in $command; do
            case $word in *.png | *.fits | *.csv | *.html | *.h5) [ -s "${word#*=}" ] || { cd ..; fail "$small: no ${word#*=}"; } ;; esac
        done
    done < <(sed -e ':a' -e '/\\$/N; s/\\\n *//; ta' ../commands)
    cd ..
done
[ $number -gt 1 ] || fail "no tutorials"
