/** One HTML file that tells the whole batch: opens anywhere, asks no network, runs only its own script. */
import { createHash } from 'node:crypto';
import type { OutputFile, OutputRequest } from '../output-request.js';
import type { Sink } from '../sink.js';
import { histogramSection } from './histogram.js';
import { html, trusted } from './html.js';
import { mapSection } from './map.js';
import type { ReportMaterial } from './material.js';
import { MAP_SCRIPT } from './script.js';
import {
  countsSection,
  filesSection,
  footSection,
  headSection,
  optionsSection,
  reasonsSection,
  timesSection,
} from './sections.js';
import { STYLE_SHEET } from './style.js';
import { drawSections, readSections } from './task-sections.js';

/** `files` are those written before the report, which it lists. */
export async function writeReport(
  sink: Sink,
  request: OutputRequest,
  material: ReportMaterial,
  files: readonly OutputFile[],
): Promise<void> {
  const { batch } = request;
  const sections = await readSections(request);
  const scriptHash = createHash('sha256').update(MAP_SCRIPT).digest('base64');
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${scriptHash}'; img-src data:; base-uri 'none'; form-action 'none'`;
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">
<title>${batch.task.title}: ${batch.source.file}</title>
<style>${trusted(STYLE_SHEET)}</style></head>
<body><main>
${headSection(batch)}
${countsSection(batch.counts)}
${await mapSection(request, material, sections)}
${await drawSections(sections, request.artifacts)}
${histogramSection(request, material.chart)}
${reasonsSection(material)}
<div class="pair">${timesSection(batch, material)}${optionsSection(batch)}</div>
${filesSection(batch, files)}
${footSection(batch)}
</main><script>${trusted(MAP_SCRIPT)}</script></body></html>
`;
  await sink.write(page.html);
}
