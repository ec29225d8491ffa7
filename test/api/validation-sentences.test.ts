import { expect } from 'chai';
import { type FieldError, Problem } from '../../src/api/http/problems.ts';
import { type ApiRoute, readPart, readRequest } from '../../src/api/http/route.ts';
import { ROUTES } from '../../src/api/routes.ts';
import { readTree } from '../../src/domain/segments/tree.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { ANY_TEXT, ANY_VALUE, type FieldTry, faultOfSentence, fieldTries } from './bad-fields.ts';
import { newClient } from './client.ts';

type Part = 'path' | 'query' | 'body' | 'line';

/** The errors of a request whose part is `input`, and its status. */
function errorsOf(route: ApiRoute, part: Part, input: unknown): { status: number; errors: FieldError[] } {
  if (part === 'line') {
    const read = route.lines === null ? { data: null } : readPart(route.lines, input, 'body');
    return 'issues' in read ? { status: 400, errors: read.issues } : { status: 200, errors: [] };
  }
  const parts = { params: {}, query: {}, body: {}, [part === 'path' ? 'params' : part]: input };
  try {
    readRequest(route, parts);
    return { status: 200, errors: [] };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { status: error.status, errors: error.extras.errors ?? [] };
  }
}

function triesOf(route: ApiRoute): [Part, FieldTry[]][] {
  return [
    ['path', fieldTries(route.params, ANY_TEXT)],
    ['query', fieldTries(route.query, ANY_TEXT)],
    ['body', route.body === null ? [] : fieldTries(route.body, ANY_VALUE)],
    ['line', route.lines === null ? [] : fieldTries(route.lines, ANY_VALUE)],
  ];
}

const isAt = (field: string, error: FieldError): boolean =>
  error.field === field || error.field.startsWith(`${field}.`) || field.startsWith(`${error.field}.`);

/** One clause of each kind of segment, with every member. */
const CLAUSES: Record<string, unknown>[] = [
  { kind: 'all', of: [{ kind: 'everyone' }] },
  { kind: 'any', of: [{ kind: 'weak-zone' }] },
  { kind: 'none', of: [{ kind: 'weak-zone' }] },
  { kind: 'everyone' },
  { kind: 'age', from: 21, to: 60 },
  { kind: 'gender', oneOf: ['female'] },
  { kind: 'language', oneOf: ['es'] },
  { kind: 'country', oneOf: ['US'] },
  { kind: 'state', oneOf: ['CA'] },
  { kind: 'city', oneOf: ['Austin'] },
  { kind: 'zip', oneOf: ['90210'] },
  { kind: 'zip-area', oneOf: ['902'] },
  { kind: 'near', zip: '90210', miles: 10 },
  { kind: 'area-code', oneOf: ['212'] },
  { kind: 'zone', oneOf: ['America/Chicago'] },
  { kind: 'weak-zone' },
  { kind: 'interest', oneOf: ['shoes'] },
  { kind: 'list', oneOf: ['vip'] },
  { kind: 'contact', oneOf: ['c_AAAAAAAAAAAAAAAA'] },
  { kind: 'known', what: 'zip' },
  { kind: 'field', name: 'size', test: { kind: 'known' } },
  { kind: 'field', name: 'size', test: { kind: 'is', value: 'x' } },
  { kind: 'field', name: 'size', test: { kind: 'one-of', values: ['x'] } },
  { kind: 'field', name: 'size', test: { kind: 'starts-with', value: 'x' } },
  { kind: 'field', name: 'size', test: { kind: 'between', low: 1, high: 2 } },
  { kind: 'field', name: 'size', test: { kind: 'before', date: '2026-01-01' } },
  { kind: 'field', name: 'size', test: { kind: 'after', date: '2026-01-01' } },
  { kind: 'field', name: 'size', test: { kind: 'within', days: 3, direction: 'past' } },
  { kind: 'stage', oneOf: ['lead'], olderThanDays: 3, newerThanDays: 9 },
  { kind: 'added', olderThanDays: 3, newerThanDays: 9 },
  {
    kind: 'subscription',
    state: 'subscribed',
    program: 'deals',
    topics: ['deals'],
    channels: ['VIA_TEXT'],
    purposes: ['marketing'],
    olderThanDays: 3,
    newerThanDays: 9,
  },
  {
    kind: 'did',
    event: 'purchase',
    times: 1,
    timesAtMost: 3,
    sum: 1,
    sumAtMost: 5,
    days: 3,
    since: '2026-01-01',
    before: '2026-02-01',
  },
  { kind: 'did-not', event: 'purchase', days: 3, since: '2026-01-01', before: '2026-02-01' },
  { kind: 'engagement', oneOf: ['active'] },
  { kind: 'sent', campaign: 'spring', delivered: true, clicked: false, days: 3 },
  { kind: 'replied', days: 3 },
  { kind: 'ignored', last: 3 },
  { kind: 'segment', id: 'grown-up' },
];

