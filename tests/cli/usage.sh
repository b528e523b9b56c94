# Wrong usage: one line, exit code 2, and the name that was meant.
expect 2 galatea hepl
one_line "galatea: unknown command 'hepl'; did you mean 'help'?"
expect 2 galatea xyzzyx
one_line "galatea: unknown command 'xyzzyx'; galatea --help lists them"
expect 2 galatea help --quite
one_line "galatea: unknown option '--quite'; did you mean '--quiet'? (galatea help --help)"
expect 2 galatea help --quiet=perhaps
one_line "galatea: --quiet: 'perhaps' is neither true nor false"
expect 2 galatea help a b c
one_line "galatea: unexpected word 'c', galatea help takes [COMMAND [MODEL]] (galatea help --help)"
expect 2 galatea data import a.png b.png --out c.h5
one_line "galatea: unexpected word 'b.png', galatea data import takes PATH, which of several files is their folder, an archive of them, or a list (.txt)"
expect 2 galatea data synth a --out c.h5
one_line "galatea: unexpected word 'a', galatea data synth takes options alone "
expect 2 galatea help nothing
one_line "galatea: unknown command 'nothing'"
expect 2 galatea man
one_line "galatea: galatea man needs FOLDER"
expect 2 galatea --nonsense
one_line "galatea: unknown command '--nonsense'"
expect 2 galatea "$(printf 'a\033[2Jb')"
one_line 'a\x1b[2Jb'
expect 2 galatea ""
one_line "unknown command ''"
expect 2 galatea data info ""
one_line "galatea: '' names no file"
expect 2 galatea data synth --out ""
one_line "galatea: --out: '' names no file"

# Commands of two words, and commands whose first word brings options of its own.
expect 2 galatea data
one_line "galatea: 'data' needs a second word; galatea data --help lists them"
expect 2 galatea data synht
one_line "galatea: unknown command 'data synht'; did you mean 'data synth'?"
expect 2 galatea dat
one_line "galatea: unknown command 'dat'; did you mean 'data'?"
expect 0 galatea data --help
says out "data synth"
grep -q "encode" out && fail "galatea data --help lists other commands"
expect 2 galatea train
one_line "galatea: galatea train needs MODEL as its first word: one of 'vdvae', 'simclr', "
expect 2 galatea train --out run vdvae
one_line "galatea train needs MODEL as its first word"
expect 2 galatea train vdave
one_line "galatea: unknown MODEL 'vdave'; did you mean 'vdvae'?"
expect 2 galatea train resnet
one_line "galatea: unknown MODEL 'resnet', expected one of 'vdvae', 'simclr', 'byol', "
expect 2 galatea train simclr --data a.h5 --out run --rate 0.1
one_line "galatea: unknown option '--rate'; did you mean '--learning-rate'? (galatea train simclr --help)"
expect 2 galatea train simclr --data a.h5 --out run --set lr=0.1
one_line "galatea: unknown option '--lr'; did you mean '--learning-rate'? (galatea train simclr --help)"
expect 2 galatea train vdvae --out run
one_line "galatea: --data FILE is missing"
expect 2 galatea train vdvae --preset tinny --data a.h5 --out run
one_line "tiny"
expect 0 galatea train --help
says out "vdvae"
expect 0 galatea train vdvae --help
says out "Usage: galatea train vdvae --data FILE --out RUN [options]"
says out "Presets:"
expect 0 galatea sample --help
says out "With a RUN of vdvae:"
expect 0 galatea sample missing --help
expect 2 galatea sample --out a.png
one_line "galatea: galatea sample needs RUN as its first word"
expect 1 galatea sample missing --out a.png
one_line "missing"
expect 0 galatea train vdvae --preset tiny --width 24 --print-config
says out "width = 24  # command line"
says out "# preset tiny"
