/** Every file that a batch leaves behind, written from its ledger rows. */
import { createReadStream } from 'node:fs';
import { InputError, toErrorRecord } from '../core/error.js';
import { plural, shorten } from '../core/text.js';
import { writeCertificate } from './certificate.js';
import { writeCsv } from './csv-file.js';
import { MAX_NOTED_ROWS, writeFailedRows } from './failed-rows-workbook.js';
import { writePoints } from './geojson-file.js';
import { hashFile } from './hash-file.js';
import { type OutputFolder, openOutputFolder, outputName } from './output-folder.js';
import type { BatchArtifact, OutputFile, OutputRequest } from './output-request.js';
import { writePlainWorkbook } from './plain-workbook.js';
import { ReportMaterial } from './report/material.js';
import { writeReport } from './report/report.js';
import { SECTION_KIND } from './report/task-sections.js';
import { safeName } from './safe-name.js';
import type { Sink } from './sink.js';
import { COPY_ATTEMPTS, lostParts, reasonAgainstStyles } from './source-workbook.js';
import { MAX_SHEET_ROWS } from './streamed-workbook.js';
import { styledWorkbook } from './styled-workbook.js';
import { type Survey, Surveyor } from './survey.js';

export type { OutputFile, OutputRequest } from './output-request.js';

const POINTS = 'points.geojson';

/**
 * Writes the outputs of a batch into `request.outDir` and names them in the order: workbook, failed rows, CSV, points,
 * artifacts, report, certificate. Each file appears whole or not at all; the input file is never written onto.
 * May be called again at any time, also for a batch that has not ended.
 * @throws {InputError} OUTPUT_DISK_FULL, OUTPUT_NOT_WRITABLE, OUTPUT_ARTIFACT_CHANGED; files written before it stay
 */
export async function writeOutputs(request: OutputRequest): Promise<OutputFile[]> {
  const { batch, outDir, stem } = request;
  const folder = await openOutputFolder({
    outDir,
    batchId: batch.id,
    inputPath: batch.source.path,
    owns: request.owns,
  });
  const { survey, material } = await readOnce(request);
  const outputs: OutputFile[] = [];
  const keep = (file: OutputFile | null) => {
    if (file !== null) outputs.push(file);
  };

  keep(await writeWorkbook(folder, request, survey));
  keep(await writeFailures(folder, request, survey));
  keep(await folder.place('csv', outputName(stem, 'results.csv'), (sink) => writeCsv(sink, request, survey)));
  keep(await writeGeneralPoints(folder, request, survey));
  for (const artifact of request.artifacts) {
    if (artifact.kind !== SECTION_KIND) keep(await copyArtifact(folder, request, artifact));
  }
  keep(
    await folder.place('report', outputName(stem, 'report.html'), (sink) =>
      writeReport(sink, request, material, outputs),
    ),
  );
  keep(
    await folder.place('certificate', outputName(stem, 'certificate.json'), (sink) =>
      writeCertificate(sink, request, outputs),
    ),
  );
  for (const name of request.earlier ?? []) await folder.removeOwned(name);
  return outputs;
}

async function readOnce(request: OutputRequest): Promise<{ survey: Survey; material: ReportMaterial }> {
  const surveyor = new Surveyor(request);
  const material = new ReportMaterial(request);
  for await (const row of request.rows()) {
    surveyor.add(row);
    material.add(row);
  }
  const survey = surveyor.survey();
  if (survey.rows !== request.batch.counts.total) {
    request.onNote?.(
      `Batch ${request.batch.id} has ${plural(request.batch.counts.total, 'row')}, but ${plural(survey.rows, 'row')} could be read from the ledger.`,
    );
  }
  return { survey, material };
}

async function writeWorkbook(
  folder: OutputFolder,
  request: OutputRequest,
  survey: Survey,
): Promise<OutputFile | null> {
  const { source } = request.batch;
  const name = outputName(request.stem, 'results.xlsx');
  const tooLong =
    Math.max(survey.rows + 1, source.format === 'xlsx' ? survey.lastRowNumber : 0) > MAX_SHEET_ROWS;
  if (tooLong) {
    request.onNote?.(
      `${plural(survey.rows, 'row')} do not fit into a workbook (${MAX_SHEET_ROWS.toLocaleString('en-US')} at most): results are in the CSV file only.`,
    );
    await folder.removeOwned(name);
    return null;
  }
  const styled = source.format === 'xlsx' ? await tryStyled(request, survey) : null;
  return folder.place('workbook', name, (sink) =>
    styled === null ? writePlainWorkbook(sink, request, survey) : sink.write(styled),
  );
}

