#!/usr/bin/env python3
"""Makes the FITS files of this folder with astropy, and what astropy reads from them.

    make.py            needs astropy, numpy and safetensors; writes beside itself

values.safetensors: "FILE/HDU" float32 (planes, height, width), first row at the top; "FILE/place"
float64: ra, dec, arcsec per pixel, degrees from up to north counterclockwise, 1 if mirrored, all at
the middle of the picture.
"""
import gzip
import os
import warnings

import numpy as np
from astropy import units
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.utils.exceptions import AstropyWarning
from astropy.wcs import WCS
from safetensors.numpy import save_file

os.chdir(os.path.dirname(os.path.abspath(__file__)))
warnings.simplefilter("ignore", AstropyWarning)
rng = np.random.default_rng(7)
values = {}


def keep(name, exact):
    exact = np.asarray(exact)
    planes = exact.reshape((-1,) + exact.shape[-2:])
    values[name] = np.ascontiguousarray(planes[:, ::-1].astype(np.float32))


def keep_place(name, header):
    wcs = WCS(header).celestial
    height, width = wcs.array_shape
    middle = ((width - 1) / 2, (height - 1) / 2)
    at = wcs.pixel_to_world(*middle)
    frame = "icrs" if at.name == "galactic" else at.frame.replicate_without_data()
    at = at.transform_to(frame)
    step = 1e-3 / 3600 * units.deg
    north = SkyCoord(at.ra, at.dec + step, frame=frame)
    east = SkyCoord(at.ra + step / np.cos(at.dec.rad), at.dec, frame=frame)
    n = np.array(wcs.world_to_pixel(north)) - middle
    e = np.array(wcs.world_to_pixel(east)) - middle
    area = e[0] * n[1] - e[1] * n[0]
    values[name + "/place"] = np.array(
        [at.ra.deg, at.dec.deg, 1e-3 / np.sqrt(abs(area)), np.degrees(np.arctan2(-n[0], n[1])),
         float(area > 0)])


