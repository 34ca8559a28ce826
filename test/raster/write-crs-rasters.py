"""Rasters of 4 x 3 pixels around a place, one in each system: usage write-crs-rasters.py FOLDER, systems on stdin.

A line of standard input is `longitude latitude pixel-size system`; files are 0.tif, 1.tif, …
"""
import sys
from os.path import join

from osgeo import gdal, osr

gdal.UseExceptions()
for number, line in enumerate(sys.stdin.read().splitlines()):
    lon, lat, size, definition = line.split(" ", 3)
    system = osr.SpatialReference()
    system.SetFromUserInput(definition)
    degrees = osr.SpatialReference()
    degrees.ImportFromEPSG(4326)
    for each in (system, degrees):
        each.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    x, y, _ = osr.CoordinateTransformation(degrees, system).TransformPoint(float(lon), float(lat))
    size = float(size)
    dataset = gdal.GetDriverByName("GTiff").Create(join(sys.argv[1], f"{number}.tif"), 4, 3, 1, gdal.GDT_Byte)
    dataset.SetGeoTransform((x - 2 * size, size, 0, y + 1.5 * size, 0, -size))
    dataset.SetProjection(system.ExportToWkt())