/** Null, and a note, when only a plain copy is possible. */
async function tryStyled(request: OutputRequest, survey: Survey): Promise<Uint8Array | null> {
  const { source } = request.batch;
  const say = (why: string) => request.onNote?.(`Results are in a plain copy without styles: ${why}.`);
  try {
    const against = await reasonAgainstStyles(request);
    if (against !== null) {
      say(against);
      return null;
    }
    return await copyStyled(request, survey);
  } catch (error) {
    say(`${shorten(source.file)} could not be copied whole (${shorten(toErrorRecord(error).message, 120)})`);
    return null;
  }
}

/** @throws what exceljs threw at the first attempt, when all fail */
async function copyStyled(request: OutputRequest, survey: Survey): Promise<Uint8Array> {
  const { source } = request.batch;
  let first: unknown;
  for (const { ignored, without } of COPY_ATTEMPTS) {
    try {
      const bytes = await styledWorkbook(request, survey, ignored);
      const lost = [...(await lostParts(source.path)), ...without];
      if (lost.length > 0) {
        request.onNote?.(
          `The results copy of ${shorten(source.file)} is without its ${lost.join(', ')}; the file itself is untouched.`,
        );
      }
      return bytes;
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

async function writeFailures(
  folder: OutputFolder,
  request: OutputRequest,
  survey: Survey,
): Promise<OutputFile | null> {
  const name = outputName(request.stem, 'failed-rows.xlsx');
  if (survey.badRows === 0) {
    await folder.removeOwned(name);
    return null;
  }
  if (survey.badRows > MAX_SHEET_ROWS - 2) {
    request.onNote?.(
      `The failed-rows workbook holds the first ${(MAX_SHEET_ROWS - 2).toLocaleString('en-US')} of ${plural(survey.badRows, 'row')}; the CSV file has all.`,
    );
  }
  if (survey.badRows > MAX_NOTED_ROWS) {
    request.onNote?.(
      `Notes stand on the first ${plural(MAX_NOTED_ROWS, 'row')} of the failed-rows workbook; reasons of all are in the CSV file.`,
    );
  }
  return folder.placeBesideOthers('failed-rows', name, (sink) => writeFailedRows(sink, request, survey));
}

/** A task that makes its own points layer has the name; without any point there is no file. */
async function writeGeneralPoints(
  folder: OutputFolder,
  request: OutputRequest,
  survey: Survey,
): Promise<OutputFile | null> {
  const name = outputName(request.stem, POINTS);
  if (request.artifacts.some((artifact) => safeName(artifact.name) === POINTS)) return null;
  if (survey.rowsWithPoint === 0) {
    await folder.removeOwned(name);
    return null;
  }
  return folder.place('geojson', name, (sink) => writePoints(sink, request, survey));
}

async function copyArtifact(
  folder: OutputFolder,
  request: OutputRequest,
  artifact: BatchArtifact,
): Promise<OutputFile | null> {
  const found = await hashFile(artifact.path).catch(() => null);
  if (found === null || found.sha256 !== artifact.sha256) {
    throw new InputError(
      `Artifact ${shorten(artifact.name)} of batch ${request.batch.id} ${found === null ? 'cannot be read' : 'is not as the task wrote it'}: ` +
        `${artifact.path}, expected sha256 ${artifact.sha256.slice(0, 12)}${found === null ? '' : `, found ${found.sha256.slice(0, 12)}`}.`,
      {
        code: 'OUTPUT_ARTIFACT_CHANGED',
        hint: `Make it again: jobs batch resume ${request.batch.id}`,
        details: {
          artifact: artifact.name,
          path: artifact.path,
          expected: artifact.sha256,
          found: found?.sha256 ?? null,
        },
      },
    );
  }
  return folder.place(artifact.kind, outputName(request.stem, artifact.name), (sink) =>
    copyInto(sink, artifact.path),
  );
}

async function copyInto(sink: Sink, file: string): Promise<void> {
  for await (const chunk of createReadStream(file) as AsyncIterable<Uint8Array>) await sink.write(chunk);
}
