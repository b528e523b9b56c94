# sample: where samples are not finite and left out, rows of --save-latents are those of the samples that are there.
command -v python3 >/dev/null || skip "no python3 to make weights too large"
galatea data synth --size 16 --count 60 --seed 1 --out small.h5 --quiet >/dev/null || fail "no data"
galatea train glow --data small.h5 --preset tiny --batch 8 --flows 1 --levels 2 --width 4 --sample-every 0 --nearest 0 --epochs 1 \
    --threads 1 --out run --quiet || fail "no run"
cat >enlarge.py <<'P'
import array, json, struct, sys
whole = open("run/best.safetensors", "rb").read()
size = struct.unpack("<Q", whole[:8])[0]
header, data = json.loads(whole[8:8 + size]), bytearray(whole[8 + size:])
del header["__metadata__"]["checksum"]
for name, tensor in header.items():
    if "weight" in name:
        first, end = tensor["data_offsets"]
        data[first:end] = array.array("f", [float(sys.argv[1]) * x for x in array.array("f", bytes(data[first:end]))]).tobytes()
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
open("large.safetensors", "wb").write(struct.pack("<Q", len(text)) + text + data)
P
for factor in 36 40 44 48 52; do
    python3 enlarge.py $factor || fail "no weights"
    galatea sample large.safetensors --count 40 --out s.h5 --save-latents l.h5 --threads 1 >out 2>err
    grep -q "images .* are not finite and left out" err && break
done
left=$(sed -nE 's/.* ([0-9]+) of 40 images .* left out.*/\1/p' err)
[ -n "$left" ] || fail "no part of the samples is lost"
says err "l.h5: row by row the noise of s.h5, without what was left out there"
expect 0 galatea info l.h5
says out "latents of $((40 - left)) images"
expect 0 galatea info s.h5
says out "s.h5: $((40 - left)) images"
galatea sample run --count 40 --out all.h5 --save-latents whole.h5 --threads 1 --quiet || fail "no samples"
galatea sample large.safetensors --count 40 --out s.h5 --save-latents l.h5 --threads 1 >out 2>err
cat >compare.py <<'P'
import re
lost = {int(n) for n in re.search(r"left out.*\(([0-9,]+)\)", open("err").read()).group(1).split(",")}
row = 8 * 4 * 4 * 4 # of either part
whole, kept = (open(name, "rb").read() for name in ("whole.h5", "l.h5"))
rows = [n for n in range(40) if n not in lost]
def stands_at(at, begin):
    return all(kept[at + i * row:at + (i + 1) * row] == whole[begin + n * row:begin + (n + 1) * row] for i, n in enumerate(rows))
places = [at for at in range(0, len(kept) - len(rows) * row + 1, 4) if len(set(kept[at:at + row])) > 64]
found = [at for at in places if whole.find(kept[at:at + row]) >= 0 and stands_at(at, whole.find(kept[at:at + row]) - rows[0] * row)]
assert found, "no part has the rows %s" % rows
P
python3 compare.py || fail "rows of the noise are not those of the samples"
# on a sheet each has its place, and so has its noise
galatea sample large.safetensors --count 40 --out s.png --save-latents l.h5 --threads 1 >out 2>err || fail "no sheet"
expect 0 galatea info l.h5
says out "latents of 40 images"
