import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKey, SCOPES } from '../../src/access/api-keys.ts';
import type { ApiRoute } from '../../src/api/http/route.ts';
import { ROUTES } from '../../src/api/routes.ts';
import { ROOT } from '../../src/config.ts';
import { newClient, quiet } from '../api/client.ts';
import type { GoodRequest } from '../api/good/good-request.ts';
import { plantPairs } from '../api/good/people.ts';
import { ALARM, incidentHour } from '../api/good/reports.ts';
import { goodRequests, HELD } from '../api/good/requests.ts';
import { TO_REVIEW } from '../api/good/reviews.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { pythonWith } from './python.ts';

const FUZZER = ['schemathesis==4.32.5'];
const HOOKS = join(ROOT, 'test', 'clients', 'schemathesis_hooks.py');
const SETTINGS = 'schemathesis.toml';
const DESCRIPTION = 'openapi.json';
const REPORT = 'report.json';

/** What each answer is checked for: the last, that a request which breaks its shape is refused. */
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
];

/** The request would end a key, and sooner or later one that is in use. */
const LEFT_OUT = ['revokeKey'];

/** Many, since a key may send 1,200 requests and look up 60 numbers a minute. */
const KEYS = 20;

/** How often a parameter or field has the value of a good request, and not a generated one. */
const GOOD_SHARE = 0.6;

/** How long one answer may take on a busy machine. */
const ANSWER_S = 60;

export type FuzzOptions = { seconds: number; seed: number };

/** `counts`: one line. `output`: all that Schemathesis said, with the commands that repeat the requests at fault. */
export type FuzzOutcome = { failed: boolean; counts: string; output: string };

/**
 * Sends generated requests, right and wrong ones, to every operation of a gateway with a database of its own, and
 * compares the answers with the description of the API.
 */
