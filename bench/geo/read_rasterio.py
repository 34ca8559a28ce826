"""The peer of read.mjs: read_rasterio.py RASTER, or read_rasterio.py make RASTER SIZE."""
import sys

import numpy as np
import rasterio
from rasterio.transform import from_origin
from rasterio.windows import Window

ROWS = 256


def make(path, size):
    random = np.random.default_rng(3)
    x, y = np.arange(size)[None, :], np.arange(size)[:, None]
    profile = {
        "driver": "GTiff", "width": size, "height": size, "count": 2, "dtype": "uint16", "tiled": True,
        "blockxsize": 256, "blockysize": 256, "interleave": "band", "crs": "EPSG:32643",
        "transform": from_origin(300_000, 2_600_000, 10, 10),
    }
    with rasterio.open(path, "w", **profile) as raster:
        for band in (1, 2):
            values = 3000 * band + 900 * np.sin(x / 61) * np.cos(y / 83) + random.integers(0, 64, (size, size))
            raster.write(values.astype("uint16"), band)


def total(path):
    with rasterio.open(path) as raster:
        found = 0
        for top in range(0, raster.height, ROWS):
            window = Window(0, top, raster.width, min(ROWS, raster.height - top))
            found += int(raster.read(window=window).sum(dtype="uint64"))
    print(found)


if sys.argv[1] == "make":
    make(sys.argv[2], int(sys.argv[3]))
else:
    total(sys.argv[1])
