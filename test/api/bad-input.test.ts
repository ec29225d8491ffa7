import { expect } from 'chai';
import type { z } from 'zod';
import { ROUTES } from '../../src/api/routes.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { BAD_PHONES, badBodies } from './bad-values.ts';
import { type Answer, type Client, dataHeld, fieldsOf, keysHeld, newClient, quiet } from './client.ts';
import { plantPairs } from './good/people.ts';
import { ALARM, incidentHour } from './good/reports.ts';
import { type Good, goodRequests, HELD } from './good/requests.ts';
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
  let good: Record<string, Good[]>;
  before(async () => {
    gateway = await startGateway({ worker: false });
    await gateway.text(HELD, 'JOIN');
    await gateway.text(HELD, 'YES');
    for (const { from, body } of TO_REVIEW) await gateway.text(from, body);
    await quiet(gateway);
    await gateway.store.qualityAlarms.insertOne({ ...ALARM });
    await gateway.store.incidents.insertOne(incidentHour());
    good = await goodRequests(await newClient(gateway));
    await plantPairs(gateway.store);
  });
  after(() => gateway.stop());

  const samples = (name: string): Good[] => {
    const found = good[name];
    if (found === undefined)
      throw new Error(`write a good request for ${name}, so that bad ones can be made of it`);
    return found;
  };

  /** What was stored when the test before ended; null where it failed. */
  let held: string | null = null;
  /** Runs requests that must fail, each kind with a key of its own, and sees that nothing changed. */
  const unchanged = async (
    work: (client: Client, clients: Client[]) => Promise<void>,
    kinds = 1,
  ): Promise<void> => {
    const client = await newClient(gateway);
    const more = await Promise.all(Array.from({ length: kinds - 1 }, () => newClient(gateway)));
    const before = [await keysHeld(gateway), held ?? (await dataHeld(gateway))];
    held = null;
    await work(client, [client, ...more]);
    const data = await dataHeld(gateway);
    expect([await keysHeld(gateway), data], 'the database changed').to.deep.equal(before);
    held = data;
    await gateway.store.db.collection('apiKeys').deleteMany({ name: 'test' });
  };
  const names = (answer: Answer, field: string, what: string): void => {
    expect(answer.status, `${what}: ${answer.text}`).to.be.oneOf([400, 422]);
    const named = fieldsOf(answer).some((one) => one === field || one.startsWith(`${field}.`));
    expect(named, `${what}: ${answer.text}`).to.equal(true);
  };

  for (const route of ROUTES) {
    const name = `${route.method} ${route.path}`;
    const { body } = route;
    describe(name, () => {
      if (body !== null) {
        it('names the field of every value of a wrong shape and every field it does not know', () =>
          unchanged(async (first, clients) => {
            for (const [at, one] of samples(name).entries()) {
              const client = clients[at] ?? first;
              await together(badBodies(body, one.body ?? {}), async ({ field, raw, what }) =>
                names(await client(route.method, one.path, { raw }), field, what),
              );
            }
          }, 4));

        it('refuses bodies that are no JSON object, too large, or of another type', () =>
          unchanged(async (client) => {
            const path = samples(name)[0]?.path ?? '';
            for (const { what, raw, type, status } of BODIES) {
              const answer = await client(route.method, path, {
                raw,
                ...(type === undefined ? {} : { type }),
              });
              expect(answer.status, what).to.equal(status);
            }
          }));
      }

      if (body !== null && takesPhone(body)) {
        it('names phone where it is no number that can be texted, and does not repeat it', () =>
          unchanged(async (client) => {
            for (const sample of samples(name).slice(0, 1)) {
              for (const phone of BAD_PHONES) {
                const answer = await client(route.method, sample.path, { body: { ...sample.body, phone } });
                expect(answer.status, answer.text).to.equal(422);
                expect(fieldsOf(answer)).to.deep.equal(['phone']);
                if (phone.length > 4) expect(answer.text).not.to.contain(phone);
              }
            }
          }));
      }

      it('names unknown, repeated and nested fields of the query', () =>
        unchanged(async (client) => {
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
        }));

      for (const field of Object.keys(route.params.shape)) {
        it(`names ${field} where the address holds no such thing`, () =>
          unchanged(async (client) => {
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
          }));
      }
    });
  }

  describe('of no kind', () => {
    it('leaves a number in a log line', () => {
      const lines = gateway.logs.join('\n');
      expect(gateway.logs.length).to.be.greaterThan(500);
      const traces = [HELD.slice(1), ...BAD_PHONES.filter((phone) => /\d{7}/.test(phone))];
      for (const trace of traces) expect(lines).not.to.contain(trace);
    });
  });

  describe('is tried on routes', () => {
    it('that all have a request that works', async () => {
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

/** Some at a time: what one answers does not hang on the others, for none may change anything. */
async function together<T>(all: readonly T[], ask: (one: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length; at += 8) await Promise.all(all.slice(at, at + 8).map(ask));
}

function takesPhone(body: z.ZodType): boolean {
  return (
    body.safeParse({ phone: 7, channel: 'WEB_FORM' }).error?.issues.some(({ path }) => path[0] === 'phone') ??
    false
  );
}
