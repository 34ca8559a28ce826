"""The peer of desilting.ts, as a script of rasterio and scipy would do it: desilting_peer.py whole|windows POINTS RESULTS RASTER…

The rules are those of the task: water is class 2, 3 or 4; a pixel with water in two years or more is persistent; the
nearest centre of such a pixel within 1500 m of the point, by distance on the ellipsoid, is its water.
`whole` reads every raster once, rows of tiles at a time, and asks a k-d tree; `windows` reads around each point.
"""
import csv
import math
import sys

import numpy as np
import rasterio
from rasterio.warp import transform
from rasterio.windows import Window
from scipy.spatial import cKDTree

RADIUS_M = 1500
MINIMUM_YEARS = 2
ROWS = 512
# UTM is off by up to 0.1 % of a distance: the nearest of these on the ellipsoid is the nearest of all.
CANDIDATES = 8
SLACK = 1.002
IS_WATER = np.zeros(256, dtype="uint8")
IS_WATER[[2, 3, 4]] = 1


def persistent(rasters, window):
    years = np.zeros((int(window.height), int(window.width)), dtype="uint8")
    for raster in rasters:
        years += IS_WATER[raster.read(1, window=window)]
    rows, columns = np.nonzero(years >= MINIMUM_YEARS)
    grid = rasters[0].transform
    x = grid.c + grid.a * (columns + window.col_off + 0.5)
    y = grid.f + grid.e * (rows + window.row_off + 0.5)
    return np.column_stack([x, y])


def geodesic(lon, lat, lons, lats):
    """Vincenty's inverse on WGS 84, one place against several, in metres."""
    a, f = 6378137.0, 1 / 298.257223563
    b = a * (1 - f)
    u1, u2 = math.atan((1 - f) * math.tan(math.radians(lat))), np.arctan((1 - f) * np.tan(np.radians(lats)))
    difference = np.radians(lons - lon)
    turn = difference.copy()
    for _ in range(20):
        sin_sigma = np.hypot(np.cos(u2) * np.sin(turn), math.cos(u1) * np.sin(u2) - math.sin(u1) * np.cos(u2) * np.cos(turn))
        cos_sigma = math.sin(u1) * np.sin(u2) + math.cos(u1) * np.cos(u2) * np.cos(turn)
        sigma = np.arctan2(sin_sigma, cos_sigma)
        with np.errstate(invalid="ignore", divide="ignore"):
            sin_alpha = np.where(sin_sigma == 0, 0, math.cos(u1) * np.cos(u2) * np.sin(turn) / sin_sigma)
        cos2 = 1 - sin_alpha**2
        middle = cos_sigma - 2 * math.sin(u1) * np.sin(u2) / cos2
        c = f / 16 * cos2 * (4 + f * (4 - 3 * cos2))
        turn = difference + (1 - c) * f * sin_alpha * (
            sigma + c * sin_sigma * (middle + c * cos_sigma * (2 * middle**2 - 1))
        )
    square = cos2 * (a * a - b * b) / (b * b)
    big_a = 1 + square / 16384 * (4096 + square * (-768 + square * (320 - 175 * square)))
    big_b = square / 1024 * (256 + square * (-128 + square * (74 - 47 * square)))
    change = big_b * sin_sigma * (middle + big_b / 4 * (cos_sigma * (2 * middle**2 - 1)))
    return b * big_a * (sigma - change)


def nearest(crs, place, centres):
    """The nearest of a few centres on the ellipsoid, or None."""
    if len(centres) == 0:
        return None
    lons, lats = (np.array(found) for found in transform(crs, "EPSG:4326", centres[:, 0], centres[:, 1]))
    distances = geodesic(*place, lons, lats)
    best = int(np.argmin(distances))
    return None if distances[best] > RADIUS_M else (lats[best], lons[best], distances[best])


def by_tree(rasters, places, positions):
    first = rasters[0]
    parts = [
        persistent(rasters, Window(0, top, first.width, min(ROWS, first.height - top)))
        for top in range(0, first.height, ROWS)
    ]
    centres = np.vstack(parts)
    distances, found = cKDTree(centres).query(positions, k=CANDIDATES, distance_upper_bound=RADIUS_M * SLACK)
    for place, row, chosen in zip(places, distances, found):
        yield nearest(first.crs, place, centres[chosen[np.isfinite(row)]])


def by_windows(rasters, places, positions):
    first = rasters[0]
    whole = Window(0, 0, first.width, first.height)
    reach = math.ceil(RADIUS_M * SLACK / first.transform.a) + 1
    for place, (x, y) in zip(places, positions):
        column, row = int((x - first.transform.c) / first.transform.a), int((y - first.transform.f) / first.transform.e)
        window = Window(column - reach, row - reach, 2 * reach + 1, 2 * reach + 1).intersection(whole)
        centres = persistent(rasters, window)
        squares = ((centres - [x, y]) ** 2).sum(axis=1)
        chosen = np.argpartition(squares, CANDIDATES)[:CANDIDATES] if len(squares) > CANDIDATES else slice(None)
        yield nearest(first.crs, place, centres[chosen])


def main(how, points, results, *paths):
    rasters = [rasterio.open(path) for path in paths]
    with open(points) as file:
        places = [(float(row["longitude"]), float(row["latitude"])) for row in csv.DictReader(file)]
    lons, lats = zip(*places)
    positions = np.column_stack(transform("EPSG:4326", rasters[0].crs, lons, lats))
    found = {"whole": by_tree, "windows": by_windows}[how](rasters, places, positions)
    count = 0
    with open(results, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["longitude", "latitude", "water_latitude", "water_longitude", "distance_m"])
        for place, water in zip(places, found):
            writer.writerow([*place, *(water or ("", "", ""))])
            count += water is not None
    print(count)


main(*sys.argv[1:])
