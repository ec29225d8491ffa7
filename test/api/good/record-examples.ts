import { createHash } from 'node:crypto';
import type { ApiRoute } from '../../../src/api/http/route.ts';
import { ROUTES } from '../../../src/api/routes.ts';
import { startGateway } from '../../support/gateway.ts';
import { newClient, quiet } from '../client.ts';
import { plantPairs } from './people.ts';
import { ALARM, incidentHour } from './reports.ts';
import { goodRequests, HELD } from './requests.ts';
import { TO_REVIEW } from './reviews.ts';

/** What the description of the API shows for an operation: the request's body, if it has one, and the answer. */
export type RecordedExample = { request?: unknown; answer: unknown };

/** When the recorded examples seem to have happened. */
const SHOWN_AT = Date.parse('2026-03-02T15:00:00.000Z');
const DAY_MS = 86_400_000;
/** Times further away than this are part of the requests or of the seed, and stay. */
const NEAR_MS = 120 * DAY_MS;
/** Longer lists are cut to this length. */
const MOST_ITEMS = 2;

/** Requests that others would change: a pause of the person withholds messages. Each goes before all others. */
const FIRST = [
  'post /messages',
  'post /checks',
  'post /templates/{id}/test-send',
  'get /contacts/{id}/status',
];

/** Needs the key of a second person. */
const BY_ANOTHER = 'post /campaigns/{id}/approve';

const placeOf = (name: string): number => (FIRST.includes(name) ? 0 : 1);

/** Runs the good requests of the tests and keeps, for each route, the first that succeeds. */
export async function recordExamples(): Promise<{
  examples: Record<string, RecordedExample>;
  missing: string[];
}> {
  const gateway = await startGateway({ worker: 'replies' });
  const stable = stableValues(Date.now(), gateway.url);
  const found = new Map<string, RecordedExample>();
  try {
    await gateway.text(HELD, 'JOIN');
    await gateway.text(HELD, 'YES');
    for (const { from, body } of TO_REVIEW) await gateway.text(from, body);
    await quiet(gateway);
    await gateway.stopWorker();
    await gateway.store.qualityAlarms.insertOne({ ...ALARM });
    await gateway.store.incidents.insertOne(incidentHour());
    const client = await newClient(gateway);
    const second = await newClient(gateway);
    const good = Object.entries(await goodRequests(client));
    await plantPairs(gateway.store);
    for (const [name, requests] of good.sort(([left], [right]) => placeOf(left) - placeOf(right))) {
      for (const request of requests) {
        const [method, path] = name.split(' ') as [ApiRoute['method'], string];
        const route = ROUTES.find((known) => known.method === method && known.path === path);
        const answer = await (name === BY_ANOTHER ? second : client)(method, request.path, request);
        if (route === undefined || answer.status !== route.status || found.has(name)) continue;
        const first = route.streams ? answer.body[0] : answer.body;
        const body = request.raw === undefined ? request.body : JSON.parse(request.raw.split('\n')[0] ?? '');
        found.set(name, {
          ...(body === undefined ? {} : { request: stable(body) }),
          answer: shortened(route, stable(first)),
        });
      }
    }
  } finally {
    await gateway.stop();
  }
  const names = ROUTES.map(({ method, path }) => `${method} ${path}`);
  const examples = Object.fromEntries(
    [...names].sort().flatMap((name) => {
      const example = found.get(name);
      return example === undefined ? [] : [[name, example] as const];
    }),
  );
  return { examples, missing: names.filter((name) => !found.has(name)) };
}

/** An answer with short lists, where its shape allows them. */
function shortened({ answer }: ApiRoute, value: unknown): unknown {
  const short = cut(value);
  return answer.safeParse(short).success ? short : value;
}

function cut(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, MOST_ITEMS).map(cut);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, cut(child)]));
}

const RANDOM =
  /\b(c_[\w-]{16}|ak_[\w-]{8,}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?:SM|MM|MG|AC)?[0-9a-f]{16,64}|b_[0-9a-z]{16,}|(?=[\w-]*\d)(?=[\w-]*[A-Z])[\w-]{20,})/g;
const TIME = /\b\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z)?/g;

/** Numbers of the requests that a phone may have, and the fictional ones that are shown. */
const fictional = (text: string): string =>
  text
    .replace(/867-5309/g, '555-0123')
    .replace(/8675309/g, '5550123')
    .replace(/5552368/g, '5550142');

/** A time in a sentence. */
const WRITTEN_TIME = new RegExp(
  `\\b[A-Z][a-z]{2} \\d{1,2}, ${new Date().getUTCFullYear()}, \\d{1,2}:\\d\\d [AP]M (E[SD]T|UTC)`,
  'g',
);
const SHOWN_WRITTEN = 'Mar 2, 2026, 10:00 AM EST';

/** Where short links lead in the recorded examples. */
const SHOWN_HOST = 'https://go.fernway.example';
const SHORT_LINK = /\/l\/(?!0{12})[\w-]{12}\b/g;

/** Replaces ids, keys, times, short links and the address of the gateway by values that are the same in every run. */
function stableValues(now: number, url: string): (value: unknown) => unknown {
  const ids = new Map<string, string>();
  const idOf = (id: string): string => {
    const known = ids.get(id) ?? stableId(id, ids.size + 1);
    ids.set(id, known);
    return known;
  };
  const shift = SHOWN_AT - now;
  const timeOf = (text: string): string => {
    const at = Date.parse(text);
    if (Number.isNaN(at) || Math.abs(at - now) > NEAR_MS) return text;
    if (!text.includes('T'))
      return new Date(at + Math.round(shift / DAY_MS) * DAY_MS).toISOString().slice(0, 10);
    return new Date(Math.round((at + shift) / 60_000) * 60_000).toISOString();
  };
  const stable = (value: unknown): unknown => {
    if (typeof value === 'string')
      return fictional(value)
        .replaceAll(url, SHOWN_HOST)
        .replace(SHORT_LINK, '/l/y9iL2abjjpEJ')
        .replace(RANDOM, idOf)
        .replace(TIME, timeOf)
        .replace(WRITTEN_TIME, SHOWN_WRITTEN);
    if (Array.isArray(value)) return value.map(stable);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, stable(child)]));
  };
  return stable;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

/** An id of the same form and length, made of its place in the order of ids. */
function stableId(id: string, place: number): string {
  const digest = createHash('sha256').update(`example ${place}`).digest('hex').repeat(4);
  let at = 0;
  const prefix = /^(c_|b_|ak_|SM|MM|MG|AC)?/.exec(id)?.[0] ?? '';
  const kept = UUID.test(id) ? /[^-]/g : /./g;
  const rest = id.slice(prefix.length).replace(kept, () => digest[at++] ?? '0');
  return prefix === 'ak_' ? `${prefix}${rest.slice(0, 16)}_${rest.slice(17)}` : prefix + rest;
}
