"""Rasters as GDAL writes them, and what GDAL reads back from each: usage write-gdal-rasters.py FOLDER

Prints one JSON line a file: {"name", "type", "width", "height", "bands", "options", "raw"}; `raw` holds the samples as
GDAL reads them, band after band, row by row, little-endian.
"""
import json
import random
import sys
from os.path import join

import numpy
from osgeo import gdal, osr

gdal.UseExceptions()
FOLDER = sys.argv[1]
WIDTH, HEIGHT, BANDS = 61, 45, 3
TYPES = {
    "uint8": gdal.GDT_Byte,
    "int8": gdal.GDT_Byte,
    "uint16": gdal.GDT_UInt16,
    "int16": gdal.GDT_Int16,
    "uint32": gdal.GDT_UInt32,
    "int32": gdal.GDT_Int32,
    "float32": gdal.GDT_Float32,
    "float64": gdal.GDT_Float64,
}
LAYOUTS = [
    ["BLOCKYSIZE=1"],
    ["BLOCKYSIZE=7"],
    [f"BLOCKYSIZE={HEIGHT}"],
    ["TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=16"],
]
ORDERS = [
    [f"INTERLEAVE={interleave}", f"BIGTIFF={big}", f"ENDIANNESS={endianness}"]
    for interleave in ("PIXEL", "BAND")
    for big in ("YES", "NO")
    for endianness in ("LITTLE", "BIG")
]
numbers = numpy.random.default_rng(20261121)
picks = random.Random(20261121)


def values(kind):
    """Noise, gradients and runs: each teaches a coder something else."""
    rows, columns = numpy.mgrid[0:HEIGHT, 0:WIDTH]
    bands = []
    for band in range(BANDS):
        if kind.startswith("float"):
            samples = numpy.sin(columns / 9 + band) * 1000 + rows * 0.37 - band * 1e5
            noise = numbers.normal(size=samples.shape) * 10.0 ** numbers.integers(-30, 30, samples.shape)
        else:
            info = numpy.iinfo(kind)
            samples = (columns * 3 + rows * 7 + band * 11) % 100
            noise = numbers.integers(info.min, info.max, samples.shape, endpoint=True, dtype=kind)
        samples = numpy.where((rows + columns) % 17 < 4, noise, samples)
        samples[10:20, 5:40] = 7
        if kind.startswith("float"):
            samples[30, 3:9] = numpy.nan
            samples[31, 3] = numpy.inf
        bands.append(samples.astype(kind))
    return bands


def create(name, kind, options, bands):
    extra = ["PIXELTYPE=SIGNEDBYTE"] if kind == "int8" else []
    dataset = gdal.GetDriverByName("GTiff").Create(
        join(FOLDER, name), WIDTH, HEIGHT, bands, TYPES[kind], options + extra
    )
    dataset.SetGeoTransform((500000, 10, 0, 2600000, 0, -10))
    system = osr.SpatialReference()
    system.ImportFromEPSG(32643)
    dataset.SetProjection(system.ExportToWkt())
    return dataset


def raw(band):
    array = band.ReadAsArray()
    return array.astype(array.dtype.newbyteorder("<")).tobytes()


def report(name, kind, options, read=lambda dataset: [dataset.GetRasterBand(b + 1) for b in range(dataset.RasterCount)], **more):
    dataset = gdal.Open(join(FOLDER, name))
    bands = read(dataset)
    with open(join(FOLDER, name + ".raw"), "wb") as file:
        for band in bands:
            file.write(raw(band))
    print(
        json.dumps(
            {
                "name": name,
                "type": kind,
                "width": bands[0].XSize,
                "height": bands[0].YSize,
                "bands": len(bands),
                "options": " ".join(options),
                "raw": name + ".raw",
                **more,
            }
        )
    )


def matrix():
    count = 0
    for kind in TYPES:
        bands = values(kind)
        isFloat = kind.startswith("float")
        codings = [["COMPRESS=NONE"], ["COMPRESS=PACKBITS"]] + [
            [f"COMPRESS={coding}", f"PREDICTOR={predictor}"]
            for coding in ("LZW", "DEFLATE", "ZSTD")
            for predictor in ([1, 2, 3] if isFloat else [1, 2])
        ]
        for layout in LAYOUTS:
            for coding in codings:
                for order in picks.sample(ORDERS, 2):
                    options = layout + coding + order
                    name = f"{kind}-{count}.tif"
                    count += 1
                    dataset = create(name, kind, options, BANDS)
                    for i, samples in enumerate(bands):
                        dataset.GetRasterBand(i + 1).WriteArray(samples.view("uint8") if kind == "int8" else samples)
                    dataset = None
                    report(name, kind, options, group="matrix")


