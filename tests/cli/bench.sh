# bench: figures of a short one, as rows and as JSON; a name it does not know is refused before anything runs.
expect 0 galatea bench augment --steps 1 --seconds 0 --threads 1
says out "images/s"
[ "$(wc -l <out)" -eq 1 ] || fail "not one row for one bench"
expect 0 galatea bench augment matmul --steps 2 --seconds 0 --threads 1 --json
says out '"name": "augment"'
says out '"images_per_second": '
says out '"name": "matmul"'
says out '"roof_share": '
expect 0 galatea bench conv-stack-train --steps 1 --seconds 0 --threads 1 --profile
grep -qE "conv" out || fail "the profile names no convolution"
[ "$(wc -l <out)" -gt 3 ] || fail "no profile"
expect 2 galatea bench augment nonsense
one_line "no bench 'nonsense'"
[ -s out ] && fail "it ran before it refused"
expect 2 galatea bench augment --steps 0
one_line "steps"
