"""Red and near infrared of one scene, uint16 in deflated tiles, fields and noise: make_scene.py RED NIR SIZE."""
import sys

import numpy as np
import rasterio
from rasterio.transform import from_origin
from rasterio.windows import Window

ROWS = 512


def make(path, size, level, seed):
    random = np.random.default_rng(seed)
    profile = {
        "driver": "GTiff", "width": size, "height": size, "count": 1, "dtype": "uint16", "crs": "EPSG:32643",
        "transform": from_origin(300_000, 2_600_000, 10, 10), "tiled": True, "blockxsize": 512, "blockysize": 512,
        "compress": "deflate", "predictor": 2, "nodata": 0,
    }
    x = np.arange(size)[None, :]
    with rasterio.open(path, "w", **profile) as band:
        for top in range(0, size, ROWS):
            y = np.arange(top, min(size, top + ROWS))[:, None]
            values = level + 400 * np.sin(x / 97) * np.cos(y / 131) + random.integers(0, 128, (len(y), size))
            values[(x // 40 + y // 40) % 53 == 0] = 0
            band.write(values.astype("uint16"), 1, window=Window(0, top, size, len(y)))


make(sys.argv[1], int(sys.argv[3]), 1500, 7)
make(sys.argv[2], int(sys.argv[3]), 4200, 8)
