/** The 13 steps of the desilting pipeline (core-stack 1.8), by what they read. Their code is loaded when they run. */
import type { DesiltingOptions } from '../desilting-options.js';
import type { Step, StepName } from './step.js';

/** Options of the batch that step `drought` reads. */
export const DROUGHT_OPTIONS = [
  'monsoonOnset',
  'monsoonPercentile',
  'baseline',
  'minBaselineYears',
  'spiUnits',
  'drySpellColumnBug',
  'droughtWindows',
] as const satisfies readonly (keyof DesiltingOptions)[];

export const STEPS: readonly Step[] = [
  {
    name: 'mws',
    title: 'Micro-watersheds',
    version: 1,
    needs: [['data.mws']],
    reads: 'watersheds',
    load: async () => (await import('./micro-watersheds.js')).writeMicroWatersheds,
  },
  {
    name: 'lulc',
    title: 'Land use, clipped',
    version: 1,
    needs: [['data.lulc'], ['step.mws']],
    load: async () => (await import('./lulc-clips.js')).writeLulcClips,
  },
  {
    name: 'drainage',
    title: 'Drainage lines',
    version: 1,
    needs: [['data.drainage', 'data.dem'], ['step.mws']],
    options: ['streamThresholdCells'],
    load: async () => (await import('./drainage-lines.js')).writeDrainageLines,
  },
  {
    name: 'catchment-area',
    title: 'Catchment area',
    version: 1,
    needs: [['data.catchmentArea', 'data.dem'], ['step.mws']],
    options: ['streamThresholdCells'],
    load: async () => (await import('./catchment-area.js')).writeCatchmentArea,
  },
  {
    name: 'stream-order',
    title: 'Stream order',
    version: 1,
    needs: [['data.streamOrder', 'data.dem'], ['step.mws']],
    options: ['streamThresholdCells'],
    load: async () => (await import('./stream-order.js')).writeStreamOrder,
  },
  {
    name: 'waterbodies',
    title: 'Surface water bodies',
    version: 1,
    needs: [['data.lulc'], ['step.mws']],
    uses: [
      'step.drainage',
      'step.catchment-area',
      'step.stream-order',
      'data.rivers',
      'data.canals',
      'data.villages',
    ],
    namesProject: true,
    options: ['swbUnionIncludesLastYear', 'swbCountAreas', 'waterbodyTypeBufferM'],
    load: async () => (await import('./surface-water-bodies.js')).writeSurfaceWaterBodies,
  },
  {
    name: 'precipitation',
    title: 'Fortnightly precipitation',
    version: 1,
    needs: [['data.precipitation'], ['step.mws']],
    uses: ['data.lulc'],
    load: async () => (await import('./precipitation.js')).writePrecipitation,
  },
  {
    name: 'drought',
    title: 'Drought',
    version: 1,
    needs: [['data.precipitation'], ['step.mws']],
    uses: ['data.lulc', 'data.et', 'data.pet', 'data.ndvi', 'data.ndwi'],
    options: DROUGHT_OPTIONS,
    load: async () => (await import('./drought-layer.js')).writeDroughtLayer,
  },
  {
    name: 'desilting-points',
    title: 'Desilting points',
    version: 1,
    needs: [],
    reads: 'points',
    load: async () => (await import('./desilting-points.js')).writeDesiltingPoints,
  },
  {
    name: 'match',
    title: 'Water body of each point',
    version: 1,
    needs: [['data.waterbodies', 'step.waterbodies'], ['step.desilting-points']],
    options: ['matchRadiusM', 'waterbodyMatch'],
    reads: 'points',
    load: async () => (await import('./match-points.js')).writeMatchedPoints,
  },
  {
    name: 'terrain',
    title: 'Terrain',
    version: 1,
    needs: [['data.landforms', 'data.dem'], ['step.mws']],
    load: async () => (await import('./terrain-clip.js')).writeTerrainClip,
  },
  {
    name: 'mws-layer',
    title: 'Seasonal rain and drought of the micro-watersheds',
    version: 1,
    needs: [['step.precipitation']],
    uses: ['step.drought', 'data.lulc'],
    load: async () => (await import('./watershed-layer.js')).writeWatershedLayer,
  },
  {
    name: 'zoi',
    title: 'Zones of influence',
    version: 1,
    needs: [['step.match']],
    uses: ['data.lulc', 'data.ndvi'],
    load: async () => (await import('./zones-of-influence.js')).writeZonesOfInfluence,
  },
];

const byName = new Map(STEPS.map((step) => [step.name, step]));

export function stepOf(name: StepName): Step {
  return byName.get(name) as Step;
}