export async function fuzzApi(options: FuzzOptions): Promise<FuzzOutcome> {
  const python = await pythonWith(FUZZER);
  const gateway = await startGateway({ worker: 'sending', lookup: true });
  const folder = await mkdtemp(join(tmpdir(), 'assent-fuzz-'));
  try {
    const good = await populate(gateway);
    const known = ROUTES.map((route) => knownOf(route, good[`${route.method} ${route.path}`] ?? []));
    await writeFile(join(folder, SETTINGS), settingsFor(known));
    await writeFile(join(folder, DESCRIPTION), JSON.stringify(await describedBy(gateway.url, known)));
    const keys = await Promise.all(Array.from({ length: KEYS }, () => newKey(gateway)));
    const { status, output } = await runFuzzer(python, folder, gateway.url, keys, options);
    const report: Report = JSON.parse(await readFile(join(folder, REPORT), 'utf8').catch(() => 'null'));
    const { failed, counts } = judged(report);
    return { failed: failed || status !== 0, counts, output };
  } finally {
    await gateway.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function newKey({ store }: Gateway): Promise<string> {
  const { key } = await createKey(store, { name: 'fuzzer', scopes: SCOPES }, new Date());
  return key;
}

/** Makes people, texts, campaigns and reports, so that requests find something. */
async function populate(gateway: Gateway): Promise<Record<string, GoodRequest[]>> {
  await gateway.text(HELD, 'JOIN');
  await gateway.text(HELD, 'YES');
  for (const { from, body } of TO_REVIEW) await gateway.text(from, body);
  await quiet(gateway);
  await gateway.store.qualityAlarms.insertOne({ ...ALARM });
  await gateway.store.incidents.insertOne(incidentHour());
  const good = await goodRequests(await newClient(gateway));
  await plantPairs(gateway.store);
  return good;
}

type Known = { route: ApiRoute; values: Map<string, Values>; bodies: unknown[] };

/** Settings that let Schemathesis mix the values of good requests into those that it makes up. */
function settingsFor(known: readonly Known[]): string {
  const dictionaries: string[] = [];
  const operations = known.flatMap(({ route: { id }, values }) => {
    const head = ['[[operations]]', `include-operation-id = "${id}"`];
    if (LEFT_OUT.includes(id)) return [...head, 'enabled = false'];
    const bindings = [...values].map(([place, good]) => {
      const name = JSON.stringify(`${id} ${place}`);
      dictionaries.push(`${name} = { values = ${JSON.stringify([...good])} }`);
      return `"${place}" = { dictionary = ${name}, probability = ${GOOD_SHARE} }`;
    });
    return bindings.length === 0 ? [] : [...head, '[operations.parameters]', ...bindings];
  });
  return [`hooks = ${JSON.stringify(HOOKS)}`, '[dictionaries]', ...dictionaries, ...operations, ''].join(
    '\n',
  );
}

type Parameter = { $ref?: string; in: string; name: string };
type Description = {
  paths: Record<
    string,
    Record<
      string,
      { parameters?: Parameter[] | undefined; requestBody?: { content: Record<string, object> } }
    >
  >;
  components: { parameters: Record<string, Parameter> };
};

/**
 * The description of the API with good requests as its examples: their ids exist in this gateway. Each is asked for
 * beside one that does not exist.
 */
async function describedBy(url: string, known: readonly Known[]): Promise<Description> {
  const description = (await (await fetch(`${url}/api/openapi.json`)).json()) as Description;
  const shared = description.components.parameters;
  for (const { route, values, bodies } of known) {
    const operation = description.paths[`/api/v1${route.path}`]?.[route.method];
    if (operation === undefined) throw new Error(`${route.id} is not described`);
    operation.parameters = operation.parameters?.map((parameter) => {
      const own = shared[parameter.$ref?.split('/').at(-1) ?? ''] ?? parameter;
      const good = [...(values.get(`${own.in}.${own.name}`) ?? [])];
      return { ...own, ...examplesOf(own.in === 'path' ? [...good, ...good.map(unknownId)] : good) };
    });
    for (const content of Object.values(operation.requestBody?.content ?? {}))
      Object.assign(content, { example: undefined }, examplesOf(bodies));
  }
  return description;
}

/** An id of the same shape. Its last letter or digit is another. */
const unknownId = (id: string | number): string =>
  String(id).replace(/[a-z\d](?=[^a-z\d]*$)/i, (last) => (last === '1' ? '2' : '1'));

/** Nothing where no value is known. */
const examplesOf = (values: readonly unknown[]) =>
  values.length === 0
    ? {}
    : { examples: Object.fromEntries(values.map((value, at) => [`${at}`, { value }])) };

type Values = Set<string | number>;

/** The bodies of good requests, and their values by their place as Schemathesis names it, such as path.id or body.phone. */
function knownOf(route: ApiRoute, requests: readonly GoodRequest[]): Known {
  const values = new Map<string, Values>();
  const add = (place: string, value: unknown): void => {
    if (typeof value === 'string' || typeof value === 'number')
      values.set(place, (values.get(place) ?? new Set()).add(value));
  };
  const pattern = new RegExp(`^${route.path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
  const bodies = requests.map(({ raw, body }) =>
    raw === undefined ? body : JSON.parse(raw.split('\n')[0] ?? ''),
  );
  for (const { path, query } of requests) {
    for (const [name, value] of Object.entries(pattern.exec(path)?.groups ?? {}))
      add(`path.${name}`, decodeURIComponent(value));
    for (const [name, value] of new URLSearchParams(query)) add(`query.${name}`, value);
  }
  // A page is asked for without a cursor, since a made-up one is always refused.
  if ('limit' in route.query.shape && !values.has('query.limit')) add('query.limit', 50);
  for (const body of bodies)
    for (const [name, value] of Object.entries(Object(body))) add(`body.${name}`, value);
  return { route, values, bodies: bodies.filter((body) => body !== undefined) };
}

function runFuzzer(
  python: string,
  folder: string,
  url: string,
  keys: readonly string[],
  { seconds, seed }: FuzzOptions,
): Promise<{ status: number | null; output: string }> {
  const flags = [
    `--checks=${CHECKS.join()}`,
    `--seed=${seed}`,
    `--max-time=${seconds}`,
    `--request-timeout=${ANSWER_S}`,
    `--report-json-path=${REPORT}`,
    '--workers=1',
    '--generation-database=none',
    '--continue-on-failure',
    '--warnings=off',
  ];
  const command = ['-m', 'schemathesis.cli', '--no-color', 'run', ...flags, `--url=${url}`, DESCRIPTION];
  // In its own folder, since Schemathesis and Hypothesis write into the folder in which they run.
  const env = { ...process.env, KEYS: keys.join(' ') };
  const fuzzer = spawn(python, command, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const pieces: string[] = [];
  for (const stream of [fuzzer.stdout, fuzzer.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => void pieces.push(piece));
  return new Promise((resolve, reject) => {
    fuzzer.once('error', reject);
    fuzzer.once('close', (status) => resolve({ status, output: pieces.join('') }));
  });
}

/** The part of Schemathesis' report that is read here; null where it ended without one. */
type Report = {
  operations: { selected: number; total: number; tested: number };
  test_cases: { generated: number; with_failures: number; unique_failures: number };
  /** By operation and phase. */
  valid_rates: Record<string, Record<string, { accepted: number }>>;
} | null;

/** Where fewer operations than these ever succeed, the requests do not reach what they should test. */
const LEAST_ACCEPTED = ROUTES.length / 2;

function judged(report: Report): { failed: boolean; counts: string } {
  if (report === null) return { failed: true, counts: 'Schemathesis ended without a report.' };
  const { operations, test_cases: cases, valid_rates: rates } = report;
  const accepted = Object.values(rates).filter((phases) =>
    Object.values(phases).some((rate) => rate.accepted > 0),
  ).length;
  const counts = [
    `${operations.tested} of ${operations.total} operations tested, ${accepted} of them with success`,
    `${cases.generated} requests, ${cases.unique_failures} different failures`,
  ].join('; ');
  return { failed: accepted < LEAST_ACCEPTED, counts };
}
