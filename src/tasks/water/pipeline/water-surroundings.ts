/** What lies around a water body: micro-watersheds, drainage lines, rivers, canals and villages (core-stack 1.8.1, swb2 and swb3). */
import type { DataSource } from '../../../core/task.js';
import type { Polygon } from '../../../geo/polygon.js';
import { type NearShape, type ShapeIndex, shapeIndex } from '../../../geo/shape-index.js';
import type { StepContext } from './step.js';
import { DRAINAGE } from './step-files.js';
import type { StepWatershed } from './step-watersheds.js';
import { readVectorLayer, type VectorFeature } from './vector-layer.js';

export interface Surroundings {
  /** `uid`s of the micro-watersheds that the polygon touches, joined by `_`. */
  watersheds(polygon: Polygon): string;
  /** Properties in the original's order. */
  properties(polygon: Polygon): Record<string, unknown>;
}

interface Layer {
  features: readonly VectorFeature[];
  index: ShapeIndex;
}

export interface Nearby {
  watersheds: readonly StepWatershed[];
  drainage: Layer | null;
  rivers: Layer | null;
  canals: Layer | null;
  villages: Layer | null;
  project: string;
  /** How far a river or canal may be from the bodies that are of it. */
  typeBufferM: number;
}

const NAMES = {
  river: ['rivname', 'river_name', 'name'],
  riverObject: ['objectid', 'river_objectid', 'object_id', 'id'],
  riverCode: ['rip_code', 'ripcode'],
  canal: ['canname', 'canal_name', 'name'],
  canalCode: ['canal_code', 'cancode', 'can_code'],
  village: ['Village Na', 'village_na', 'village_name', 'village', 'name'],
} as const;

/** Reads the layers that are there. @throws {InputError} as readVectorLayer does */
export async function readNearby(ctx: StepContext, watersheds: readonly StepWatershed[]): Promise<Nearby> {
  const drainage = ctx.from('drainage', DRAINAGE);
  return {
    watersheds,
    drainage: await layerOf(drainage === undefined ? undefined : [drainage]),
    rivers: await layerOf(filesOf(ctx.data.rivers)),
    canals: await layerOf(filesOf(ctx.data.canals)),
    villages: await layerOf(filesOf(ctx.data.villages)),
    project: ctx.batch.source.replace(/\.[^.]+$/, ''),
    typeBufferM: ctx.options.waterbodyTypeBufferM,
  };
}

export function surroundings(nearby: Nearby): Surroundings {
  const { watersheds, drainage, rivers, canals, villages } = nearby;
  const shapes = shapeIndex(watersheds.map(({ polygon }) => ({ polygon, lines: [] })));
  return {
    watersheds: (polygon) =>
      shapes
        .near(polygon, 0)
        .map(({ index }) => watersheds[index]!.uid)
        .join('_'),
    properties: (polygon) => ({
      on_drainage_line: drainage === null ? null : drainage.index.near(polygon, 0).length > 0,
      ...typeProperties(polygon, nearby),
      project_name: nearby.project,
      river_asset_loaded: rivers !== null,
      canal_asset_loaded: canals !== null,
      ...villageProperties(polygon, villages),
    }),
  };
}

function typeProperties(polygon: Polygon, { rivers, canals, typeBufferM }: Nearby): Record<string, unknown> {
  const river = nearest(rivers, polygon, typeBufferM);
  const canal = river === null ? nearest(canals, polygon, typeBufferM) : null;
  const unknown = rivers === null && canals === null;
  return {
    waterbody_type: river !== null ? 'river' : canal !== null ? 'canal' : unknown ? 'unknown' : 'individual',
    waterbody_type_name:
      river !== null ? property(river, NAMES.river) : canal !== null ? property(canal, NAMES.canal) : null,
    river_objectid: property(river, NAMES.riverObject),
    rip_code: property(river, NAMES.riverCode),
    canal_code: property(canal, NAMES.canalCode),
  };
}

function villageProperties(polygon: Polygon, villages: Layer | null): Record<string, unknown> {
  const met = villages === null ? [] : villages.index.near(polygon, 0);
  const found = met.map(({ index }) => property(villages!.features[index]!, NAMES.village));
  const names = [...new Set(found.filter((name) => name !== null).map(String))].sort();
  const joined = names.length === 0 ? null : names.join(', ');
  return {
    intersecting_villages: JSON.stringify(names),
    intersecting_villages_count: names.length,
    covering_village_names: joined,
    village_name: joined,
    village_asset_loaded: villages !== null,
  };
}

/** The nearest within the buffer; of equally near ones the first. */
function nearest(layer: Layer | null, polygon: Polygon, radiusM: number): VectorFeature | null {
  let best: NearShape | undefined;
  for (const near of layer?.index.near(polygon, radiusM) ?? [])
    if (best === undefined || near.distanceM < best.distanceM) best = near;
  return best === undefined ? null : layer!.features[best.index]!;
}

/** The first of the names that the feature has a value under, whatever its case. */
function property(feature: VectorFeature | null, names: readonly string[]): unknown {
  if (feature === null) return null;
  const byName = new Map(
    Object.entries(feature.properties).map(([name, value]) => [name.toLowerCase(), value]),
  );
  for (const name of names) {
    const value = byName.get(name.toLowerCase());
    if (value !== undefined && value !== null && value !== '') return value;
  }
  return null;
}

async function layerOf(files: readonly string[] | undefined): Promise<Layer | null> {
  if (files === undefined) return null;
  const features = await readVectorLayer(files);
  return { features, index: shapeIndex(features.map(({ shape }) => shape)) };
}

function filesOf(source: DataSource | undefined): readonly string[] | undefined {
  return source?.files;
}
