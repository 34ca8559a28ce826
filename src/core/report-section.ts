/** A part of a batch's HTML report that a task makes in `finish`: maps, charts and tables, as data. */

export interface ReportSection {
  /** Lower-case words joined by `-`; a section of the same id replaces it. */
  id: string;
  title: string;
  /** A sentence or two above the items. */
  text?: string;
  items: ReportItem[];
}

export type ReportItem = ReportMap | ReportChart | ReportTable;

/** Layers lie on each other in their order: the first is the lowest. The map shows what its feature layers cover. */
export interface ReportMap {
  kind: 'map';
  title: string;
  /** A sentence below the map. */
  note?: string;
  layers: ReportLayer[];
}

export type ReportLayer = ReportFeatureLayer | ReportRasterLayer;

interface LayerFacts {
  title: string;
  /** Name of an artifact of this batch, as it was given to `ctx.artifact`. */
  artifact: string;
  /** Whether the layer is drawn when the report is opened. Default true. */
  shown?: boolean;
}

/** A GeoJSON artifact in degrees: polygons, lines and points. */
export interface ReportFeatureLayer extends LayerFacts {
  kind: 'features';
  paint: FeaturePaint;
  /** Properties that are told when a feature is pointed at, the first as its name. Default: what is like a name, and the painted one. */
  tell?: string[];
  /** False: the map need not reach as far as this layer does. Default true. */
  fit?: boolean;
}

/** A GeoTIFF artifact; its nodata is transparent. */
export interface ReportRasterLayer extends LayerFacts {
  kind: 'raster';
  paint: RasterPaint;
  /** 0 is the first. Default 0. */
  band?: number;
  /** 0 to 1. Default 1. */
  opacity?: number;
}

/** Colours are `#rrggbb`. */
export type FeaturePaint = (OneColor | ByClass | ByRamp) & Stroke;
export type RasterPaint =
  | ByClass
  | (ByRamp & { /** Light from the north-west, for elevations. */ shade?: boolean });

export interface OneColor {
  by: 'one';
  color: string;
}

/** Features by a property, pixels by their value; what is in no class is drawn in grey, a pixel not at all. */
export interface ByClass {
  by: 'class';
  /** Needed for features. */
  property?: string;
  classes: { value: string | number; label: string; color: string }[];
}

export interface ByRamp {
  by: 'ramp';
  /** Needed for features. */
  property?: string;
  ramp: RampName;
  unit?: string;
  /** Value of the ramp's first colour. Default: the 2nd percentile of what is drawn. */
  min?: number;
  /** Value of the ramp's last colour. Default: the 98th percentile of what is drawn. */
  max?: number;
  /** `log` for what grows by powers, such as flow accumulation. Default `linear`. */
  scale?: 'linear' | 'log';
}

export interface Stroke {
  /** Of outlines and lines, pixels of the page; of a property, its number as the width (at most 8). Default 1.5. */
  width?: number | { property: string; factor?: number };
  /** Of the inside of polygons, 0 to 1; 0 leaves the outline only. Default 0.35. */
  fill?: number;
  /** Of points, pixels of the page. Default 5. */
  radius?: number;
}

export const RAMP_NAMES = ['water', 'elevation', 'vegetation', 'rain', 'order', 'dry'] as const;
export type RampName = (typeof RAMP_NAMES)[number];

export interface ReportChart {
  kind: 'chart';
  chart: 'line' | 'bar' | 'stacked-bar';
  title: string;
  note?: string;
  /** Of the values: `mm`, `ha`. */
  unit?: string;
  /** Labels along the axis, one for each value: years, ISO dates, names. */
  x: (string | number)[];
  /** A null is a gap. */
  series: { name: string; values: (number | null)[]; color?: string }[];
}

export interface ReportTable {
  kind: 'table';
  title: string;
  note?: string;
  columns: string[];
  rows: (string | number | null)[][];
}
