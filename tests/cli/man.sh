# The manual pages: one for each command, no complaint of troff, nothing half-written.
expect 0 galatea man pages/one
[ -f pages/one/galatea.1 ] && [ -f pages/one/galatea-help.1 ] || fail "pages are missing"
# What is typed stands in one line, and a flag that is on as it is switched off.
grep -qxF '\fBgalatea encode\fR \fIRUN\fR \-\-data FILE \-\-out FILE [options]' pages/one/galatea-encode.1 || fail "no synopsis in a line"
grep -qxF '.B \-\-[no\-]date' pages/one/galatea-encode.1 || fail "no --[no-]date"
if command -v man >/dev/null && command -v groff >/dev/null; then
    for page in pages/one/*.1; do
        MANWIDTH=80 man --warnings -l "$page" >text 2>err
        [ -s err ] && fail "$page"
        [ -s text ] || fail "$page is empty"
    done
fi
[ "$(find pages -name '*.part' | wc -l)" -eq 0 ] || fail "a temporary file stayed"
echo file >taken
expect 1 galatea man taken
one_line "galatea: "
