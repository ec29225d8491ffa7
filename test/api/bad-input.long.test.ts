import { expect } from 'chai';
import type { z } from 'zod';
import { Problem } from '../../src/api/http/problems.ts';
import type { ApiRoute } from '../../src/api/http/route.ts';
import { readRequest } from '../../src/api/http/route.ts';
import { ROUTES } from '../../src/api/routes.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { BAD_PHONES, type BadBody, badBodies } from './bad-values.ts';
import { type ApiAnswer, type Client, dataHeld, fieldsOf, keysHeld, newClient, quiet } from './client.ts';
import type { GoodRequest } from './good/good-request.ts';
import { plantPairs } from './good/people.ts';
import { ALARM, incidentHour } from './good/reports.ts';
import { goodRequests, HELD } from './good/requests.ts';
import { TO_REVIEW } from './good/reviews.ts';

const BODIES: { what: string; raw: string; type?: string; status: number }[] = [
  { what: 'a list', raw: '[]', status: 400 },
  { what: 'a text', raw: '"x"', status: 400 },
  { what: 'null', raw: 'null', status: 400 },
  { what: 'half an object', raw: '{"phone": "+1555', status: 400 },
  { what: 'deep nesting', raw: `{"a":${'['.repeat(9000)}${']'.repeat(9000)}}`, status: 400 },
  { what: 'a form', raw: 'phone=1', type: 'application/x-www-form-urlencoded', status: 415 },
  { what: 'plain text', raw: '{}', type: 'text/plain', status: 415 },
  { what: 'another charset', raw: '{}', type: 'application/json; charset=latin1', status: 415 },
  { what: 'too much', raw: JSON.stringify({ phone: 'x'.repeat(110_000) }), status: 413 },
];

describe('bad input to the API', () => {
  let gateway: Gateway;
  let good: Record<string, GoodRequest[]>;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    await gateway.text(HELD, 'JOIN');
    await gateway.text(HELD, 'YES');
    for (const { from, body } of TO_REVIEW) await gateway.text(from, body);
    await quiet(gateway);
    await gateway.stopWorker();
    await gateway.store.qualityAlarms.insertOne({ ...ALARM });
    await gateway.store.incidents.insertOne(incidentHour());
    good = await goodRequests(await newClient(gateway));
    await plantPairs(gateway.store);
    held = await heldNow();
  });
  after(() => gateway.stop());

  const samples = (name: string): GoodRequest[] => {
    const found = good[name];
    if (found === undefined)
      throw new Error(`write a good request for ${name}, so that bad ones can be made of it`);
    return found;
  };

  /** A digest of everything stored, taken when the route before was done. The keys of this test are left out. */
  let held: string[] = [];
  const heldNow = async (): Promise<string[]> => {
    await gateway.store.db.collection('apiKeys').deleteMany({ name: 'test' });
    return [await keysHeld(gateway), await dataHeld(gateway)];
  };
  const names = (answer: ApiAnswer, field: string, what: string): void => {
    expect(answer.status, `${what}: ${answer.text}`).to.be.oneOf([400, 422]);
    expect(isNamed(fieldsOf(answer), field), `${what}: ${answer.text}`).to.equal(true);
  };

  for (const route of ROUTES) {
    const name = `${route.method} ${route.path}`;
    const { body } = route;
    let kept: Promise<Client> | undefined;
    /** The key for the route. A route with a low rate limit gets a new key for each `it`. */
    const ownClient = (): Promise<Client> => {
      if (kept === undefined || route.rate === 'lookups') kept = usedClient(gateway);
      return kept;
    };
    describe(name, () => {
      if (body !== null) {
        it('names each field with a value of a wrong shape and each unknown field', async () => {
          const client = await ownClient();
          for (const { path, body: whole } of samples(name)) {
            const bad = badBodies(body, whole ?? {});
            const sent = bad.filter((bad) => readAlone(route, path, bad) === 'let through' || bad.example);
            await together(sent, async ({ field, raw, what }) =>
              names(await client(route.method, path, { raw }), field, what),
            );
          }
        });

        it('refuses bodies that are no JSON object, too large, or of another type', async () => {
          const client = await ownClient();
          const path = samples(name)[0]?.path ?? '';
          for (const { what, raw, type, status } of BODIES) {
            const answer = await client(route.method, path, {
              raw,
              ...(type === undefined ? {} : { type }),
            });
            expect(answer.status, what).to.equal(status);
          }
        });
      }

      if (body !== null && takesPhone(body)) {
        it('names the field phone for a number that cannot be texted, and does not repeat the number', async () => {
          const client = await ownClient();
          for (const sample of samples(name).slice(0, 1)) {
            for (const phone of BAD_PHONES) {
              const answer = await client(route.method, sample.path, { body: { ...sample.body, phone } });
              expect(answer.status, answer.text).to.equal(422);
              expect(fieldsOf(answer)).to.deep.equal(['phone']);
              if (phone.length > 4) expect(answer.text).not.to.contain(phone);
            }
          }
        });
      }

      it('names unknown, repeated and nested fields of the query', async () => {
        const client = await ownClient();
        for (const { path, query, body: sent } of samples(name)) {
          const known = Object.keys(route.query.shape);
          const bad: [field: string, query: string][] = [
            ['no_such_field', 'no_such_field=1'],
            ['$where', '$where=1'],
            ['__proto__', '__proto__=1'],
            ['constructor', 'constructor=1'],
            ...known.map((field): [string, string] => [field, `${field}=%00&${field}=%00`]),
            ...known.map((field): [string, string] => [`${field}[$gt]`, `${field}[$gt]=1`]),
            ...known.map((field): [string, string] => [field, `${field}=%24%7B7*7%7D%00`]),
          ];
          await together(bad, async ([field, extra]) => {
            const rest = new URLSearchParams(query);
            rest.delete(field);
            const ask = { query: `${rest}&${extra}`, ...(sent === undefined ? {} : { body: sent }) };
            names(await client(route.method, path, ask), field, extra);
          });
        }
      });

      for (const field of Object.keys(route.params.shape)) {
        it(`names ${field} when the path has no such thing`, async () => {
          const client = await ownClient();
          const addresses = [
            '$gt',
            '__proto__',
            'constructor',
            '%00',
            '..%2Fx',
            '%5B%5D',
            '%2B15551230001',
            'x'.repeat(300),
          ];
          await together(addresses, async (bad) => {
            const path = route.path.replace(`{${field}}`, bad);
            const answer = await client(route.method, path, {
              ...(body === null ? {} : { body: samples(name)[0]?.body }),
            });
            names(answer, field, bad);
          });
          const broken = await client(route.method, route.path.replace(`{${field}}`, '%ZZ'));
          expect(broken.status).to.equal(400);
        });
      }

      it('changes nothing in the database by any bad request', async () => {
        const before = held;
        held = await heldNow();
        expect(held).to.deep.equal(before);
      });
    });
  }

  describe('the log of bad requests', () => {
    it('holds no phone number', () => {
      const lines = gateway.logs.join('\n');
      expect(gateway.logs.length).to.be.greaterThan(500);
      const traces = [HELD.slice(1), ...BAD_PHONES.filter((phone) => /\d{7}/.test(phone))];
      for (const trace of traces) expect(lines).not.to.contain(trace);
    });
  });

  describe('the sample request of each route', () => {
    it('succeeds', async () => {
      const client = await newClient(gateway);
      for (const route of ROUTES) {
        const [first] = samples(`${route.method} ${route.path}`);
        const { path = '', ...ask } = first ?? {};
        const answer = await client(route.method, path, ask);
        expect(answer.status, `${route.method} ${path}: ${answer.text}`).to.equal(route.status);
      }
    });
  });
});

