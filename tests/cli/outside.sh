# What other programs make of the files: fitsverify, stilts, and Python's astropy, h5py, fitsio, NumPy, safetensors and
# Pillow open everything, each where it is there (GALATEA_PYTHON names a Python that has them).
[ -n "${GT_SLOW_BUILD:-}" ] && skip "files of this build are those of the other"
python=${GALATEA_PYTHON:-python3}
"$python" -c 'import astropy, fitsio, h5py, numpy, PIL, safetensors' 2>/dev/null || python=
command -v fitsverify stilts >/dev/null || [ -n "$python" ] || skip "none of these programs"
run() { "$GALATEA" "$@" --quiet >/dev/null || fail "$*"; }

run data synth --size 16 --count 160 --out raw.h5
id=radio-1-000000
{
    echo '"id",z_phot,flux [mJy],größe,gaia,"note, long"'
    for i in 0 1 2 3 4 5 6; do echo "${id}$i,0.$i,1e-$i,$i,585349871316060672$i,\"a \"\"word\"\", naïve\""; done
} >known.csv
run data import --format hdf5 raw.h5 --catalog known.csv --out set.h5
run data synth --size 16 --count 20 --scale none --out values.h5
run data import --format hdf5 values.h5 --range=-1:20 --stretch asinh --unit Jy/beam --out values2.h5
run data synth --size 32 --count 40 --out sky.h5
run train vdvae --data set.h5 --threads 1 --epochs 1 --batch 8 --width 8 --encoder-blocks 16d2,8d2,4d4,1x1 --decoder-blocks \
    1x1,4m1,8m4,16m8 --latents 2,1:4 --mixtures 2 --sample-every 0 --nearest 0 --out run
run encode run --data set.h5 --out codes.h5
run train maf --data codes.h5 --threads 1 --epochs 1 --preset small --batch 8 --blocks 1 --out flow
run train glow --data set.h5 --threads 1 --epochs 1 --preset tiny --batch 8 --flows 1 --levels 2 --width 4 --sample-every 0 \
    --nearest 0 --out glow
run train diffusion --data set.h5 --threads 1 --epochs 1 --preset tiny --batch 8 --width 2 --levels 2 --sample-every 0 \
    --nearest 0 --out diffusion
run train gan --data sky.h5 --threads 1 --epochs 1 --preset tiny --batch 8 --micro-batch 8 --channels 1 --attention none \
    --sample-every 0 --nearest 0 --out gan
run sample run --count 60 --out made.h5
run sample glow --count 4 --save-latents latents.h5 --out made4.h5
for e in fits csv; do
    run morph set.h5 --out shapes.$e
    run search codes.h5 --query codes.h5:0-2 --out found.$e
    run classify codes.h5 --method knn,lr --out answers.$e --by-class classes.$e
    run novelty flow --data codes.h5 --out odd.$e
    run density flow --data codes.h5 --out likely.$e
    run embed codes.h5 --method pca --out map.h5 --table map.$e
    run importance codes.h5 --target angular_size --out parts.$e
    run score gan --data sky.h5 --out scores.$e
    run denoise diffusion --data set.h5 --count 5 --out noise.$e
    run corner shapes.$e --out corner.$e
    run judge --train set.h5 --test set.h5 --generated made.h5 --space pixels --out judged.$e
done
for e in fits npy npz h5; do
    for set in set values values2; do run data export $set.h5 --out pictures_$set.$e; done
    run sample run --count 3 --out sampled.$e
    [ $e = npy ] || run reconstruct run --data set.h5 --count 3 --out again.$e
    run denoise diffusion --data set.h5 --count 2 --images clean.$e
done
for kind in fits png; do run data export values2.h5 --single $kind --count 3 --out single_$kind; done
run data merge set.h5 raw.h5 --out merged.h5
find . -name '*.fits' | sort >all.txt

