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
one_line "galatea: unexpected word 'c'"
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
