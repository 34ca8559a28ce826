"""Centre-rule masks by rasterio of polygons in pixel coordinates of a north-up raster: JSON in, JSON out."""
import json
import sys
from affine import Affine
from rasterio.features import geometry_mask

masks = []
for case in json.load(sys.stdin):
    parts = [[[[x, -y] for x, y in ring] for ring in part] for part in case["parts"]]
    geometry = {"type": "MultiPolygon", "coordinates": parts}
    shape = (case["height"], case["width"])
    mask = geometry_mask([geometry], shape, Affine(1, 0, 0, 0, -1, 0), invert=True)
    masks.append("".join("1" if inside else "0" for inside in mask.ravel()))
json.dump(masks, sys.stdout)
