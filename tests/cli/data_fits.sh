# galatea data import --format fits: what a person gives it, and what is told.
card() { printf '%-80s' "$1"; }
# picture FILE BYTE CARD...: 4 x 2 pixels of one byte, with further cards.
picture() {
    local file=$1 byte=$2 line cards=6
    shift 2
    {
        card "SIMPLE  = T"; card "BITPIX  = 8"; card "NAXIS   = 2"; card "NAXIS1  = 4"; card "NAXIS2  = 2"
        for line in "$@"; do card "$line"; cards=$((cards + 1)); done
        card END
        printf '%*s' $((2880 - cards * 80)) ''
        printf "\\$(printf %o "$byte")%.0s" 1 2 3 4; printf '\001\002\003\004'
        head -c 2872 /dev/zero
    } >"$file"
}
mkdir -p cutouts/spiral cutouts/disc
picture cutouts/spiral/b_g.fits 9 "OBJECT  = 'M 51'"
picture cutouts/spiral/b_r.fits 7
picture cutouts/disc/a_g.fits 5
expect 0 galatea data import --format fits cutouts --out all.h5
says out "all.h5: 3 of 3 images, 1 x 2 x 4 uint8"
expect 0 galatea data info all.h5
says out "disc"
says out "spiral"
expect 1 galatea data import --format fits cutouts --bands 'g=*_g.fits,r=*_r.fits' --out both.h5
one_line "cutouts: 1 of 2 objects have no file for some band: 'disc/a' without r; --incomplete drop leaves them out"
expect 0 galatea data import --format fits cutouts --bands 'g=*_g.fits,r=*_r.fits' --incomplete drop --out both.h5
one_line "cutouts: 1 object left out, for want of a band: 'disc/a' without r"
says out "both.h5: 1 of 1 image, 2 x 2 x 4 uint8"
# Place, scale and turn of single files stay through export and import.
mkdir turned
for i in 1 2; do
    picture turned/$i.fits $i "CTYPE1  = 'RA---TAN'" "CTYPE2  = 'DEC--TAN'" "CRPIX1  = 1.5" "CRPIX2  = 3.0" "CRVAL1  = 15$i.0" "CRVAL2  = 40.0" \
        "CD1_1   = -8.0E-5" "CD1_2   = 6.0E-5" "CD2_1   = 6.0E-5" "CD2_2   = 8.0E-5"
done
expect 0 galatea data import turned --out turned.h5
expect 0 galatea data export turned.h5 --single fits --out again
expect 0 galatea data import again --out again.h5
facts() { galatea data info "$1" | grep -v -e ^command -e "^made of" -e ^prepared -e "^[a-z]*.h5" -e ^values; }
[ "$(facts again.h5)" = "$(facts turned.h5)" ] || fail "turned pictures came back as $(facts again.h5), not $(facts turned.h5)"
tar --sort=name -cf again.tar again
expect 0 galatea data import --format fits again.tar --out again.h5
[ "$(facts again.h5)" = "$(facts turned.h5)" ] || fail "from an archive turned pictures came back as $(facts again.h5)"
galatea data info again.h5 | grep -q "north_angle: real" || fail "no turn"
gzip -c cutouts/disc/a_g.fits >a.fits.gz
expect 0 galatea data import --format fits a.fits.gz --out one.h5
printf 'cutouts/disc/a_g.fits\ncutouts/none.fits\n' >files.txt
expect 1 galatea data import --format fits files.txt --out none.h5
one_line "cutouts/none.fits: "
expect 0 galatea data import --format fits a.fits.gz --incomplete drop --out one.h5
one_line "--incomplete has no effect without --bands"
expect 2 galatea data import --format png cutouts --hdu 1 --out none.h5
one_line "--hdu is for the formats fits and pictures, not for png"
head -c -1 cutouts/disc/a_g.fits >unpadded.fits
expect 0 galatea data import --format fits unpadded.fits --out one.h5
says err "1 file: the last block of 2880 bytes is not filled up; all data are there"
head -c 2884 cutouts/disc/a_g.fits >cut.fits
expect 1 galatea data import --format fits cut.fits --out none.h5
one_line "cut.fits: HDU 0: 4 bytes of data, expected 8: the file is cut"
[ ! -e none.h5 ] || fail "a refused import left a file"

# Names are names: no bracket, pipe or address in one means anything.
mkdir odd && cd odd
for name in 'b[1].fits' '!keep.txt' ' a.fits' '~x.fits' 'a.fits(b.fits)' 'http:x.fits'; do
    picture "$name" 3
    expect 0 galatea data import --format fits "./$name" --out ../odd.h5
    mv "$name" ..
    [ "$(ls -A)" = "$(printf 'err\nout')" ] || fail "'$name' left $(ls -A)"
done

# Files that cannot be read stop an import, or are named, counted and left out.
mkdir broken
for i in 1 2 3 4 5; do picture broken/$i.fits $i; done
head -c 2881 broken/2.fits >cut && mv cut broken/2.fits
echo nothing >broken/4.fits
expect 1 galatea data import --format fits broken --out none.h5
one_line "broken/2.fits: HDU 0: 1 byte"
one_line "; --drop-damaged leaves out such files"
[ ! -e none.h5 ] || fail "a refused import left a file"
expect 0 galatea data import --format fits broken --drop-damaged --out some.h5
says out "some.h5: 3 of 3 images"
says err "left out: broken/2.fits: HDU 0: 1 byte"
says err "left out: broken/4.fits: "
says err "2 files cannot be read and are left out"
expect 0 galatea data import --format pictures broken --drop-damaged --out some.h5
says out "some.h5: 3 of 3 images"
says err "2 files cannot be read and are left out"
printf 'gone.fits\n1.fits\n2.fits\n' >broken/list.txt
expect 0 galatea data import --format fits broken/list.txt --drop-damaged --out some.h5
says out "some.h5: 1 of 1 image"
says err "2 files cannot be read and are left out"
rm broken/[135].fits
expect 1 galatea data import --format fits broken --drop-damaged --out none.h5
expect 2 galatea data import --format mirabest broken --drop-damaged --out none.h5
one_line "--drop-damaged is for folders of files"
