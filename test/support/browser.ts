import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import chromium from '@sparticuz/chromium';
import { type Browser, type BrowserContext, chromium as driver, type Page } from 'playwright-core';
import { ROOT } from '../../src/config.ts';

const packages = createRequire(import.meta.url);
const PACKAGE = dirname(dirname(dirname(packages.resolve('@sparticuz/chromium'))));
const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { version: string };

/** Where the browser of this version lies unpacked. The package reuses whatever lies in its folder, so each version has its own. */
const HOME = join(ROOT, 'node_modules', '.cache', `chromium-${version}`);

/** Unpacks the browser and its libraries on first use. Another process that does so at the same time does no harm. */
async function unpacked(): Promise<{ executablePath: string; libraries: string }> {
  const paths = { executablePath: join(HOME, 'chromium'), libraries: join(HOME, 'lib') };
  if (existsSync(HOME)) return paths;
  mkdirSync(dirname(HOME), { recursive: true });
  const aside = mkdtempSync(`${HOME}-`);
  const { TMPDIR } = process.env;
  process.env.TMPDIR = aside;
  try {
    await chromium.executablePath();
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  }
  const input = brotliDecompressSync(readFileSync(join(PACKAGE, 'bin', 'al2023.tar.br')));
  const { status } = spawnSync('tar', ['-x', '-C', aside], { input });
  if (status !== 0) throw new Error('The libraries of the browser could not be unpacked.');
  try {
    renameSync(aside, HOME);
  } catch (error) {
    // Another process was the first.
    if (!existsSync(HOME)) throw error;
    rmSync(aside, { recursive: true });
  }
  return paths;
}

/** Starts the browser. Its web security stays on, so that tests of forms mean something. */
export async function launchBrowser(): Promise<Browser> {
  const { executablePath, libraries } = await unpacked();
  return driver.launch({
    executablePath,
    args: ['--no-sandbox', '--font-render-hinting=none', '--hide-scrollbars'],
    env: { ...process.env, LD_LIBRARY_PATH: libraries } as Record<string, string>,
  });
}

/** Where the pictures of the pages go. */
export const SHOTS = join(ROOT, 'dist', 'screenshots');

// Chromium refuses a picture now and then, and takes the same one when asked again:
// https://github.com/MarketSquare/robotframework-browser/issues/5237
const REFUSED = 'Unable to capture screenshot';
const TRIES = 3;

/** Takes a picture of a whole page, or of what is in view, into `SHOTS`. */
export async function takePicture(page: Page, name: string, { fullPage = true } = {}): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await page.screenshot({ path: join(SHOTS, name), fullPage });
      return;
    } catch (error) {
      if (attempt === TRIES || !String(error).includes(REFUSED)) throw error;
    }
  }
}

/** Runs in each page. A text, because this project has no types of the browser. */
const REPORT_VIOLATIONS = `document.addEventListener('securitypolicyviolation', (event) =>
  assentViolation(event.violatedDirective + ' blocked ' + event.blockedURI))`;

/** What a page must never do: break the policy, or write an error to the console. */
export type Faults = string[];

/** Collects violations of the policy and console errors of every page of a context. */
export async function watchFaults(context: BrowserContext): Promise<Faults> {
  const faults: Faults = [];
  await context.exposeFunction('assentViolation', (what: string) => void faults.push(what));
  await context.addInitScript(REPORT_VIOLATIONS);
  context.on('weberror', (error) => void faults.push(String(error.error())));
  return faults;
}

const AXE = readFileSync(packages.resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

type Finding = { id: string; nodes: { html: string }[] };

/** What axe finds wrong on a page, and what it could not judge, each as "rule: element". */
export async function axe(page: Page): Promise<{ violations: string[]; incomplete: string[] }> {
  await page.evaluate(AXE);
  const run = `axe.run(document, { runOnly: { type: 'tag', values: ${JSON.stringify(TAGS)} } })`;
  const found = (await page.evaluate(run)) as { violations: Finding[]; incomplete: Finding[] };
  const flat = (found: Finding[]) =>
    found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
  return { violations: flat(found.violations), incomplete: flat(found.incomplete) };
}
