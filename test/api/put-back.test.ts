import { expect } from 'chai';
import type { ApiRoute } from '../../src/api/http/route.ts';
import { ROUTES } from '../../src/api/routes.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ApiAnswer, type Client, fieldsOf, newClient } from './client.ts';

type Json = Record<string, unknown>;

/**
 * A resource that a PUT saves: its path, bodies with every field and with as few as possible, and where GET shows
 * it. Without `at`, GET has the same path; with it, GET answers a list, which `is` finds the resource in.
 */
type Resource = { path: string; bodies: Json[]; at?: string; is?: (item: Json) => boolean };

/** What a save may change although the client changed nothing: the time of the save. */
const TIMES = ['updated_at', 'marked_at', 'saved_at'];

const PHONE = '+15551230001';

const puts = ROUTES.filter(({ method }) => method === 'put');

describe('a resource that is read and put back', () => {
  let gateway: Gateway;
  let client: Client;
  let resources: Record<string, Resource | Resource[]>;
  before(async () => {
    gateway = await startGateway({ worker: false });
    client = await newClient(gateway);
    const { body: saved } = await client('post', '/contacts', { body: { phone: PHONE, first_name: 'Ann' } });
    const { body: rules } = await client('get', '/campaign-rules');
    const { body: deals } = await client('get', '/programs/deals');
    for (const id of ['plain', 'rich'])
      expect((await client('put', `/templates/${id}`, { body: template(id === 'rich') })).status).to.equal(
        200,
      );
    resources = resourcesFor(saved.contact, rules, withoutId(deals));
  });
  after(() => gateway.stop());

  const resourcesOf = (path: string): Resource[] => {
    const found = resources[path];
    if (found === undefined) throw new Error(`write an example for PUT ${path}, so that it can be put back`);
    return [found].flat();
  };
  const read = async ({ path, at, is }: Resource): Promise<ApiAnswer> => {
    const answer = await client('get', at ?? path);
    expect(answer.status, answer.text).to.equal(200);
    const body = is === undefined ? answer.body : answer.body.items.find(is);
    expect(body, path).to.be.an('object');
    return { ...answer, body };
  };

  it('has an example in this test for every PUT of the route table', () => {
    expect(Object.keys(resources).sort()).to.deep.equal(puts.map(({ path }) => path).sort());
    expect(puts).to.have.length.of.at.least(15);
  });

  for (const route of puts) {
    it(`stays as it is when nothing was changed: ${route.path}`, async () => {
      const tries = resourcesOf(route.path).flatMap((resource) =>
        resource.bodies.map((body): [Resource, Json] => [resource, body]),
      );
      for (const [resource, body] of tries) {
        const saved = await client('put', resource.path, { body });
        expect(saved.status, `${JSON.stringify(body)}: ${saved.text}`).to.equal(200);
        const before = await read(resource);
        const guard = route.revision === null ? {} : { headers: { 'If-Match': String(before.headers.etag) } };
        const again = await client('put', resource.path, { body: before.body, ...guard });
        expect(again.status, `${JSON.stringify(before.body)}: ${again.text}`).to.equal(200);
        const after = await read(resource);
        expect(unTimed(after.body)).to.deep.equal(unTimed(before.body));
        expect(unTimed(again.body)).to.deep.equal(unTimed(before.body));
        if (route.revision !== null) expect(after.headers.etag).to.equal(before.headers.etag);
      }
    });

    it(`is refused with a field that GET does not have: ${route.path}`, async () => {
      for (const resource of resourcesOf(route.path)) {
        const before = await read(resource);
        const odd = await client('put', resource.path, { body: { ...before.body, no_such_field: 1 } });
        expect([odd.status, fieldsOf(odd)]).to.deep.equal([400, ['no_such_field']]);
        expect(unTimed((await read(resource)).body)).to.deep.equal(unTimed(before.body));
      }
    });
  }

  it('ignores other values of its read-only fields', async () => {
    for (const [route, resource] of puts.flatMap((put) =>
      resourcesOf(put.path).map((resource): [ApiRoute, Resource] => [put, resource]),
    )) {
      const { body } = await read(resource);
      const changed = Object.fromEntries(route.readOnly.map((name) => [name, 'another value']));
      const saved = await client('put', resource.path, { body: { ...body, ...changed } });
      expect(saved.status, `${route.path}: ${saved.text}`).to.equal(200);
      expect(unTimed((await read(resource)).body), route.path).to.deep.equal(unTimed(body));
    }
  });

  it('names its read-only fields in the OpenAPI document', async () => {
    const answer = await fetch(`${gateway.url}/api/openapi.json`);
    const { paths, components } = (await answer.json()) as {
      paths: Record<string, { put: { requestBody: Json } }>;
      components: { schemas: Record<string, Json> };
    };
    for (const route of puts) {
      const inPlace = JSON.stringify(paths[`/api/v1${route.path}`]?.put.requestBody);
      const [, name = ''] = /"schema":\{"\$ref":"#\/components\/schemas\/(\w+)"/.exec(inPlace) ?? [];
      const text = name === '' ? inPlace : JSON.stringify(components.schemas[name]);
      for (const field of route.readOnly)
        expect(text, `${route.path} ${field}`).to.match(new RegExp(`"${field}":\\{[^}]*"readOnly":true`));
    }
  });
});

function unTimed(body: Json): Json {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !TIMES.includes(name)));
}

