# Python's standard library alone, through ctypes: a picture is encoded by libgalatea.so, as the command encodes it.
[ -n "${GT_SLOW_BUILD:-}" ] && skip "the library of this build needs its sanitizers"
command -v python3 >/dev/null || skip "no python3"
small="--set encoder-blocks=16d2,8d2,4d4,1x1 --set decoder-blocks=1x1,4m1,8m4,16m8 --set width=8
       --set latents=2,1:4 --set mixtures=2 --batch 8 --threads 1 --optimizer adam --set learning-rate=3e-3"
galatea data synth --size 16 --count 40 --seed 1 --out sky.h5 >/dev/null || fail "no data"
galatea train vdvae $small --data sky.h5 --out run --epochs 1 --quiet || fail "no run"
galatea encode run --data sky.h5 --out codes.h5 --threads 1 --quiet || fail "no codes"

cat >encode.py <<'P'
import ctypes as c
import sys

class Error(c.Structure):
    _fields_ = [("status", c.c_int), ("text", c.c_char * 512)]

g = c.CDLL(sys.argv[1])
for name in ("gt_inference_width", "gt_inference_image_floats"):
    getattr(g, name).restype, getattr(g, name).argtypes = c.c_size_t, [c.c_void_p]
err = Error()
handle = c.c_void_p

def check(status):
    if status:
        sys.exit(err.text.decode())

run, user, pictures, code = handle(), handle(), handle(), c.POINTER(c.c_float)()
check(g.gt_run_open(sys.argv[2].encode(), c.byref(run), c.byref(err)))
check(g.gt_inference_create_encoder(run, c.c_int64(1), 1, c.byref(user), c.byref(err)))
check(g.gt_dataset_open(sys.argv[3].encode(), c.byref(pictures), c.byref(err)))
picture = (c.c_float * g.gt_inference_image_floats(user))()
check(g.gt_dataset_read(pictures, c.c_uint64(7), c.c_size_t(1), picture, c.byref(err)))
picture = (c.c_float * len(picture))(*list(picture))  # any numbers of Python's own
check(g.gt_inference_run(user, picture, c.c_size_t(1), c.c_uint64(1), c.c_uint64(7), c.byref(code), c.byref(err)))
sys.stdout.buffer.write(bytes(bytearray(c.string_at(code, 4 * g.gt_inference_width(user)))))
g.gt_dataset_close(pictures)
g.gt_inference_destroy(user)
g.gt_run_close(run)
P
library=$(dirname "$GALATEA")/libgalatea.so
expect 0 env OMP_NUM_THREADS=1 python3 encode.py "$library" run sky.h5
cp out code
[ "$(wc -c <code)" -eq 16 ] || fail "$(wc -c <code) bytes are not a code of 4 numbers"
# Codes lie one after the other in the file, as floats of this machine.
cat >find.py <<'P'
import sys
code, everything = open("code", "rb").read(), open("codes.h5", "rb").read()
at = everything.find(code)
sys.exit(0 if at >= 0 and at % 4 == 0 else "the bytes of the code are not in codes.h5")
P
expect 0 python3 find.py
expect 1 env OMP_NUM_THREADS=1 python3 encode.py "$library" nothing sky.h5
one_line "nothing"