def types():
    hdus = [fits.PrimaryHDU()]
    for name in ["uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]:
        info = np.iinfo(name)
        data = rng.integers(info.min, info.max, (3, 4), dtype=name, endpoint=True)
        data[0, :2] = info.min, info.max
        hdus.append(fits.ImageHDU(data, name=name))
        keep("types.fits/" + name, data)
    for name in ["float32", "float64"]:
        data = rng.normal(0, 1e3, (3, 4)).astype(name)
        data[1, :3] = np.nan, 1e-30, -0.0
        hdus.append(fits.ImageHDU(data, name=name))
        keep("types.fits/" + name, data)
    fits.HDUList(hdus).writeto("types.fits", overwrite=True)


def scaled():
    stored = rng.integers(-30000, 30000, (3, 4), dtype=np.int16)
    stored[2, 1] = -32768
    hdu = fits.PrimaryHDU(stored)
    hdu.header["BSCALE"], hdu.header["BZERO"], hdu.header["BLANK"] = 0.125, 1000.5, -32768
    hdu.writeto("scaled.fits", overwrite=True)
    exact = stored * 0.125 + 1000.5
    exact[2, 1] = np.nan
    keep("scaled.fits/0", exact)


def tiled():
    ints = rng.integers(-500, 500, (2, 6, 7), dtype=np.int16)
    reals = rng.normal(0, 1, (40, 33)).astype(np.float32)
    reals[3, 5] = np.nan
    doubles = rng.normal(0, 1, (5, 4))
    hdus = [fits.PrimaryHDU(),
            fits.CompImageHDU(ints, name="RICE", compression_type="RICE_1"),
            fits.CompImageHDU(ints[0] & 255, name="PLIO",
                              compression_type="PLIO_1"),
            fits.CompImageHDU(ints[0].repeat(4, 0), name="HCOMP", compression_type="HCOMPRESS_1",
                              tile_shape=(24, 7)),
            fits.CompImageHDU(reals, name="LOSSY", compression_type="RICE_1",
                              quantize_level=16),
            fits.CompImageHDU(doubles, name="GZIP", compression_type="GZIP_2",
                              quantize_level=0)]
    fits.HDUList(hdus).writeto("tiled.fits.fz", overwrite=True)
    with fits.open("tiled.fits.fz") as file:
        for hdu in file[1:]:
            keep("tiled.fits.fz/" + hdu.name, hdu.data)


def cube():
    data = rng.normal(0, 1, (3, 4, 5)).astype(np.float32)
    hdu = fits.PrimaryHDU(data)
    hdu.header["BUNIT"], hdu.header["OBJECT"] = "nJy", "three 'odd' ones"
    hdu.writeto("cube.fits", overwrite=True)
    keep("cube.fits/0", data)
    with open("cube.fits", "rb") as file, open("cube.fits.gz", "wb") as packed:
        with gzip.GzipFile("", "wb", fileobj=packed, mtime=0) as out:
            out.write(file.read())


def radio():
    data = rng.normal(0, 1e-4, (1, 1, 4, 6)).astype(np.float32)
    hdu = fits.PrimaryHDU(data)
    cards = {"CTYPE1": "RA---SIN", "CRVAL1": 187.70593, "CDELT1": -0.0005, "CRPIX1": 2.0,
             "CTYPE2": "DEC--SIN", "CRVAL2": 12.39112, "CDELT2": 0.0005, "CRPIX2": 1.0,
             "CTYPE3": "FREQ", "CRVAL3": 1.4e9, "CDELT3": 1e6, "CRPIX3": 1.0,
             "CTYPE4": "STOKES", "CRVAL4": 1.0, "CDELT4": 1.0, "CRPIX4": 1.0,
             "EQUINOX": 2000.0, "BUNIT": "JY/BEAM"}
    hdu.header.update(cards)
    hdu.writeto("radio.fits", overwrite=True)
    keep("radio.fits/0", data)
    keep_place("radio.fits", hdu.header)


def placed(name, **cards):
    hdu = fits.PrimaryHDU(np.zeros((40, 50), np.uint8))
    hdu.header.update({"CRPIX1": 10.5, "CRPIX2": 30.25, "RADESYS": "ICRS"})
    hdu.header.update(cards)
    keep_place(name, hdu.header)
    hdu.header.tofile(name, overwrite=True, padding=True)
    with open(name, "ab") as file:
        file.write(bytes(2880))


def places():
    turn = np.radians(40)
    scale = 0.262 / 3600
    tan = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 0.002, "CRVAL2": 60.0}
    cd = {"CD1_1": -scale * np.cos(turn), "CD1_2": scale * np.sin(turn),
          "CD2_1": scale * np.sin(turn), "CD2_2": scale * np.cos(turn)}
    placed("turned.fits", **tan, **cd)
    placed("mirrored.fits", **tan, CDELT1=scale, CDELT2=scale, CROTA2=25.0)
    placed("galactic.fits", CTYPE1="GLON-CAR", CTYPE2="GLAT-CAR", CRVAL1=30.0, CRVAL2=0.0,
           CDELT1=-0.01, CDELT2=0.01)
    sip = {**tan, **cd, "CTYPE1": "RA---TAN-SIP", "CTYPE2": "DEC--TAN-SIP", "CRVAL2": -89.9,
           "A_ORDER": 2, "B_ORDER": 2, "A_2_0": 1e-4, "B_1_1": -2e-4}
    placed("sip.fits", **sip)


def ramp(name, shape, dtype, times=1, tile=None):
    data = (np.arange(np.prod(shape)) * times).reshape(shape).astype(dtype)
    return fits.CompImageHDU(data, compression_type="RICE_1", tile_shape=tile, name=name)


def axes():
    units = [ramp("RADIO", (1, 1, 6, 7), "i2"), ramp("LINES", (3, 2, 5, 6), "i2", 1, (1, 1, 3, 6)),
             ramp("LONG", (1, 1, 50, 70), "i4", 33333, (1, 1, 3, 50)),
             ramp("COLOUR", (5, 6, 3), "i2", 1, (2, 6, 3)),
             ramp("COLOURS", (2, 5, 6, 3), "i2", 1, (1, 5, 6, 3)),
             ramp("DEEP", (5, 6, 7), "i2", 1, (2, 4, 7)),
             ramp("DEEPER", (3, 5, 4, 6), "i2", 1, (1, 2, 3, 6)),
             ramp("DEEPEST", (3, 2, 4, 6), "i4", 33333, (2, 2, 4, 6))]
    fits.HDUList([fits.PrimaryHDU(), *units]).writeto("axes.fits.fz", overwrite=True)


types()
scaled()
tiled()
cube()
radio()
places()
axes()
save_file(values, "values.safetensors")