type Json = Record<string, unknown>;

/** A clause with each of its members replaced, left out, or with an unknown member beside it. */
function* clauseTries(
  clause: Json,
  wrap: (changed: Json) => unknown,
  path: string,
): Generator<[string, unknown]> {
  yield [`${path}/no_such_member`, wrap({ ...clause, no_such_member: 1 })];
  for (const [name, value] of Object.entries(clause)) {
    const { [name]: _, ...others } = clause;
    const here = `${path}/${name}`;
    yield [here, wrap(others)];
    for (const bad of ANY_VALUE) if (typeof bad !== 'symbol') yield [here, wrap({ ...clause, [name]: bad })];
    if (Array.isArray(value) && name !== 'of')
      for (const bad of ANY_VALUE)
        if (typeof bad !== 'symbol') yield [`${here}/0`, wrap({ ...clause, [name]: [bad] })];
    if (name === 'test')
      yield* clauseTries(value as Json, (changed) => wrap({ ...clause, test: changed }), here);
  }
}

describe('the sentences of refused requests', () => {
  const counted = { routes: 0, fields: 0, tries: 0 };

  for (const route of ROUTES) {
    it(`name the field and say what is accepted: ${route.method} ${route.path}`, () => {
      counted.routes += 1;
      for (const [part, tries] of triesOf(route)) {
        counted.fields += new Set(tries.map(({ field }) => field)).size;
        for (const { field, what, input, mustFail } of tries) {
          const { status, errors } = errorsOf(route, part, input);
          const at = errors.filter((error) => isAt(field, error));
          const tried = `${part} ${field} = ${what}`;
          if (mustFail) expect(at, tried).to.have.length.of.at.least(1);
          if (errors.length > 0) expect(status, tried).to.be.oneOf([400, 422]);
          const faults = errors.map(({ message }) => faultOfSentence(message));
          expect(faults.filter(Boolean), tried).to.deep.equal([]);
          counted.tries += at.length === 0 ? 0 : 1;
        }
      }
    });
  }

  it('were read for 130 routes, 900 fields and 10,000 tries', () => {
    expect(counted.routes).to.be.at.least(130);
    expect(counted.fields).to.be.at.least(900);
    expect(counted.tries).to.be.at.least(10_000);
  });

  it('list every kind of clause, and each kind has an example in this test', () => {
    const read = readTree({ kind: 'no such kind' });
    const [fault] = read.ok ? [] : read.faults;
    const kinds = [...new Set(CLAUSES.map(({ kind }) => kind as string))];
    expect(fault?.problem).to.match(/^There is no such kind\. It must be one of: /);
    const named = fault?.problem.replace(/^.*: |\.$/g, '').split(', ');
    expect(named).to.have.members(kinds);
  });

  it('name the member of a segment and say what is accepted', () => {
    let tries = 0;
    for (const clause of CLAUSES) {
      expect(readTree(clause), 'a good example').to.deep.equal({ ok: true, tree: clause });
      for (const [place, input] of clauseTries(clause, (changed) => changed, '')) {
        const read = readTree(input);
        if (read.ok) continue;
        tries += 1;
        const where = JSON.stringify(input).slice(0, 200);
        const paths = read.faults.map(({ path }) => path);
        expect(
          paths.some((path) => path.startsWith(place) || place.startsWith(path)),
          `${where}: ${paths}`,
        ).to.equal(true);
        for (const { problem } of read.faults) expect(faultOfSentence(problem), where).to.equal(null);
      }
    }
    expect(tries).to.be.at.least(1500);
  });

  describe('each route over HTTP', () => {
    let gateway: Gateway;
    before(async () => {
      gateway = await startGateway({ worker: false });
    });
    after(() => gateway.stop());

    it('answers with these sentences about its body, its query and its path', async () => {
      const client = await newClient(gateway);
      for (const route of ROUTES) {
        const path = route.path.replace(/\{\w+\}/g, ' ');
        const body = route.body === null ? {} : { body: { no_such_field: 1 } };
        const answer = await client(route.method, encodeURI(path), { query: 'no_such_field=1', ...body });
        const tried = `${route.method} ${route.path}: ${answer.text}`;
        expect(answer.status, tried).to.be.oneOf([400, 422]);
        const names = answer.body.errors.map(({ field }: FieldError) => field);
        expect(names, tried).to.include.members(['no_such_field', ...Object.keys(route.params.shape)]);
        for (const { message } of answer.body.errors) expect(faultOfSentence(message), tried).to.equal(null);
      }
    });
  });
});
