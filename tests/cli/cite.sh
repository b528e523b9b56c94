# --cite: BibTeX of the program and of what a call uses, and no work.
expect 0 galatea --cite
[ "$(grep -c '^@' out)" -eq 1 ] || fail "not one entry"
says out "@software{Galatea,"
cites() { # "KEY..." COMMAND...: these papers and no others
    local keys=$1
    shift
    expect 0 galatea "$@" --cite
    [ "$(sed -n 's/^@[a-z]*{\(.*\),$/\1/p' out | tr '\n' ' ')" = "Galatea $keys " ] || fail "galatea $*: not $keys"
    [ -s err ] && fail "something was said besides"
    return 0
}
cites "Liu2021" train gan
cites "Chen2020 He2016" train simclr --preset tiny --data no.h5 --out run
cites "vanderMaaten2008 Linderman2019" embed codes.h5 --out map.h5
cites "Lotz2004 RodriguezGomez2019" morph set.h5
expect 0 galatea embed codes.h5 --method pca --cite
[ "$(grep -c '^@' out)" -eq 1 ] || fail "PCA cites t-SNE"
cites "Breiman2001 Chang2011" classify codes.h5 --method rf,svc
cites "Porter2023" data import x --format mirabest
cites "Kingma2018" info glow
cites "Heusel2017 Binkowski2018 Naeem2020 Kynkaanniemi2019 Meehan2020 Friedman2023" judge
expect 0 galatea data import x --cite
[ "$(grep -c '^@' out)" -eq 1 ] || fail "an import cites what it does not use"
# runs, and what was made by one
galatea data synth --size 16 --count 20 --out sky.h5 >/dev/null || fail "no data"
galatea train diffusion --preset tiny --set width=4 --set levels=2 --batch 8 --data sky.h5 --out run --epochs 1 --threads 1 --quiet \
    --sample-every 0 --nearest 0 || fail "no run"
cites "Kadkhodaie2024 Mohan2020" info run
cites "Kadkhodaie2024 Mohan2020 Kadkhodaie2021" sample run
cites "Kadkhodaie2024 Mohan2020" sample run --sampler ornstein-uhlenbeck
cites "Kadkhodaie2024 Mohan2020" info run/state.safetensors
galatea embed sky.h5 --out map.h5 --table map.fits --iterations 5 --perplexity 3 --quiet || fail "no map"
cites "vanderMaaten2008 Linderman2019" info map.h5
cites "vanderMaaten2008 Linderman2019" info map.fits
# braces are closed, keys stand once
for model in vdvae simclr byol simsiam maf diffusion gan glow; do galatea train $model --cite; done >all
[ "$(tr -cd '{' <all | wc -c)" -eq "$(tr -cd '}' <all | wc -c)" ] || fail "braces"