const withoutId = ({ id: _, ...body }: Json): Json => body;

const template = (rich: boolean): Json => ({
  program: 'deals',
  texts: {
    en: '{brand}: 20% off, {first_name|friend}: {link:https://fernway.example/sale} Reply STOP to opt out.',
  },
  ...(rich
    ? { media: [{ url: 'https://fernway.example/sale.jpg', type: 'image/jpeg', bytes: 120_000 }] }
    : {}),
});

const adults = { kind: 'age', from: 21 };
const tree = {
  kind: 'all',
  of: [adults, { kind: 'none', of: [{ kind: 'did', event: 'purchase', days: 30, sum: 12.5 }] }],
};

/** An example of each resource, rich first. */
function resourcesFor(contact: string, rules: Json, deals: Json): Record<string, Resource | Resource[]> {
  return {
    '/programs/{id}': { path: '/programs/deals', bodies: programs(deals) },
    '/senders/{number}': {
      path: '/senders/+15550100177',
      at: '/senders',
      is: ({ number }) => number === '+15550100177',
      bodies: senders,
    },
    '/templates/{id}': {
      path: '/templates/sale',
      bodies: [template(true), { ...template(false), media: [] }],
    },
    '/segments/{id}': {
      path: '/segments/grown-up',
      bodies: [
        { name: 'Over 21', tree },
        { name: 'All', tree: { kind: 'everyone' } },
      ],
    },
    '/campaigns/{id}': { path: '/campaigns/spring', bodies: campaigns },
    '/journeys/{id}': { path: '/journeys/welcome', bodies: journeys },
    '/campaign-rules': {
      path: '/campaign-rules',
      bodies: [
        { ...rules, approval_over: 5000 },
        { ...rules, approval_over: null },
      ],
    },
    '/prices': { path: '/prices', bodies: [prices] },
    '/quality/rules/{id}': [
      { path: '/quality/rules/bounces', bodies: [{ warn: 0.02, fail: 0.05, days: 30 }] },
      { path: '/quality/rules/complete', bodies: [{ warn: 0.4, fail: 0.1 }] },
    ],
    '/verification-rules': {
      path: '/verification-rules',
      bodies: [
        {
          doors: { opt_ins: 'lookup', contacts: 'plan' },
          accepted: ['landline'],
          cache_days: 30,
          daily_budget: 1000,
          reassigned_after_days: 90,
        },
      ],
    },
    '/stages': {
      path: '/stages',
      bodies: [
        { own: ['trial'], rules: stageRules },
        { own: [], rules: [] },
      ],
    },
    '/contact-fields/{name}': {
      path: '/contact-fields/shoe_size',
      at: '/contact-fields',
      is: ({ name }) => name === 'shoe_size',
      bodies: [
        { type: 'text', label: 'Second mailbox', identifies: 'mailbox' },
        { type: 'number', label: 'Shoe size' },
      ],
    },
    '/test-recipients/{id}': {
      path: `/test-recipients/${contact}`,
      at: '/test-recipients',
      is: (item) => item.contact === contact,
      bodies: [{ name: 'Marketing desk' }],
    },
    '/coupon-pools/{id}': { path: '/coupon-pools/spring', bodies: [{ name: 'Spring' }] },
    '/retention': { path: '/retention', bodies: [{ words_days: 200 }] },
    '/saved-answers/{id}': {
      path: '/saved-answers/hours',
      bodies: [
        {
          title: 'Opening hours',
          texts: { en: 'Fernway: open 9 to 5.', es: 'Fernway: de 9 a 5.' },
          program: 'deals',
        },
        { title: 'Opening hours', texts: { en: 'Fernway: open 9 to 5.' } },
      ],
    },
  };
}

