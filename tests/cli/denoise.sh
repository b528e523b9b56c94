# denoise: a table, curves and a sheet for two runs of a denoiser, and what it refuses.
galatea data synth --size 16 --count 60 --seed 1 --out sky.h5 >/dev/null || fail "no data"
for seed in 1 2; do
    galatea train diffusion --preset tiny --set width=4 --set levels=2 --data sky.h5 --out run$seed --epochs 2 --seed $seed \
        --threads 1 --quiet || fail "no run"
done
expect 0 galatea denoise run1 run2 --data sky.h5 --count 6 --noise-levels 0,25,100 --out psnr.csv --figure psnr.png --sheet d.png --pictures 2
says out "noise / 255"
says out "original"
says out "6 images"
[ "$(wc -l <psnr.csv)" -eq 37 ] || fail "psnr.csv has $(wc -l <psnr.csv) lines, expected 37"
cut -d , -f 4 psnr.csv | sed -n '2,19p' >first
cut -d , -f 4 psnr.csv | sed -n '20,37p' | cmp -s - first || fail "the two runs had other noise"
# The pictures themselves, with their ratios: those of the table.
expect 0 galatea denoise run1 run2 --data sky.h5 --rows 3,7 --noise-levels 25,100 --out psnr2.csv --images clean.h5 --threads 1
expect 0 galatea data info clean.h5
says out "clean.h5: 8 images, 1 x 16 x 16 uint8"
says out "noise: real, 25 to 100"
says out "data_row: integer, 3 to 7"
expect 0 galatea data export clean.h5 --where run=run2,noise=25 --out clean.fits
says out "clean.fits: 2 rows"
expect 0 galatea denoise run1 --data sky.h5 --count 6 --noise-levels 100 --json --threads 1
says out '"psnr_noisy"'
says out '"psnr_deviation"'
# What no network can hold.
expect 0 galatea denoise run1 --data sky.h5 --count 6 --noise-levels 100,3e38 --json --threads 1
says err "6 of 12 denoised images hold values that are not finite"
[ "$(grep -c '"psnr_mean": null' out)" -eq 1 ] || fail "a ratio of nothing is told, or one of something is not"
expect 0 galatea report run1 psnr.png d.png psnr.csv --out page.html
grep -q "Denoising" page.html || fail "the page has no part for denoising"
expect 2 galatea denoise run1 --data sky.h5 --noise-levels 10,x --out no.csv
expect 2 galatea denoise run1 --data sky.h5 --noise-levels -5 --out no.csv
one_line "noise level -5: expected 0 or more"
expect 1 galatea denoise run1 --data sky.h5 --rows 60 --out no.csv
expect 1 galatea denoise run1 --data sky.h5 --count 2 --noise-levels 0 --out no.csv --images no.h5 --figure no.png # all or none
one_line "no level has noise"
[ -z "$(find . -name "*no.*")" ] || fail "a part of the results is there"
galatea data synth --size 32 --count 4 --seed 1 --out wide.h5 >/dev/null || fail "no data"
expect 1 galatea denoise run1 --data wide.h5 --out no.csv
one_line "images of 1x32x32"
[ ! -e no.csv ] || fail "a refused call left a file"

# The rate of a small training falls, for the sake of its samples; that of the paper is as published.
for preset in small=cosine paper=halve; do
    expect 0 galatea train diffusion --preset ${preset%=*} --data sky.h5 --out no --print-config
    says out "schedule = ${preset#*=}  # preset"
done

# What comes of a denoiser: samples by both walks, the same for equal calls; they stop where they should.
expect 0 galatea sample run1 --count 3 --out a.h5 --threads 1 --max-steps 60
mv a.h5 first.h5
expect 0 galatea sample run1 --count 3 --out a.h5 --threads 1 --max-steps 60
cmp a.h5 first.h5 || fail "equal calls gave other samples"
grep -aqF '"trained": {"run1/best.safetensors": {"epochs": 2, "steps": ' a.h5 || fail "the record does not say how long run1 learned"
expect 0 galatea sample run1 --count 5 --batch 2 --out five.h5 --threads 1 # two places for five
says out "5 images"
expect 0 galatea sample run1 --count 10 --batch 1 --out many.h5 --threads 1 --max-steps 1 # what befell all is told once
says err "10 of 10 pictures are mostly noise"
[ "$(grep -c "mostly noise" err)" -eq 1 ] || fail "a remark for each batch"
expect 0 galatea sample run1 --count 3 --sampler ornstein-uhlenbeck --steps 20 --out c.h5 --threads 1
expect 2 galatea sample run1 --count 3 --sampler ornstein-uhlenbeck --end-time 0.5 --out no.h5
says err "end-time 0.5"
expect 2 galatea train diffusion --preset tiny --set levels=5 --data sky.h5 --out no --epochs 1
one_line "images of 16x16: a U-Net of 5 levels needs sides that are multiples of 32"
expect 0 galatea train diffusion --preset tiny --set width=4 --set levels=2 --data sky.h5 --out cut --epochs 1 --batch 16 --micro-batch 8
says err "every batch is 2 parts of 8 images with statistics of their own"
