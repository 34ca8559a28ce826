"""What rasterio and GDAL find in rasters: usage inspect-rasters.py FILE…, prints one JSON line a file."""
import hashlib
import json
import struct
import sys

import rasterio
from osgeo import gdal
from osgeo_utils.samples.validate_cloud_optimized_geotiff import validate

heard = []
gdal.PushErrorHandler(lambda kind, number, message: heard.append(message))


def digest(arrays):
    sha256 = hashlib.sha256()
    for array in arrays:
        sha256.update(array.astype(array.dtype.newbyteorder("<")).tobytes())
    return sha256.hexdigest()


def level(path, options):
    with rasterio.open(path, **options) as source:
        return {
            "width": source.width,
            "height": source.height,
            "sha256": digest(source.read(band + 1) for band in range(source.count)),
        }


def tags(path):
    """Values of the tags that place the raster, as they are in its first directory."""
    with open(path, "rb") as file:
        data = file.read()
    big = data[2] == 43
    at = struct.unpack_from("<Q" if big else "<I", data, 8 if big else 4)[0]
    count = struct.unpack_from("<Q" if big else "<H", data, at)[0]
    found = {}
    for i in range(count):
        entry = at + (8 + i * 20 if big else 2 + i * 12)
        tag, kind = struct.unpack_from("<HH", data, entry)
        number = struct.unpack_from("<Q" if big else "<I", data, entry + 4)[0]
        size = {1: 1, 2: 1, 3: 2, 4: 4, 12: 8, 16: 8}[kind] * number
        place = entry + (12 if big else 8)
        if size > (8 if big else 4):
            place = struct.unpack_from("<Q" if big else "<I", data, place)[0]
        if tag in (33550, 33922, 34264, 34735, 34736, 34737):
            found[tag] = data[place : place + size].hex()
    return found


for path in sys.argv[1:]:
    heard.clear()
    gdal.Info(path, computeChecksum=True)
    dataset = gdal.Open(path)
    bands = [dataset.GetRasterBand(i + 1) for i in range(dataset.RasterCount)]
    errors, details = validate(path, full_check=True)[:2]
    nodata = bands[0].GetNoDataValue()
    levels = [{}] + [{"overview_level": i} for i in range(bands[0].GetOverviewCount())]
    with rasterio.open(path) as source:
        dtype = source.dtypes[0]
    facts = {
        "path": path,
        "heard": list(heard),
        "notCog": errors,
        "bands": len(bands),
        "dtype": dtype,
        "nodata": None if nodata is None else str(nodata),
        "names": [band.GetDescription() for band in bands],
        "scaling": [[band.GetScale(), band.GetOffset()] for band in bands],
        "block": bands[0].GetBlockSize(),
        "geotransform": dataset.GetGeoTransform(),
        "system": dataset.GetProjection(),
        "structure": dataset.GetMetadata("IMAGE_STRUCTURE"),
        "isBig": open(path, "rb").read(3)[2] == 43,
        "tags": tags(path),
        "levels": [level(path, options) for options in levels],
    }
    print(json.dumps(facts))
