/** The report's words and tables. */
import path from 'node:path';
import { formatDuration } from '../../core/duration.js';
import type { Counts } from '../../core/tally.js';
import { plural } from '../../core/text.js';
import { plainText } from '../cell-value.js';
import { elapsedMs } from '../certificate.js';
import type { BatchFacts, OutputFile } from '../output-request.js';
import { type Html, html } from './html.js';
import { MAX_LISTED, type ReportMaterial } from './material.js';
import { number } from './scale.js';

const STATES = ['completed', 'failed', 'invalid', 'skipped', 'cancelled', 'pending'] as const;
type CountedState = (typeof STATES)[number];

export function headSection(batch: BatchFacts): Html {
  const { source, task } = batch;
  const took = elapsedMs(batch.startedAt, batch.endedAt);
  return html`<header><p class="kicker">Batch <code>${batch.id}</code> <span class="pill">${batch.state}</span></p>
<h1>${task.title}</h1>
<p class="lead"><strong>${source.file}</strong>${source.sheet !== undefined && html`, sheet “${source.sheet}”`} · ${plural(batch.counts.total, 'row')}</p>
<p class="when">${timeText(batch.startedAt ?? batch.createdAt)}${took !== null && html` · took ${formatDuration(took)}`} · task <code>${task.name}</code> version ${task.version}${batch.replaces !== undefined && html` · corrects batch <code>${batch.replaces}</code>`}</p></header>`;
}

export function countsSection(counts: Counts): Html {
  const shown = STATES.filter((state) => countOf(counts, state) > 0);
  return html`<section><h2 class="quiet">Rows by state</h2><ul class="cards"><li class="card total"><b>${number(counts.total)}</b><span>rows</span></li>${STATES.filter((state) => (state !== 'pending' && state !== 'cancelled' ? true : countOf(counts, state) > 0)).map((state) => html`<li class="card ${state}"><b>${number(countOf(counts, state))}</b><span>${state}</span><small>${shareText(countOf(counts, state), counts.total)}</small></li>`)}</ul>
<div class="stack" role="img" aria-label="${shown.map((state) => `${countOf(counts, state)} ${state}`).join(', ')}">${shown.map((state) => html`<span class="${state}" style="flex-grow:${countOf(counts, state)}" title="${state}: ${countOf(counts, state)}"></span>`)}</div></section>`;
}

export function reasonsSection(material: ReportMaterial): Html | null {
  if (material.badRows === 0) return null;
  return html`<section><h2>Why ${plural(material.badRows, 'row')} did not succeed</h2>
<div class="scroll"><table><thead><tr><th class="n">Rows</th><th>Reason</th><th>For example</th></tr></thead><tbody>
${material.reasons.map((group) => html`<tr><td class="n">${number(group.count)}</td><td>${group.reason}<br><code class="faint">${group.code}</code></td><td>${group.samples.map(({ row, cell, value }) => html`<span class="sample">row ${row}${cell !== undefined && html` <code>${cell}</code>`}${value !== '' && html` “${value}”`}</span>`)}</td></tr>`)}
${material.otherReasons > 0 && html`<tr><td class="n">${number(material.otherReasons)}</td><td colspan="2">other reasons; the CSV file has them all</td></tr>`}
</tbody></table></div>${failureList(material)}</section>`;
}

function failureList(material: ReportMaterial): Html {
  const listed = material.failures.length;
  const more = material.badRows > listed || listed === MAX_LISTED;
  return html`<details${listed <= 12 && html` open`}><summary>${more ? `The first ${listed} failures` : `Each of them`}, with its cell</summary>
<div class="scroll"><table><thead><tr><th class="n">Row</th><th>Cell</th><th>Value</th><th>Message</th></tr></thead><tbody>
${material.failures.map((failure) => html`<tr><td class="n">${failure.row}</td><td><code>${failure.cell}</code></td><td>${failure.value}</td><td><span class="dot ${failure.state}" title="${failure.state}"></span>${failure.message}${failure.hint !== undefined && html`<br><span class="hint">${failure.hint}</span>`}</td></tr>`)}
</tbody></table></div></details>`;
}

export function timesSection(batch: BatchFacts, material: ReportMaterial): Html {
  const took = elapsedMs(batch.startedAt, batch.endedAt);
  const { durationsMs, slowest } = material;
  const ran = durationsMs.count;
  return html`<section><h2>Time</h2><dl>
<dt>Started</dt><dd>${timeText(batch.startedAt)}</dd>
<dt>Ended</dt><dd>${timeText(batch.endedAt)}</dd>
${took !== null && html`<dt>Took</dt><dd>${formatDuration(took)}</dd>`}
${took !== null && took > 0 && ran > 0 && html`<dt>Speed</dt><dd>${number(Number((ran / (took / 1000)).toPrecision(3)))} rows/s</dd>`}
${material.attempts > 0 && html`<dt>Attempts</dt><dd>${number(material.attempts)}</dd>`}
${ran > 0 && html`<dt>One row</dt><dd>half within ${formatDuration(durationsMs.quantile(0.5))}, 95 % within ${formatDuration(durationsMs.quantile(0.95))}, longest ${formatDuration(durationsMs.max)}</dd>`}
${slowest.length > 0 && html`<dt>Slowest rows</dt><dd>${slowest.map(({ row, durationMs }) => html`<span class="sample">row ${row} <span class="faint">${formatDuration(durationMs)}</span></span>`)}</dd>`}
</dl></section>`;
}

export function optionsSection(batch: BatchFacts): Html {
  const options = Object.entries(batch.options);
  return html`<section><h2>Options</h2>${options.length === 0 ? html`<p class="faint">None.</p>` : html`<dl>${options.map(([name, value]) => html`<dt><code>${name}</code></dt><dd>${plainText(value)}</dd>`)}</dl>`}</section>`;
}

export function filesSection(batch: BatchFacts, files: readonly OutputFile[]): Html {
  const { source } = batch;
  return html`<section><h2>Files</h2><div class="scroll"><table><thead><tr><th>File</th><th>Kind</th><th class="n">Bytes</th><th>SHA-256</th></tr></thead><tbody>
<tr><td>${source.file}</td><td class="faint">input</td><td class="n">${number(source.bytes)}</td><td><code title="${source.sha256}">${source.sha256.slice(0, 12)}</code></td></tr>
${files.map((file) => html`<tr><td>${path.basename(file.path)}</td><td class="faint">${file.kind}</td><td class="n">${number(file.bytes)}</td><td><code title="${file.sha256}">${file.sha256.slice(0, 12)}</code></td></tr>`)}
</tbody></table></div><p class="note">The certificate beside this report has the hashes in full.</p></section>`;
}

export function footSection(batch: BatchFacts): Html {
  const versions = Object.entries(batch.versions).map(([name, version]) => `${name} ${version}`);
  return html`<footer>${[...versions, `database: ${batch.backends.database}`, `queue: ${batch.backends.queue}`].join(' · ')}</footer>`;
}

function countOf(counts: Counts, state: CountedState): number {
  return counts[state] ?? 0;
}

function shareText(count: number, total: number): string {
  if (count === 0 || total === 0) return '—';
  const percent = (100 * count) / total;
  return percent < 0.1 ? '< 0.1 %' : `${percent.toFixed(percent < 10 ? 1 : 0)} %`;
}

/** `21 Nov 2026, 09:20:05 UTC`. */
function timeText(iso: string | null): string {
  if (iso === null) return 'not yet';
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const day = date.toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  });
  return `${day}, ${date.toISOString().slice(11, 19)} UTC`;
}