/** A client whose key was used just now, since the first requests of a new key record its use. */
async function usedClient(gateway: Gateway): Promise<Client> {
  const client = await newClient(gateway);
  const keys = gateway.store.db.collection('apiKeys');
  await keys.updateMany({ lastUsedAt: null }, { $set: { lastUsedAt: new Date() } });
  return client;
}

const isNamed = (fields: readonly string[], field: string): boolean =>
  fields.some((name) => name === field || name.startsWith(`${field}.`));

/** Reads a body as the API does before its handler. Fails when another field is refused. */
function readAlone(route: ApiRoute, path: string, { field, raw, what }: BadBody): 'refused' | 'let through' {
  const body = JSON.parse(raw);
  route.looksUp?.(body);
  try {
    readRequest(route, { params: paramsOf(route, path), query: {}, body });
    return 'let through';
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    expect(error.status, what).to.be.oneOf([400, 422]);
    const fields = (error.extras.errors ?? []).map((error) => error.field);
    expect(isNamed(fields, field), `${what}: ${fields}`).to.equal(true);
    return 'refused';
  }
}

function paramsOf(route: ApiRoute, path: string): Record<string, string> {
  const steps = path.split('/');
  const named = route.path.split('/').flatMap((step, at): [string, string][] => {
    const [, name] = /^\{(\w+)\}$/.exec(step) ?? [];
    return name === undefined ? [] : [[name, decodeURIComponent(steps[at] ?? '')]];
  });
  return Object.fromEntries(named);
}

/** Some at a time: what one answers does not hang on the others, for none may change anything. */
async function together<T>(all: readonly T[], ask: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length; at += 8) await Promise.all(all.slice(at, at + 8).map(ask));
}

function takesPhone(body: z.ZodType): boolean {
  return (
    body.safeParse({ phone: 7, channel: 'WEB_FORM' }).error?.issues.some(({ path }) => path[0] === 'phone') ??
    false
  );
}
