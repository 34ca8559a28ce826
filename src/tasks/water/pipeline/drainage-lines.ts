/** Step `drainage`: lines of data.drainage, or of the streams of the DEM, that touch a micro-watershed (core-stack 1.8, step 3). */
import type { ReportSection } from '../../../core/report-section.js';
import { roundDegrees } from '../../../geo/geojson.js';
import { type ShapeIndex, shapeIndex } from '../../../geo/shape-index.js';
import type { Feature } from '../feature-collection.js';
import { flowOfDem } from './flow-of-dem.js';
import { writeFeatures } from './layer-file.js';
import { NothingToDo, type StepContext, type StepResult } from './step.js';
import { DRAINAGE, WATERSHEDS } from './step-files.js';
import { type StepWatershed, stepWatersheds } from './step-watersheds.js';
import { readVectorLayer } from './vector-layer.js';

interface Line {
  properties: Record<string, unknown>;
  lines: readonly Float64Array[];
}

export async function writeDrainageLines(ctx: StepContext): Promise<StepResult> {
  const given = ctx.data.drainage;
  const lines = given === undefined ? await streamLines(ctx) : await linesOf(given.files);
  const index = shapeIndex(lines.map((line) => ({ polygon: null, lines: line.lines })));
  const features = touching(lines, index, await stepWatersheds(ctx)).map(feature);
  if (features.length === 0) throw new NothingToDo('no drainage line touches the micro-watersheds');
  const layer = { name: DRAINAGE, title: 'Drainage lines', features };
  const cells = given === undefined ? ctx.options.streamThresholdCells : null;
  return { outputs: [await writeFeatures(ctx.folder, layer)], sections: [section(cells)] };
}

async function linesOf(files: readonly string[]): Promise<Line[]> {
  const features = await readVectorLayer(files);
  return features.map(({ properties, shape }) => ({
    properties,
    lines: shape.polygon === null ? shape.lines : [...shape.polygon.flat(), ...shape.lines],
  }));
}

/** `ORDER` is the name that the pan-India layer has for it. */
async function streamLines(ctx: StepContext): Promise<Line[]> {
  const found: Line[] = [];
  const model = await flowOfDem(ctx);
  for await (const { order, accumulation, line, lengthM } of model.streams())
    found.push({
      properties: { ORDER: order, cells: accumulation, length_m: Math.round(lengthM) },
      lines: [line],
    });
  return found;
}

/** In the order of the layer. */
function touching(lines: readonly Line[], index: ShapeIndex, watersheds: readonly StepWatershed[]): Line[] {
  const touched = new Set<number>();
  for (const { polygon } of watersheds) for (const near of index.near(polygon, 0)) touched.add(near.index);
  return lines.filter((_, i) => touched.has(i));
}

function feature({ properties, lines }: Line): Feature {
  const coordinates = lines.map((line) => {
    const positions: number[][] = [];
    for (let i = 0; i < line.length; i += 2)
      positions.push([roundDegrees(line[i]!), roundDegrees(line[i + 1]!)]);
    return positions;
  });
  const geometry =
    coordinates.length === 1
      ? { type: 'LineString', coordinates: coordinates[0] }
      : { type: 'MultiLineString', coordinates };
  return { type: 'Feature', properties, geometry };
}

function section(thresholdCells: number | null): ReportSection {
  return {
    id: 'drainage',
    title: 'Drainage lines',
    text:
      thresholdCells === null
        ? 'As given by data.drainage.'
        : `Streams of the elevation model: cells that ${thresholdCells} or more drain through.`,
    items: [
      {
        kind: 'map',
        title: 'Drainage lines',
        layers: [
          {
            kind: 'features',
            title: 'Micro-watersheds',
            artifact: WATERSHEDS,
            paint: { by: 'one', color: '#7a7a7a', fill: 0.05, width: 1 },
          },
          {
            kind: 'features',
            title: 'Drainage lines',
            artifact: DRAINAGE,
            fit: false,
            paint:
              thresholdCells === null
                ? { by: 'one', color: '#2171b5' }
                : { by: 'ramp', property: 'ORDER', ramp: 'order', width: { property: 'ORDER' } },
          },
        ],
      },
    ],
  };
}
