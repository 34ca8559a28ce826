/** How far a water body's influence reaches, by its size (core-stack 1.8.5). Pure. */

/**
 * Radius in metres for an area in hectares: a logistic step at 0.2 ha leads from the curve of small bodies to that of
 * large ones. As in the original only the second term is rounded. Above 3 m for every area from 0.
 */
export function zoneRadiusM(areaHa: number): number {
  const share = 1 / (1 + Math.exp(-50 * (areaHa - 0.2)));
  const small = 126.84 * Math.log(areaHa + 0.05) + 383.57;
  const large = 140 * Math.log(areaHa + 0.05) + 500;
  return (1 - share) * small + Math.round(share * large);
}

/** Area of the zone's disc in hectares, 2 decimals. */
export function zoneAreaHa(radiusM: number): number {
  return Math.round((Math.PI * radiusM ** 2) / 100) / 100;
}
