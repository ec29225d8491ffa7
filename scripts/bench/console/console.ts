import { join } from 'node:path';
import { createKey, SCOPES } from '../../../src/access/api-keys.ts';
import { loadConfig, NODE_FLAGS, ROOT } from '../../../src/config.ts';
import { DATABASE, openStore, type Store } from '../../../src/store/store.ts';
import { answers, type Children } from '../../rig/children.ts';
import { type DatabaseRig, emptyDatabase } from '../../rig/database.ts';
import { gatewayEnvironment } from '../../rig/environment.ts';
import { freePort } from '../../rig/free-port.ts';
import { addAudience } from '../../seed/audience/add-audience.ts';
import { ownNumbers } from '../../seed/own-numbers.ts';
import { playPast } from '../../seed/past/past.ts';
import { DEMO_PEOPLE } from '../../seed/samples.ts';
import { seed } from '../../seed/seed.ts';
import { machineOf } from '../machine.ts';
import { type Loaded, type PageReader, pageReader, signIn } from './browser.ts';

export type ConsoleBenchOptions = { contacts: number; rounds: number };

type Say = (line: string) => void;

const START_MS = 60_000;

/** Server time of 95 in 100 loads, ms, and weight of a first load, KB. */
const TARGET = { ms: 200, kilobytes: 90 };

/** A page that reads nothing but the sign-in: what the session, the layout and the connection take. */
const FLOOR = '/console/account';

/**
 * Measures each page of the console as an administrator opens it, on the demo with its played past and this many people, against a page
 * that reads nothing but the sign-in. Pages about one person, message or hold are measured on as many different ones as there are
 * rounds.
 */
export async function benchConsole(
  rig: DatabaseRig,
  children: Children,
  { contacts, rounds }: ConsoleBenchOptions,
  say: Say,
): Promise<void> {
  const { line } = await machineOf(rig.uri);
  say(`console, the demo with ${contacts} people\n${line}\n`);
  const [port, simulatorPort] = [await freePort(), await freePort()];
  const env: NodeJS.ProcessEnv = {
    ...gatewayEnvironment({ ...rig, port, simulatorPort }),
    CONSOLE: 'demo',
  };
  await fillDemo(rig, env, contacts, say);
  const child = children.start(join(ROOT, 'dist', 'src', 'main.js'), {
    env: { ...env, ROLE: 'web' },
    execArgv: [...NODE_FLAGS.web],
  });
  await answers(`${env.PUBLIC_URL}/healthz`, START_MS);
  const reader = pageReader(env.PUBLIC_URL ?? '');
  const store = await openStore({ uri: rig.uri, database: DATABASE });
  try {
    await signIn(reader, 'admin');
    await sayWeight(reader, say);
    await sayTimes(reader, await pagesOf(store, reader, rounds), rounds, say);
  } finally {
    await store.close();
    await reader.close();
    await children.end(child, 'SIGTERM');
  }
}

async function fillDemo(
  { uri }: DatabaseRig,
  env: NodeJS.ProcessEnv,
  contacts: number,
  say: Say,
): Promise<void> {
  const config = loadConfig(env);
  await emptyDatabase(uri);
  await seed(uri, DATABASE, { ring: config.keyRing, keys: config.blindIndexKeys });
  const store = await openStore({ uri, database: DATABASE });
  const { key } = await createKey(store, { name: 'bench', scopes: SCOPES }, new Date());
  await store.close();
  const past = { mongodb: uri, numbers: ownNumbers(config), apiKey: key, people: DEMO_PEOPLE };
  await playPast({ ...past, config, now: new Date(), say });
  await addAudience(uri, config, contacts, say);
}

/** Lists of single messages stand behind the first page of Sent. */
const LIST_OF: Readonly<Record<string, string>> & { sent: string } = { sent: '/console/sent?program=deals' };

/** A page and the addresses under which it is loaded, in turn. */
type MeasuredPage = { name: string; paths: readonly string[] };

