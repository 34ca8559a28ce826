/** Which file, and which band of it, a cell names. Only files that the batch was given can be named. */
import { basename, sep } from 'node:path';
import { FinalError } from '../../core/error.js';
import { nearestName } from '../../core/nearest-name.js';
import type { BandFile } from '../../raster/compute-index.js';
import { openRasterUnplaced } from '../../raster/raster.js';

/**
 * `cell` is the end of a file's path, from a folder's name on, and may go on with `#` and a band's number (from 1) or name.
 * @param files absolute paths
 * @throws {FinalError} SCENE_FILE_UNKNOWN, SCENE_FILE_AMBIGUOUS or SCENE_BAND_UNKNOWN, naming the field
 */
export async function bandFile(cell: string, field: string, files: readonly string[]): Promise<BandFile> {
  const [path, band] = splitCell(cell.trim(), files);
  const file = oneFile(path, field, files);
  return { file, band: band === undefined ? 0 : await bandOf(file, band, field) };
}

/** A file's own name may hold a `#`. */
function splitCell(cell: string, files: readonly string[]): [path: string, band: string | undefined] {
  const at = cell.lastIndexOf('#');
  if (at === -1 || matching(cell, files).length > 0) return [cell, undefined];
  return [cell.slice(0, at), cell.slice(at + 1)];
}

function matching(path: string, files: readonly string[]): string[] {
  if (path === '') return [];
  const tail = sep + path.replaceAll('/', sep).replace(/^\.[/\\]/, '');
  return files.filter((file) => file === path || file.endsWith(tail));
}

function oneFile(path: string, field: string, files: readonly string[]): string {
  const found = matching(path, files);
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    throw new FinalError(`"${path}" names ${found.length} files of data.scenes; expected one`, {
      code: 'SCENE_FILE_AMBIGUOUS',
      field,
      hint: 'write more of the path: the folder before the name',
      details: { found: found.slice(0, 5) },
    });
  }
  const nearest = nearestName(
    basename(path),
    files.map((file) => basename(file)),
  );
  throw new FinalError(`"${path}" is none of the ${files.length} files of data.scenes`, {
    code: 'SCENE_FILE_UNKNOWN',
    field,
    hint:
      nearest === undefined
        ? 'rows can name only the files that data.scenes, or --set scenes=…, finds'
        : `did you mean "${nearest}"?`,
    details: { found: path },
  });
}

async function bandOf(file: string, band: string, field: string): Promise<number> {
  const raster = await openRasterUnplaced(file);
  await raster.close();
  const named = raster.bandNames.findIndex((name) => name?.toLowerCase() === band.toLowerCase());
  if (named !== -1) return named;
  const number = Number(band);
  if (Number.isInteger(number) && number >= 1 && number <= raster.bands) return number - 1;
  const names = raster.bandNames.filter((name) => name !== undefined).join(', ');
  throw new FinalError(
    `${raster.name} has no band "${band}"; it has 1 to ${raster.bands}${names === '' ? '' : `: ${names}`}`,
    { code: 'SCENE_BAND_UNKNOWN', field, details: { file: raster.name, found: band, bands: raster.bands } },
  );
}