if command -v fitsverify >/dev/null; then
    while read -r file; do fitsverify -q "$file" >verdict || fail "fitsverify: $(cat verdict)"; done <all.txt
fi

# Tables go into one VOTable, at which votlint looks: each call begins a Java machine.
if command -v stilts >/dev/null; then
    tables=$(grep -v -e /sampled -e /values <all.txt | grep -v single)
    for file in $tables; do echo "$file"; done >tables.txt
    stilts tmulti in=@tables.txt ifmt=fits out=all.vot ofmt=votable 2>err || fail "stilts opens no FITS table"
    stilts votlint votable=all.vot ucd=true unit=true >verdict 2>&1 || fail "votlint: $(head -5 verdict)"
    grep -v 'arraysize="1" deprecated' verdict | grep -q . && fail "votlint: $(head -5 verdict)"
    for axis in ra dec; do
        with=$(grep -c "name=\"$axis\"" all.vot) known=$(grep -c "ucd=\"pos.eq.$axis;meta.main\"" all.vot)
        { [ "$with" -gt 9 ] && [ "$with" -eq "$known" ]; } || fail "$with tables have $axis, $known say what it is"
    done
    ls ./*.csv >tables.txt
    stilts tmulti in=@tables.txt ifmt=csv out=csv.tables ofmt=fits-basic 2>err || fail "stilts opens no CSV table"
fi

[ -n "$python" ] || exit 0
cat >judge.py <<'P'
import glob, warnings
import fitsio, h5py, numpy, safetensors
from astropy import units
from astropy.io import fits
from astropy.io.votable.ucd import parse_ucd
from astropy.table import Table
from PIL import Image

warnings.simplefilter("error")
gaia = [5853498713160606720 + i for i in range(7)]
for name in glob.glob("**/*.fits", recursive=True):
    with fits.open(name) as file:
        file.verify("exception")
        for hdu in file:
            if "BUNIT" in hdu.header:
                units.Unit(hdu.header["BUNIT"], format="fits", parse_strict="raise")
            for i, column in enumerate(hdu.columns if isinstance(hdu, fits.BinTableHDU) else []):
                if column.unit:
                    units.Unit(column.unit, format="fits", parse_strict="raise")
                ucd = hdu.header.get(f"TUCD{i + 1}")
                if ucd:
                    parse_ucd(ucd, check_controlled_vocabulary=True)
            assert hdu.header.get("EXTNAME", "TABLE") != "TABLE" or not isinstance(hdu, fits.BinTableHDU), name
    with fitsio.FITS(name) as file:
        for hdu in file:
            if hdu.has_data():
                hdu.read()
for name in glob.glob("*.csv"):
    assert len(Table.read(name, format="ascii.csv")) > 0
for table in (Table.read("map.fits"), Table.read("map.csv", format="ascii.csv")):
    assert list(table["gaia"][:7]) == gaia, table["gaia"][:7]
assert "größe" in Table.read("map.csv", format="ascii.csv").colnames
for name in glob.glob("*.np[yz]"):
    array = numpy.load(name, allow_pickle=False)
    if name.endswith("z"):
        for key in array.files:
            array[key]
assert list(numpy.load("pictures_set.npz")["gaia"][:7]) == gaia
for name in glob.glob("*.h5"):
    with h5py.File(name) as file:
        file.visititems(lambda _, item: isinstance(item, h5py.Dataset) and item[()] is None or None)
with h5py.File("set.h5") as file:
    assert list(file["columns/gaia"][:7]) == gaia and file["columns/flux"].attrs["unit"] in ("mJy", b"mJy")
for name in glob.glob("*/*.safetensors"):
    with safetensors.safe_open(name, "numpy") as file:
        for key in file.keys():
            file.get_tensor(key)
for name in glob.glob("single_png/*.png"):
    Image.open(name).load()
P
"$python" judge.py 2>err || fail "Python: $(tail -3 err)"
exit 0