def sparse():
    for kind, nodata in (("uint8", None), ("int16", -9999), ("uint8", 300), ("float32", float("nan"))):
        options = ["TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16", "SPARSE_OK=TRUE", "COMPRESS=DEFLATE"]
        name = f"sparse-{kind}-{nodata}.tif"
        dataset = create(name, kind, options, 1)
        if nodata is not None:
            dataset.GetRasterBand(1).SetNoDataValue(nodata)
        dataset.GetRasterBand(1).WriteArray(values(kind)[0][:16, :16], 16, 16)
        dataset = None
        report(name, kind, options, group="sparse")


def overviews():
    for kind in ("uint8", "float32"):
        options = ["TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16", "COMPRESS=DEFLATE"]
        name = f"overviews-{kind}.tif"
        dataset = create(name, kind, options, BANDS)
        for i, samples in enumerate(values(kind)):
            dataset.GetRasterBand(i + 1).WriteArray(samples)
        dataset = None
        dataset = gdal.Open(join(FOLDER, name), gdal.GA_Update)
        dataset.BuildOverviews("NEAREST", [2, 4])
        dataset = None
        for level in (0, 1):
            copy = f"{name}.{level}"
            dataset = gdal.Open(join(FOLDER, name))
            with open(join(FOLDER, copy + ".raw"), "wb") as file:
                for band in range(BANDS):
                    file.write(raw(dataset.GetRasterBand(band + 1).GetOverview(level)))
            overview = dataset.GetRasterBand(1).GetOverview(level)
            print(
                json.dumps(
                    {
                        "name": name,
                        "type": kind,
                        "width": overview.XSize,
                        "height": overview.YSize,
                        "bands": BANDS,
                        "options": f"overview {level}",
                        "raw": copy + ".raw",
                        "group": "overviews",
                        "level": level,
                    }
                )
            )


def packed():
    for bits in (1, 2, 4):
        for interleave in ("PIXEL", "BAND"):
            options = [f"NBITS={bits}", "COMPRESS=DEFLATE", "BLOCKYSIZE=5", f"INTERLEAVE={interleave}"]
            name = f"packed-{bits}-{interleave}.tif"
            dataset = create(name, "uint8", options, BANDS)
            for i, samples in enumerate(values("uint8")):
                dataset.GetRasterBand(i + 1).WriteArray(samples % 2**bits)
            dataset = None
            report(name, "uint8", options, group="packed")


def masked():
    """The truth has nodata, or NaN, where the mask hides."""
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")
    for kind, nodata, layout in (
        ("uint8", 255, ["TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16"]),
        ("float32", None, ["BLOCKYSIZE=7"]),
        ("uint16", None, ["BLOCKYSIZE=7"]),
    ):
        name = f"masked-{kind}.tif"
        dataset = create(name, kind, layout + ["COMPRESS=LZW"], 2)
        bands = values(kind)[:2]
        shown = numpy.ones((HEIGHT, WIDTH), "uint8") * 255
        shown[5:30, 20:50] = 0
        dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
        dataset.GetRasterBand(1).GetMaskBand().WriteArray(shown)
        for i, samples in enumerate(bands):
            dataset.GetRasterBand(i + 1).WriteArray(samples)
        dataset = None
        # GDAL takes a nodata value for the mask when both are there, so the value is added last.
        if nodata is not None:
            dataset = gdal.Open(join(FOLDER, name), gdal.GA_Update)
            for i in range(2):
                dataset.GetRasterBand(i + 1).SetNoDataValue(nodata)
            dataset = None
        with open(join(FOLDER, name + ".raw"), "wb") as file:
            for samples in bands:
                hidden = samples.copy()
                hidden[shown == 0] = numpy.nan if kind == "float32" else (nodata or 0)
                file.write(hidden.tobytes())
        print(
            json.dumps(
                {
                    "name": name,
                    "type": kind,
                    "width": WIDTH,
                    "height": HEIGHT,
                    "bands": 2,
                    "options": "mask",
                    "raw": name + ".raw",
                    "group": "masked",
                }
            )
        )


matrix()
sparse()
overviews()
packed()
masked()
