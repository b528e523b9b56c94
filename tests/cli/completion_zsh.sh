# completion: what stands in the line of an interactive zsh behind TAB, with the script in a folder of $fpath.
command -v zsh >/dev/null || skip "no zsh"
mkdir functions run && touch sky.h5 codes.fits
galatea completion zsh >functions/_galatea || fail "no script"
# Lines of stdin: "tab LINE", or "all LINE" for all that is offered; the answers are lines of ./answers.
cat >drive.zsh <<'Z'
wait_for() {
    local i
    for ((i = 0; i < 400; i++)); do [[ -e $1 ]] && return; sleep 0.05; done
    zpty -r shell text
    print -r -- "no $1: $text"
    exit 1
}
zmodload zsh/zpty
zpty shell "env -i PATH=$PATH HOME=$PWD TERM=xterm zsh -f -i"
zpty -w shell "fpath=($PWD/functions \$fpath) PS1= PROMPT_EOL_MARK= && autoload -Uz compinit && compinit -u -D"
zpty -w shell 'all() { _main_complete; compstate[insert]=all; }; zle -C all complete-word all; bindkey "^Y" all'
zpty -w shell 'show() { print -r -- "$BUFFER" >.got.part && mv .got.part .got; BUFFER=; }; zle -N show; bindkey "^T" show'
zpty -w shell 'bindkey "^I" complete-word; : >.ready'
wait_for .ready
while read -r how line; do
    key=$'\t'
    [[ $how == all ]] && key=$'\x19'
    zpty -n -w shell "$line$key"$'\x14'
    wait_for .got
    cat .got && rm .got
done | sed 's/ $//' >answers
zpty -d shell
Z
cat >lines <<'L'
tab galatea tr|galatea train
all galatea --|galatea --cite --help --version
tab galatea data imp|galatea data import
all galatea data i|galatea data import info
tab galatea train gl|galatea train glow
tab galatea help train gl|galatea help train glow
tab galatea train glow --coup|galatea train glow --coupling
tab galatea sample run --no|galatea sample run --no-date
tab galatea train gan --preset t|galatea train gan --preset tiny
tab galatea embed codes.h5 --method t|galatea embed codes.h5 --method tsne
tab galatea embed codes.h5 --method=t|galatea embed codes.h5 --method=tsne
tab galatea classify s|galatea classify sky.h5
tab galatea train vdvae --data s|galatea train vdvae --data sky.h5
tab galatea train vdvae --data=s|galatea train vdvae --data=sky.h5
tab galatea sample r|galatea sample run/
L
cut -d '|' -f 1 lines >typed
cut -d '|' -f 2 lines >expected
expect 0 zsh -f drive.zsh <typed
diff expected answers >out 2>err || fail "zsh completes something else"
