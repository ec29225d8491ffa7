import { createHash } from 'node:crypto';
import { Agent } from 'node:http';
import { expect } from 'chai';
import type { Filter } from 'mongodb';
import supertest from 'supertest';
import { type ApiScope, createKey, SCOPES } from '../../src/access/api-keys.ts';
import type { ApiRoute } from '../../src/api/http/route.ts';
import { ROUTES } from '../../src/api/routes.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { type Gateway, until } from '../support/gateway.ts';

export type ApiAnswer = {
  status: number;
  /** The JSON of the answer, of any shape. */
  body: ReturnType<JSON['parse']>;
  text: string;
  headers: Record<string, string>;
};
export type ApiCall = {
  query?: string;
  body?: unknown;
  raw?: string;
  type?: string;
  headers?: Record<string, string>;
};
export type Client = (method: ApiRoute['method'], path: string, ask?: ApiCall) => Promise<ApiAnswer>;

/** Connections stay open, since a run makes some ten thousand requests. */
const CONNECTIONS = new Agent({ keepAlive: true });

/** A client with an API key. It checks every success against the answer schema of the route table. */
export function clientWith(url: string, key: string | null): Client {
  return async (method, path, ask = {}) => {
    const query = ask.query === undefined ? '' : `?${ask.query}`;
    const request = supertest(url)[method](`/api/v1${path}${query}`).agent(CONNECTIONS);
    const route = routeOf(method, path);
    if (ask.headers !== undefined) request.set(ask.headers);
    if (key !== null) request.set('Authorization', `Bearer ${key}`);
    const raw = ask.raw ?? (ask.body === undefined ? undefined : JSON.stringify(ask.body));
    if (raw !== undefined) request.set('Content-Type', ask.type ?? 'application/json');
    if (route?.streams) request.buffer(true).parse(whole);
    const response = await (raw === undefined ? request : request.send(raw));
    const isLines = response.type === 'application/x-ndjson';
    const text = Buffer.isBuffer(response.body) ? response.body.toString('utf8') : response.text;
    const answer = { status: response.status, text, headers: response.headers };
    const body = isLines
      ? text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line))
      : JSON.parse(text || 'null');
    if (response.status < 300) {
      for (const line of isLines ? body : [body]) {
        const issues = route?.answer.safeParse(line).error?.issues ?? [];
        expect(issues, `${method} ${path} answers in the promised shape`).to.deep.equal([]);
      }
    } else {
      expect(response.headers['content-type'], response.text).to.equal('application/problem+json');
    }
    return { ...answer, body };
  };
}

/** Reads a body of a type that supertest does not keep. */
function whole(response: supertest.Response, done: (error: Error | null, body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  response.on('end', () => done(null, Buffer.concat(chunks)));
}

export async function newClient(gateway: Gateway, scopes: readonly ApiScope[] = SCOPES): Promise<Client> {
  const { key } = await createKey(gateway.store, { name: 'test', scopes }, new Date());
  return clientWith(gateway.url, key);
}

const PATTERNS = ROUTES.map((route) => ({
  route,
  pattern: new RegExp(`^${route.path.replace(/\{\w+\}/g, '[^/]+')}$`),
}));

const routeOf = (method: string, path: string): ApiRoute | undefined =>
  PATTERNS.find(({ route, pattern }) => route.method === method && pattern.test(path))?.route;

export const fieldsOf = ({ body }: ApiAnswer): string[] =>
  (body.errors ?? []).map(({ field }: { field: string }) => field);

/**
 * Resolves once the carrier has reported the end of every message (or of those that `which` names), so that nothing is
 * written during the rest of a test. A receipt may come before the worker has recorded the answer to its create call.
 * Until then the receipt stands for the decision.
 */
export function quiet({ store }: Gateway, which: Filter<DeliveryDoc> = {}): Promise<void> {
  const moving = {
    ...which,
    $or: [{ state: { $ne: 'delivered' as const } }, { 'decision.by': 'receipt' as const }],
  };
  return until(
    'every message has arrived',
    async () => (await store.deliveries.countDocuments(moving)) === 0,
  );
}

/** Everything stored, except the last use of keys and the reports of processes, as digests. */
export async function fingerprint(gateway: Gateway): Promise<string> {
  return `keys ${await keysHeld(gateway)}, others ${await dataHeld(gateway)}`;
}

/** A digest of the keys, except their last use and their counts of unknown numbers. */
export async function keysHeld({ store }: Gateway): Promise<string> {
  const keys = store.db.collection('apiKeys').find({}, { projection: { lastUsedAt: 0, unknown: 0 } });
  return digest(await keys.sort({ _id: 1 }).toArray());
}

/** A digest of each collection, by its name, except keys, the log of requests and the reports of processes. */
export async function dataHeld({ store }: Gateway): Promise<string> {
  const { collections } = await store.db.command({ dbHash: 1 });
  // A request that is refused may be on record all the same: it may have told whether a number is known.
  const { apiKeys, apiRequests, auditEntries, webProcesses, ...rest } = collections;
  return JSON.stringify(rest, null, 1);
}

const digest = (held: unknown): string => createHash('sha256').update(JSON.stringify(held)).digest('hex');
