"""A peer of ndvi.ts: NDVI by rasterio and numpy, rows of tiles at a time: ndvi_rasterio.py RED NIR OUTPUT."""
import json
import sys

import numpy as np
import rasterio
from rasterio.windows import Window

ROWS = 512

with rasterio.open(sys.argv[1]) as red, rasterio.open(sys.argv[2]) as nir:
    profile = {**red.profile, "dtype": "float32", "nodata": np.nan, "predictor": 3, "zlevel": 6}
    total, count = 0.0, 0
    with rasterio.open(sys.argv[3], "w", **profile) as output:
        for top in range(0, red.height, ROWS):
            window = Window(0, top, red.width, min(ROWS, red.height - top))
            r = red.read(1, window=window).astype("float32")
            n = nir.read(1, window=window).astype("float32")
            with np.errstate(invalid="ignore"):
                index = np.where((r == 0) | (n == 0), np.float32(np.nan), (n - r) / (n + r))
            total += np.nansum(index, dtype="float64")
            count += int(np.isfinite(index).sum())
            output.write(index, 1, window=window)
print(json.dumps({"count": count, "mean": total / count}))
