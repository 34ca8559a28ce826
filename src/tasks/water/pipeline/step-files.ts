/** Names of the files that steps leave and others read or draw. */

export const WATERSHEDS = 'watersheds.geojson';
export const DRAINAGE = 'drainage-lines.geojson';
export const CATCHMENT_AREA = 'catchment-area.tif';
export const STREAM_ORDER = 'stream-order.tif';
export const WATER_BODIES = 'surface-water-bodies.geojson';
/** Watersheds with a property for each fortnight, by its first day, in millimetres. */
export const PRECIPITATION = 'precipitation-fortnight.geojson';
export const DROUGHT = 'drought.geojson';
export const POINTS = 'desilting-points.geojson';
/** A feature for each point that has a water body. */
export const MATCHED_POINTS = 'waterbodies.geojson';
export const UNMATCHED_POINTS = 'desilting-unmatched.geojson';
/**
 * The bodies that points were matched to, each once: `UID`, `area_ored` (hectares) and `name`, as the first of its points
 * calls it (null when it does not). For the zones of influence.
 */
export const MATCHED_BODIES = 'matched-bodies.geojson';
export const ZONES = 'zoi.geojson';
