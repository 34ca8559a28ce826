/** Step `stream-order`: Strahler orders as a raster, and their share of each micro-watershed (core-stack 1.8, step 5). */
import { join } from 'node:path';
import type { ReportSection } from '../../../core/report-section.js';
import { polygonToGeoJson } from '../../../geo/geojson.js';
import { openRaster } from '../../../raster/raster.js';
import type { Feature } from '../feature-collection.js';
import { clipRaster, oneFile } from './clip-raster.js';
import { flowOfDem } from './flow-of-dem.js';
import { writeFeatures } from './layer-file.js';
import { ORDERS, orderShares } from './order-shares.js';
import type { StepContext, StepResult } from './step.js';
import { STREAM_ORDER, WATERSHEDS } from './step-files.js';
import { stepWatersheds } from './step-watersheds.js';

const SHARES = 'stream-order.geojson';

export async function writeStreamOrder(ctx: StepContext): Promise<StepResult> {
  const watersheds = await stepWatersheds(ctx);
  const given = ctx.data.streamOrder;
  const raster = await openRaster(given === undefined ? (await flowOfDem(ctx)).streamOrder : oneFile(given));
  try {
    await clipRaster(raster, watersheds, join(ctx.folder, STREAM_ORDER), {
      overviews: 'mode',
      signal: ctx.signal,
    });
    const features: Feature[] = [];
    for (const { properties, polygon } of watersheds) {
      ctx.signal.throwIfAborted();
      const shares = await orderShares(raster, polygon);
      features.push({
        type: 'Feature',
        properties: { ...properties, ...shares },
        geometry: polygonToGeoJson(polygon),
      });
    }
    const layer = await writeFeatures(ctx.folder, {
      name: SHARES,
      title: 'Share of each stream order in the micro-watersheds',
      features,
    });
    return {
      outputs: [{ name: STREAM_ORDER, kind: 'raster', title: 'Stream order' }, layer],
      sections: [section(features, given === undefined ? ctx.options.streamThresholdCells : null)],
    };
  } finally {
    await raster.close();
  }
}

/** Orders that are there, of each watershed. */
function section(features: readonly Feature[], thresholdCells: number | null): ReportSection {
  const orders = Array.from({ length: ORDERS }, (_, i) => i + 1);
  const share = ({ properties }: Feature, order: number) =>
    properties[`order_${order}_area_percent`] as number | null;
  const present = orders.filter((order) => features.some((feature) => (share(feature, order) ?? 0) > 0));
  return {
    id: 'stream-order',
    title: 'Stream order',
    text:
      thresholdCells === null
        ? 'Strahler orders as given by data.streamOrder.'
        : `Strahler orders of the streams that ${thresholdCells} cells of the elevation model or more drain through.`,
    items: [
      {
        kind: 'map',
        title: 'Streams by order',
        layers: [
          {
            kind: 'features',
            title: 'Micro-watersheds',
            artifact: WATERSHEDS,
            paint: { by: 'one', color: '#7a7a7a', fill: 0, width: 1 },
          },
          {
            kind: 'raster',
            title: 'Stream order',
            artifact: STREAM_ORDER,
            paint: {
              by: 'class',
              classes: present.map((order) => ({
                value: order,
                label: `order ${order}`,
                color: colorOf(order),
              })),
            },
          },
        ],
      },
      {
        kind: 'chart',
        chart: 'stacked-bar',
        title: 'Share of the area by order',
        unit: '%',
        x: features.map(({ properties }) => String(properties.uid ?? properties.UID ?? '')),
        series: present.map((order) => ({
          name: `order ${order}`,
          color: colorOf(order),
          values: features.map((feature) => share(feature, order)),
        })),
      },
    ],
  };
}

const ORDER_COLORS = ['#9ecae1', '#6baed6', '#4292c6', '#2171b5', '#08519c', '#08306b', '#041c42'] as const;

function colorOf(order: number): string {
  return ORDER_COLORS[Math.min(order, ORDER_COLORS.length) - 1]!;
}
