# completion: what a real bash completes, from the tables that --help shows.
galatea completion bash >galatea.bash || fail "no script"
cat >complete.bash <<'B'
source ./galatea.bash
words=()
for word in "$@"; do # as bash cuts a line: --method=k is three words
    if [[ $word == --*=* ]]; then words+=("${word%%=*}" =) && word=${word#*=} && [ -z "$word" ] && continue; fi
    words+=("$word")
done
COMP_WORDS=(galatea "${words[@]}") COMP_CWORD=${#words[@]}
_galatea
echo "${COMPREPLY[*]}"
B
is() { # ANSWER WORDS...: the last word is the one that TAB stands behind
    local answer=$1
    shift
    expect 0 bash --norc complete.bash "$@"
    [ "$(cat out)" = "$answer" ] || fail "galatea $* completes '$(cat out)', not '$answer'"
    [ -s err ] && fail "bash complains"
    return 0
}
is "train" tr
is "help" hel
is "import info" data i
is "import info" help data i
is "maf" help train m
is "maf" train m
is "gan glow" twins g
is "--perplexity" embed codes.h5 --perp
is "tsne" embed codes.h5 --method t
is "tsne" embed codes.h5 --method=t
is "tsne pca" embed codes.h5 --method=
is "--no-date" sample run --no
is "--coupling" train glow --coup
is "" train gan --coup
is "tiny" train gan --preset t
is "--temperature" sample run --temp
is "--cut" data synth --cu
is "" classify co
is "" train vdvae --data ""
# Every option of a command's help is there.
for command in "data synth" "train gan" judge; do
    galatea $command --help | sed -nE 's/^  --(\[no-\])?([a-z0-9-]+).*/\2/p' | sort >told
    bash --norc complete.bash $command --x-- >/dev/null || fail "bash"
    (source ./galatea.bash && _galatea_options "$command") | tr ' ' '\n' | sed 's/^--//; s/^no-//' | sort >offered
    diff told offered >out || fail "galatea $command: help and completion differ"
done
# The others are read without complaint.
for shell in zsh fish; do
    galatea completion $shell >script.$shell || fail "no script of $shell"
    [ "$(grep -c perplexity script.$shell)" -gt 0 ] || fail "no options for $shell"
    command -v $shell >/dev/null || continue
    expect 0 $shell -n script.$shell
    [ -s err ] && fail "$shell complains"
done
expect 2 galatea completion csh
one_line "unknown SHELL 'csh'"
