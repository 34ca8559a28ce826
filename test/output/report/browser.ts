/** A browser for tests that look at a report as a reader does. */
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';

const CHROMIUM = '/usr/bin/chromium';

export interface Seen {
  page: Page;
  /** Console errors, page errors, dialogs, and requests other than for the report itself and pictures inside it. */
  faults: string[];
}

export type OpenReport = (file: string, settings?: Parameters<Browser['newPage']>[0]) => Promise<Seen>;

/** One browser for the tests of a file; null, and it is said, where there is none. */
export function withBrowser(): () => OpenReport | null {
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (!existsSync(CHROMIUM)) {
      console.warn(`not run: the report in a browser: there is no ${CHROMIUM} (apt-get install chromium)`);
      return;
    }
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });
  afterAll(() => browser?.close());
  return () => (browser === undefined ? null : openerIn(browser));
}

function openerIn(browser: Browser): OpenReport {
  return async (file, settings = {}) => {
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 }, ...settings });
    const faults: string[] = [];
    const url = pathToFileURL(file).href;
    page.on('console', (message) => faults.push(message.text()));
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('dialog', (dialog) => {
      faults.push(dialog.message());
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (request.url() !== url && !request.url().startsWith('data:image/png;base64,'))
        faults.push(request.url());
    });
    await page.goto(url, { waitUntil: 'load' });
    return { page, faults };
  };
}
