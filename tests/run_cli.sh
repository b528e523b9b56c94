#!/bin/bash
# Runs one tests/cli/*.sh in an empty folder: run_cli.sh GALATEA SCRIPT. A script uses
#   galatea ...             the program under test
#   expect CODE COMMAND...  runs it, keeps stdout in ./out and stderr in ./err, checks the code
#   says out|err TEXT       the last run printed TEXT there (plain text, not a pattern)
#   one_line TEXT           stderr was exactly one line, and TEXT is in it; that a machine grants fewer threads
#                           than were asked for does not count
#   fail TEXT               ends the test
#   skip TEXT               ends the test as not run
GALATEA=$(realpath "$1")
SCRIPT=$(realpath "$2")
TESTS=$(dirname "$(realpath "$0")")
set -u
FOLDER=$(mktemp -d) || exit 1
trap 'chmod -R u+w "$FOLDER"; rm -rf "$FOLDER"' EXIT
cd "$FOLDER" || exit 1

galatea() { "$GALATEA" "$@"; }
fail() {
    echo "FAILED at line ${BASH_LINENO[${#BASH_LINENO[@]} - 3]}: $*"
    for file in out err; do [ -s $file ] && { echo "--- $file"; head -c 2000 $file; }; done
    exit 1
}
skip() { echo "SKIPPED: $*"; exit 77; }
expect() {
    local code=$1 got=0
    shift
    "$@" >out 2>err || got=$?
    [ $got -eq "$code" ] || fail "'$*' ended with $got, expected $code"
}
says() { grep -qF -e "$2" "$1" || fail "'$2' is not in std$1"; }
one_line() {
    local lines
    lines=$(grep -cv '^galatea: threads: [0-9]* asked for, [0-9]* granted' err)
    [ "$lines" -eq 1 ] || fail "stderr has $lines lines, expected 1"
    says err "$1"
}
. "$SCRIPT"
