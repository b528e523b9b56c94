# completion: what fish offers behind a line, with the script where `make install` puts it.
command -v fish >/dev/null || skip "no fish"
mkdir -p .share/fish/vendor_completions.d run && touch sky.h5 codes.fits
galatea completion fish >.share/fish/vendor_completions.d/galatea.fish || fail "no script"
ask() { env -i PATH="$(dirname "$GALATEA"):$PATH" HOME="$PWD/.home" XDG_DATA_DIRS="$PWD/.share:/usr/share" fish -c 'complete -C $argv[1]' "$1"; }
is() { # ANSWER LINE: the words that are offered at the end of the line
    expect 0 ask "$2"
    [ -s err ] && fail "fish complains"
    cut -f 1 out | tr '\n' ' ' >words
    [ "$(cat words)" = "$1 " ] || fail "'$2' offers '$(cat words)', not '$1'"
}
is "train" "galatea tr"
is "--cite --help --version" "galatea --"
is "import info" "galatea data i"
is "--help" "galatea data --"
is "glow" "galatea train gl"
is "glow" "galatea help train gl"
is "--coupling" "galatea train glow --coup"
is "--no-date" "galatea sample run --no"
is "tiny" "galatea train gan --preset t"
is "tsne" "galatea embed codes.h5 --method t"
is "--method=tsne" "galatea embed codes.h5 --method=t"
is "sky.h5" "galatea classify s"
is "sky.h5" "galatea train vdvae --data s"
is "--data=sky.h5" "galatea train vdvae --data=s"
is "run/" "galatea sample r"
expect 0 ask "galatea train glow --coup"
says out "what half of the channels does to the other"