/** The program of the demo with every switch turned, and as it is. */
const programs = (deals: Json): Json[] => [
  {
    ...deals,
    caps: [{ count: 3, hours: 72 }],
    overall_cap: { count: 10, hours: 720 },
    capping: 'on',
    quiet_hours: 'on',
    confirm_words: ['CLARO'],
    consent_age: { months: 12, ask_days: 30 },
    minimum_age: 21,
    marketing_texts: { brand: 'add', opt_out: 'add' },
    shared_shorteners: 'allow',
  },
  { ...deals, consent_age: { months: 18, ask_days: 0 } },
];

const senders: Json[] = [
  {
    kind: 'long-code',
    country: 'US',
    opt_out_handling: 'advanced',
    messaging_service_sid: `MG${'0a'.repeat(16)}`,
    receipts: false,
    brand: { id: 'B1', tier: 'low-volume' },
    segments_per_second: 2.5,
  },
  { kind: 'long-code', country: 'US', opt_out_handling: 'default' },
];

const draft: Json = {
  name: 'Spring',
  program: 'deals',
  topic: 'deals',
  template: 'rich',
  segment: tree,
  capped: 'skip',
};
const variants = [
  { id: 'a', template: 'rich', share: 50 },
  { id: 'b', template: 'plain', share: 50 },
];
const campaigns: Json[] = [
  { ...draft, split: { variants, holdout: 10, test: { share: 20, wait_minutes: 60, by: 'click' } } },
  { ...draft, split: { variants } },
  { ...draft, capped: 'defer' },
];

const message = { template: 'rich', topic: 'deals' };
const journeys: Json[] = [
  ...[
    { kind: 'consent', topics: ['deals'] },
    { kind: 'consent' },
    { kind: 'event', event: 'purchase' },
    { kind: 'stage', stages: ['customer'] },
    { kind: 'segment', segment: tree },
    { kind: 'keyword', words: ['JOIN', '1'] },
  ].map((trigger) => ({
    name: 'Welcome',
    program: 'deals',
    trigger,
    again_after_days: 90,
    steps: [
      { id: 'hello', message },
      { id: 'tips', wait: { days: 2, hours: 1, minutes: 30 }, only_if: adults, otherwise: 'end', message },
      { id: 'more', wait: { days: 1 }, only_if: adults, message },
    ],
    people: 'finish',
  })),
  {
    name: 'Welcome',
    program: 'deals',
    trigger: { kind: 'consent' },
    steps: [{ id: 'hello', message }],
  },
];

const prices: Json = {
  currency: 'USD',
  as_of: '2026-01-01',
  prices: [
    { country: 'US', kind: 'short-code', media: 'sms', price: '0.0083' },
    { country: 'US', kind: null, media: 'mms', price: '0.02' },
  ],
};

const stageRules: Json[] = [
  { kind: 'did', event: 'purchase', times: 2, days: 30, from: ['trial'], to: 'customer' },
  { kind: 'did', event: 'visit', unstaged: true, to: 'lead' },
  { kind: 'did-not', event: 'purchase', days: 180, from: ['customer'], to: 'churned' },
];
