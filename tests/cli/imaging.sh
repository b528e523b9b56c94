# Sets, runs and classifiers know survey, pixel scale and preparation, and each command in which
# two of them meet tells in one line what differs.
expect 0 galatea data synth --size 64 --count 60 --pixel 1.8 --out sky.h5
expect 0 galatea data info sky.h5
says out "scale      1.8 arcsec per pixel"
says out "prepared   align=none cut=64 resize=none normalize=sigma-clip:3"
# What a file does not tell is given; --crop with --size changes the scale with the pictures.
mkdir cutouts
galatea data views sky.h5 --rows 0 --count 1 --colours gray --out cutouts/a.png >/dev/null || fail "no picture"
expect 0 galatea data import --format png cutouts --crop 60 --size 30 --survey FIRST --pixel-scale 1.8 --out png.h5
expect 0 galatea data info png.h5 --json
says out '"survey": "FIRST"'
says out '"pixel_scale_arcsec": 3.6'
says out '"preparation": "align=none cut=60 resize=30 normalize=none"'
import() { galatea data import --format hdf5 sky.h5 --quiet "$@" || fail "import $*"; }
import --size 32 --out narrow.h5
import --crop 64 --size 32 --out wide.h5
import --size 32 --survey NVSS --out survey.h5
import --size 32 --align principal --out turned.h5
import --size 32 --normalize asinh --out lifted.h5
import --size 32 --normalize asinh --pixels float32 --out unit.h5
expect 0 galatea data info lifted.h5
says out "prepared   align=none cut=32 resize=none normalize=sigma-clip:3+asinh:10"

scale="pixel scale (3.6 and 1.8 arcsec), cut (64 and 32), resize (32 and none)"
told() { # TEXT COMMAND...: one line about it; none with ignore, an error with error
    local text=$1
    shift
    expect 0 "$@" --mismatch tell
    [ "$(grep -c "differ" err)" -eq 1 ] || fail "not one line: $(cat err)"
    says err "$text"
    cp err told
    if [ -z "${GT_SLOW_BUILD:-}" ]; then
        expect 0 "$@"
        grep differ told | cmp -s - <(grep differ err) || fail "tell is not the default"
        expect 0 "$@" --mismatch ignore
        grep differ err && fail "it is told all the same"
    fi
    expect 1 "$@" --mismatch error
    one_line "$text"
    says err ", which mismatch error does not allow"
}
quiet() { # COMMAND...: nothing is told
    expect 0 "$@" --mismatch error
    grep differ err && fail "'$*' tells a difference"
    return 0
}

expect 0 galatea train simclr --preset tiny --epochs 1 --threads 1 --data narrow.h5 --out run
grep differ err && fail "a run alone differs"
encode="galatea encode run --threads 1 --out codes.h5 --data"
quiet $encode narrow.h5
told "wide.h5 and run differ in $scale" $encode wide.h5
told "survey.h5 and run differ in survey (NVSS and radio)" $encode survey.h5
told "turned.h5 and run differ in align (principal and none)" $encode turned.h5
told "lifted.h5 and run differ in normalize (sigma-clip:3+asinh:10 and sigma-clip:3)" $encode lifted.h5
told "unit.h5 and run differ in normalize (sigma-clip:3+asinh:10/1 and" $encode unit.h5
told "wide.h5 and run/last.safetensors differ in $scale" galatea encode run/last.safetensors \
    --threads 1 --out codes.h5 --data wide.h5
told "wide.h5 and run differ in $scale" galatea encode run --untrained --threads 1 --out codes.h5 --data wide.h5

# Codes carry on what their pictures knew, and what their network learned from.
galatea encode run --data narrow.h5 --out narrow_codes.h5 --quiet || fail "no codes"
galatea encode run --data wide.h5 --out wide_codes.h5 --quiet || fail "no codes"
expect 0 galatea data info wide_codes.h5
says out "scale      3.6 arcsec per pixel"
says out "prepared   align=none cut=64 resize=32"
says out "learned    radio, 1.8 arcsec per pixel, align none, cut 32, resize none, normalize sigma-clip:3"

rm -rf probed
for how in tell ignore; do
    expect 0 galatea train simclr --preset tiny --epochs 1 --threads 1 --data narrow.h5 --out probed \
        --probe wide.h5 --mismatch $how
    [ "$(grep -c "wide.h5 and narrow.h5 differ in $scale" err)" -eq $([ $how = tell ] && echo 1 || echo 0) ] ||
        fail "--probe with --mismatch $how: $(cat err)"
done
expect 1 galatea train simclr --preset tiny --epochs 1 --threads 1 --data narrow.h5 --out other \
    --probe wide.h5 --mismatch error
one_line "$scale"
[ -e other ] && fail "a refused run left a folder"

expect 0 galatea classify narrow_codes.h5 --save fitted
quiet galatea classify narrow_codes.h5 --load fitted
told "wide_codes.h5 and fitted differ in $scale" galatea classify wide_codes.h5 --load fitted

quiet galatea search narrow_codes.h5 --query narrow.h5:1 --run run
told "wide.h5 and narrow_codes.h5 differ in $scale" galatea search narrow_codes.h5 --query wide.h5:1 --run run
told "wide_codes.h5 and narrow_codes.h5 differ in $scale" galatea search narrow_codes.h5 --query wide_codes.h5:1
told "wide.h5 and narrow.h5 differ in $scale" galatea search narrow.h5 --query wide.h5:1

quiet galatea data merge narrow.h5 narrow.h5 --out merged.h5
told "wide.h5 and narrow.h5 differ in $scale" galatea data merge narrow.h5 wide.h5 --out merged.h5
grep -q "; the result does not state it" told || fail "merge does not tell what follows"
told "; turned.h5 in " galatea data merge narrow.h5 wide.h5 turned.h5 --out merged.h5
expect 0 galatea data info merged.h5
says out "prepared   normalize=sigma-clip:3"
grep -q ^scale out && fail "a merged set states a scale that it does not have"

expect 0 galatea train maf --preset small --epochs 1 --threads 1 --data narrow_codes.h5 --out flow
quiet galatea density flow --data narrow_codes.h5
told "wide_codes.h5 and flow differ in $scale" galatea density flow --data narrow_codes.h5 wide_codes.h5
told "wide_codes.h5 and flow differ in $scale" galatea novelty flow --data narrow_codes.h5 --search wide_codes.h5
expect 0 galatea sample flow --count 5 --out drawn.h5
quiet galatea density flow --data drawn.h5
expect 0 galatea data info drawn.h5
says out "scale      1.8 arcsec per pixel"

# An unknown fact differs from nothing.
galatea data import --format png cutouts --size 32 --out raw.h5 --quiet || fail "import"
expect 0 galatea data info raw.h5
grep -q "^scale\|^survey" out && fail "a PNG file tells its scale"
expect 0 galatea data merge narrow.h5 raw.h5 raw.h5 --out merged.h5
[ "$(grep -c "survey is left out: raw.h5 does not tell it" err)" -eq 1 ] || fail "merge loses a survey: $(cat err)"
expect 0 galatea data merge raw.h5 narrow.h5 --out merged.h5
says err "pixel scale is left out: raw.h5 does not tell it"
told "raw.h5 and run differ in normalize (none and sigma-clip:3)" $encode raw.h5
