/** Step `match`: each point with its water body, of data.waterbodies or of step `waterbodies` (core-stack 1.8.3). */
import type { ReportSection } from '../../../core/report-section.js';
import { polygonToGeoJson } from '../../../geo/geojson.js';
import { geodesicAreaM2 } from '../../../geo/polygon-area.js';
import type { Feature } from '../feature-collection.js';
import { matchWaterbody } from '../match-waterbody.js';
import { polygonLayer } from '../open-layers.js';
import { type PolygonFeature, readPolygonLayer } from '../polygon-layer.js';
import { identityOf } from '../prepared.js';
import { writeFeatures, writeLayer } from './layer-file.js';
import type { LocatedRow } from './located-rows.js';
import { type BodyOfRow, bodyFromResult, matchLayers } from './point-layers.js';
import type { StepContext, StepOutput, StepResult } from './step.js';
import { MATCHED_BODIES, MATCHED_POINTS, POINTS, UNMATCHED_POINTS, WATER_BODIES } from './step-files.js';

const M2_PER_HA = 10_000;

export async function writeMatchedPoints(ctx: StepContext): Promise<StepResult> {
  const bodyOf = await matching(ctx);
  const outputs: StepOutput[] = [];
  for (const layer of await matchLayers(ctx.rows, bodyOf)) outputs.push(await writeLayer(ctx.folder, layer));
  const bodies = await distinctBodies(ctx, bodyOf);
  outputs.push({
    ...(await writeFeatures(ctx.folder, {
      name: MATCHED_BODIES,
      title: 'Matched water bodies',
      features: bodies,
    })),
    internal: true,
  });
  return { outputs, sections: [section(outputs, bodies.length)] };
}

/** Rows ran against data.waterbodies when there is one; else the computed layer is asked now, by the same rule. */
async function matching({
  data,
  from,
  options,
}: StepContext): Promise<(row: LocatedRow) => BodyOfRow | null> {
  if (data.waterbodies !== undefined) {
    const layer = await polygonLayer(data.waterbodies, await identityOf(data.waterbodies.files));
    return bodyFromResult(layer!.features);
  }
  const layer = await readPolygonLayer([from('waterbodies', WATER_BODIES)!]);
  const rule = { radiusM: options.matchRadiusM, choice: options.waterbodyMatch };
  return ({ result }) => {
    const point = { lon: result.water_longitude, lat: result.water_latitude };
    const found = matchWaterbody(layer, point, rule);
    return found === null ? null : { body: found.feature, match: found.match };
  };
}

/** In the order of the rows that first name them. */
async function distinctBodies(
  { rows }: StepContext,
  bodyOf: (row: LocatedRow) => BodyOfRow | null,
): Promise<Feature[]> {
  const bodies = new Map<string, Feature>();
  for await (const row of rows.read()) {
    const body = bodyOf(row)?.body;
    if (body === undefined || bodies.has(body.id)) continue;
    bodies.set(body.id, {
      type: 'Feature',
      properties: { UID: body.id, area_ored: areaHa(body), name: row.input.waterbody_name || null },
      geometry: polygonToGeoJson(body.polygon),
    });
  }
  return [...bodies.values()];
}

/** As its layer says, else of its shape. */
function areaHa({ properties, polygon }: Pick<PolygonFeature, 'properties' | 'polygon'>): number {
  const given = properties.area_ored;
  return typeof given === 'number' && given > 0 ? given : geodesicAreaM2(polygon) / M2_PER_HA;
}

function section(outputs: readonly StepOutput[], bodies: number): ReportSection {
  const points = { by: 'one', color: '#d95f02', radius: 4 } as const;
  return {
    id: 'desilting-points',
    title: 'Desilting points and their water bodies',
    text: `${bodies} water bodies have at least one desilting point.`,
    items: [
      {
        kind: 'map',
        title: 'Points and water bodies',
        layers: [
          {
            kind: 'features',
            title: 'Water bodies',
            artifact: MATCHED_POINTS,
            tell: ['waterbody_name', 'UID', 'match_type', 'area_ored'],
            paint: { by: 'one', color: '#2171b5', fill: 0.6 },
          },
          {
            kind: 'features',
            title: 'Water pixels of the points',
            artifact: POINTS,
            tell: ['waterbody_name', 'Village', 'distance_from_desilting_point'],
            paint: points,
          },
          ...outputs
            .filter(({ name }) => name === UNMATCHED_POINTS)
            .map(({ name, title }) => ({
              kind: 'features' as const,
              title,
              artifact: name,
              paint: { ...points, color: '#b2182b' },
            })),
        ],
      },
    ],
  };
}
