"""The peer of zonal.ts: makes the band and the polygons, or takes the mean of each polygon as rasterio users do."""
import json
import math
import sys

import numpy as np
import rasterio
from rasterio.features import geometry_mask
from rasterio.transform import from_origin
from rasterio.windows import Window

CORNERS = 40


def make(raster, polygons, size, count):
    """A uint16 band of smooth fields and noise, and star-shaped polygons of about 150 x 150 pixels anywhere on it."""
    random = np.random.default_rng(7)
    transform = from_origin(500_000, 2_700_000, 10, 10)
    profile = {
        "driver": "GTiff", "width": size, "height": size, "count": 1, "dtype": "uint16", "crs": "EPSG:32643",
        "transform": transform, "tiled": True, "blockxsize": 512, "blockysize": 512, "compress": "deflate",
        "predictor": 2, "nodata": 0,
    }
    columns = np.arange(size)
    with rasterio.open(raster, "w", **profile) as band:
        for top in range(0, size, 512):
            rows = np.arange(top, min(size, top + 512))[:, None]
            field = 3000 + 1500 * np.sin(columns / 300) * np.cos(rows / 200)
            block = (field + random.normal(0, 60, field.shape)).astype("uint16")
            band.write(block, 1, window=Window(0, top, size, len(rows)))
    features = []
    for number in range(count):
        x, y = random.uniform(100, size - 100, 2)
        radii = random.uniform(50, 100, CORNERS)
        ring = [
            [500_000 + 10 * (x + r * math.cos(2 * math.pi * i / CORNERS)),
             2_700_000 - 10 * (y + r * math.sin(2 * math.pi * i / CORNERS))]
            for i, r in enumerate(radii)
        ]
        geometry = {"type": "Polygon", "coordinates": [ring + ring[:1]]}
        features.append({"type": "Feature", "properties": {"id": number}, "geometry": geometry})
    crs = {"type": "name", "properties": {"name": "EPSG:32643"}}
    with open(polygons, "w") as out:
        json.dump({"type": "FeatureCollection", "crs": crs, "features": features}, out)


def means(raster, polygons):
    total, pixels = 0.0, 0
    with rasterio.open(raster) as band:
        for feature in json.load(open(polygons))["features"]:
            ring = np.array(feature["geometry"]["coordinates"][0])
            columns, rows = ~band.transform * ring.T
            left, top = max(0, math.floor(columns.min())), max(0, math.floor(rows.min()))
            right, bottom = min(band.width, math.ceil(columns.max())), min(band.height, math.ceil(rows.max()))
            window = Window(left, top, right - left, bottom - top)
            values = band.read(1, window=window)
            transform = band.window_transform(window)
            inside = geometry_mask([feature["geometry"]], values.shape, transform, invert=True)
            chosen = values[inside & (values != band.nodata)]
            if chosen.size:
                total += chosen.mean()
            pixels += chosen.size
    print(json.dumps({"pixels": pixels, "means": total}))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
    else:
        means(sys.argv[2], sys.argv[3])
