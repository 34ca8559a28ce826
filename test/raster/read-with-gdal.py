"""What GDAL says of rasters: usage read-with-gdal.py FILE…, prints one JSON line a file."""
import hashlib
import json
import sys

from osgeo import gdal, osr

gdal.UseExceptions()


def place(dataset, column, row):
    """Longitude and latitude of a pixel position, or None."""
    system = dataset.GetSpatialRef()
    if system is None:
        return None
    system = system.Clone()
    degrees = osr.SpatialReference()
    degrees.ImportFromEPSG(4326)
    for each in (system, degrees):
        each.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    x0, dx, _, y0, _, dy = dataset.GetGeoTransform()
    try:
        lon, lat, _ = osr.CoordinateTransformation(system, degrees).TransformPoint(x0 + column * dx, y0 + row * dy)
    except (RuntimeError, TypeError):
        return None
    return [lon, lat]


for path in sys.argv[1:]:
    dataset = gdal.Open(path)
    bands = [dataset.GetRasterBand(i + 1) for i in range(dataset.RasterCount)]
    digest = hashlib.sha256()
    for band in bands:
        array = band.ReadAsArray()
        digest.update(array.astype(array.dtype.newbyteorder("<")).tobytes())
    width, height = dataset.RasterXSize, dataset.RasterYSize
    nodata = bands[0].GetNoDataValue()
    print(
        json.dumps(
            {
                "path": path,
                "width": width,
                "height": height,
                "geotransform": dataset.GetGeoTransform(),
                "nodata": None if nodata is None else str(nodata),
                "names": [band.GetDescription() for band in bands],
                "scaling": [[band.GetScale(), band.GetOffset()] for band in bands],
                "block": bands[0].GetBlockSize(),
                "sha256": digest.hexdigest(),
                "places": [
                    [column, row, place(dataset, column, row)]
                    for column in (0, width / 2, width)
                    for row in (0, height / 2, height)
                ],
            }
        )
    )
