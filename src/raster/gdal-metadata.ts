/** What GDAL's metadata tag (42112, XML) says of the bands: their descriptions, and what scales their samples. */
import type { BandScaling } from './raster.js';

export interface BandFacts {
  bandNames: (string | undefined)[];
  scaling: (BandScaling | undefined)[];
}

const ITEM = /<Item\b([^>]*)>([^<]*)<\/Item>/g;
const ATTRIBUTE = /(\w+)\s*=\s*"([^"]*)"/g;
const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Items with a sample number and a role; everything else, such as statistics, is left out. */
export function bandFacts(xml: string | undefined, bands: number): BandFacts {
  const bandNames = Array<string | undefined>(bands).fill(undefined);
  const scaling = Array<BandScaling | undefined>(bands).fill(undefined);
  for (const [, attributes = '', text = ''] of (xml ?? '').matchAll(ITEM)) {
    const { sample, role } = Object.fromEntries(
      [...attributes.matchAll(ATTRIBUTE)].map(([, name, value]) => [name, value]),
    ) as Partial<Record<string, string>>;
    const band = Number(sample ?? Number.NaN);
    if (!(band >= 0 && band < bands)) continue;
    if (role === 'description') bandNames[band] = unescaped(unescaped(text)).trim() || undefined;
    const value = Number(text);
    if ((role === 'scale' || role === 'offset') && text.trim() !== '' && Number.isFinite(value)) {
      scaling[band] = { scale: 1, offset: 0, ...scaling[band], [role]: value };
    }
  }
  return { bandNames, scaling };
}

/** GDAL escapes a text by itself and then the whole as XML, so this is done twice. */
function unescaped(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([\da-fA-F]+)|(\w+));/g, (whole, decimal, hex, name) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return ENTITIES[name] ?? whole;
  });
}
