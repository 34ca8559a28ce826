/** Layers as files of a step, and read again by the steps after it. */
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Feature, featureCollection } from '../feature-collection.js';
import type { TextLayer } from './point-layers.js';
import type { StepOutput } from './step.js';

/** Writes a layer's text into the step's folder. */
export async function writeLayer(folder: string, { name, title, content }: TextLayer): Promise<StepOutput> {
  await pipeline(Readable.from(content), createWriteStream(join(folder, name), { flags: 'wx' }));
  return { name, kind: 'geojson', title };
}

/** Writes features as a GeoJSON layer. */
export function writeFeatures(
  folder: string,
  {
    name,
    title,
    features,
  }: { name: string; title: string; features: AsyncIterable<Feature> | Iterable<Feature> },
): Promise<StepOutput> {
  return writeLayer(folder, { name, title, content: featureCollection(features, (feature) => feature) });
}

/** The features of a layer that {@link writeLayer} wrote. */
export async function readFeatures(path: string): Promise<Feature[]> {
  return (JSON.parse(await readFile(path, 'utf8')) as { features: Feature[] }).features;
}