/** What the database holds is measured on people with a history, the rest on what the lists show. */
async function pagesOf(store: Store, reader: PageReader, rounds: number): Promise<MeasuredPage[]> {
  const some = { projection: { _id: 1 }, limit: rounds } as const;
  const known = await store.contacts.find({ 'head.seq': { $gt: 2 } }, some).toArray();
  const person = (end: string): MeasuredPage => ({
    name: `people/:id${end}`,
    paths: known.map(({ _id }) => `/console/people/${encodeURIComponent(_id)}${end}`),
  });
  const listed = async (name: string): Promise<MeasuredPage> => {
    const { html } = await loaded(reader, LIST_OF[name] ?? `/console/${name}`, 'identity');
    const links = html.matchAll(new RegExp(`href="(/console/${name}/[\\w.-]+)"`, 'g'));
    return { name: `${name}/:id`, paths: [...new Set([...links].map(([, path = '']) => path))] };
  };
  const names = ['people', 'sent', 'inbox', 'holds', 'suppressions', 'drift'];
  return [
    { name: 'home', paths: ['/console'] },
    ...names.map((name) => ({ name, paths: [`/console/${name}`] })),
    { name: 'sent?program', paths: [LIST_OF.sent] },
    person(''),
    person('/proof'),
    ...(await Promise.all(['sent', 'inbox', 'holds'].map(listed))),
  ];
}

async function sayTimes(
  reader: PageReader,
  pages: readonly MeasuredPage[],
  rounds: number,
  say: Say,
): Promise<void> {
  const floor = await timesOf(reader, { name: 'account', paths: [FLOOR] }, rounds);
  say(`${'page'.padEnd(20)}  p50 ms  p95 ms  ÷ account   KB gzipped  (target p95 ${TARGET.ms} ms)`);
  for (const page of [{ name: 'account', paths: [FLOOR] }, ...pages]) {
    if (page.paths.length === 0) {
      say(`${page.name.padEnd(20)}  nothing to open`);
      continue;
    }
    const times = await timesOf(reader, page, rounds);
    const [path = ''] = page.paths;
    const kilobytes = (await loaded(reader, path, 'gzip')).bytes / 1024;
    const figures = [quantile(times, 0.5), quantile(times, 0.95)].map((ms) => ms.toFixed(0).padStart(6));
    const ratio = (quantile(times, 0.5) / quantile(floor, 0.5)).toFixed(1).padStart(9);
    say(`${page.name.padEnd(20)}  ${figures.join('  ')}  ${ratio}   ${kilobytes.toFixed(1).padStart(10)}`);
  }
}

/** The times of all loads after one that warms up, ms. */
async function timesOf(reader: PageReader, { paths }: MeasuredPage, rounds: number): Promise<number[]> {
  const times: number[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const path = paths[(round + paths.length) % paths.length] ?? '';
    const { ms } = await loaded(reader, path, 'identity');
    if (round >= 0) times.push(ms);
  }
  return times;
}

async function loaded(reader: PageReader, path: string, encoding: 'gzip' | 'identity'): Promise<Loaded> {
  const answer = await reader.get(path, encoding);
  if (answer.status !== 200) throw new Error(`${path} was answered ${answer.status}`);
  return answer;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

const ASSET = /(?:href|src)="(\/console\/assets\/[^"]+)"/g;
const FONT = /url\(["']?([^"')]+\.woff2)["']?\)/g;

/** Weighs everything that a first visit of the home page loads: page, style, scripts, fonts. */
async function sayWeight(reader: PageReader, say: Say): Promise<void> {
  const { html } = await reader.get('/console');
  const assets = [...new Set([...html.matchAll(ASSET)].map(([, path = '']) => path))];
  const style = assets.find((path) => path.includes('.css')) ?? '';
  const sheet = await reader.get(style);
  const fonts = [...new Set([...sheet.html.matchAll(FONT)].map(([, path = '']) => path))];
  const paths = ['/console', ...assets, ...fonts.map((path) => new URL(path, `http://a${style}`).pathname)];
  let sum = 0;
  const parts: string[] = [];
  for (const path of paths) {
    const { bytes } = await reader.get(path, 'gzip');
    sum += bytes;
    parts.push(`${path.split('/').at(-1)} ${(bytes / 1024).toFixed(1)}`);
  }
  say(
    `first load gzipped: ${(sum / 1024).toFixed(1)} KB (target ${TARGET.kilobytes}): ${parts.join(', ')}\n`,
  );
}
