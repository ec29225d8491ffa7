import { PROGRAMS } from '../../../scripts/seed/programs.ts';
import { answerOf } from '../../../src/api/programs.ts';
import type { Client } from '../client.ts';
import { campaignRequests } from './campaigns.ts';
import { COUPON_REQUESTS, givenCode } from './coupons.ts';
import type { GoodRequest } from './good-request.ts';
import { JOB_REQUESTS } from './jobs.ts';
import { numberRequests } from './numbers.ts';
import { contactRequests, peopleRequests } from './people.ts';
import { REPORTS } from './reports.ts';
import { reviewRequests } from './reviews.ts';
import { STAGE_REQUESTS } from './stages.ts';
import { CAMPAIGN_STARTS } from './starts.ts';

export const HELD = '+15551230001';
const FRESH = '+15551230002';
/** An id of the right shape that no contact has. */
const FAR = `c_${'A'.repeat(16)}`;

const deals = (() => {
  const program = PROGRAMS.find(({ id }) => id === 'deals');
  if (program === undefined) throw new Error('the seed has no such program');
  const { id: _, ...body } = answerOf(program);
  // The program has every field, so that bad values of each are tried.
  return { ...body, caps: [{ count: 3, hours: 72 }], capping: 'off' };
})();

const form = {
  page_url: 'https://fernway.example/join',
  ip: '192.0.2.7',
  user_agent: 'Browser 1',
  checkbox: true,
};

/** The evidence of each opt-in channel, as a client would send it. */
export const OPT_INS: Record<string, Record<string, unknown>> = {
  WEB_FORM: form,
  MOBILE_QR_CODE: { ...form, location: 'Store 12, checkout' },
  PAPER_FORM: { location: 'Store 12', signed_at: '2026-01-05T10:00:00Z', staff: 'desk 3' },
  VERBAL: { agent: 'agent 9', call_id: 'call-77', script_version: '3' },
};

/** One successful request for each route of the route table, by "method path". */
export async function goodRequests(client: Client): Promise<Record<string, GoodRequest[]>> {
  const { body: held } = await client('post', '/contacts/lookup', {
    body: { phone: HELD, reason: 'a test' },
  });
  const { body: key } = await client('post', '/keys', { body: { name: 'spare', scopes: ['contacts:read'] } });
  await client('put', '/contact-fields/shoe_size', { body: { type: 'number', label: 'Shoe size' } });
  const ofHeld = `contact=${held.id}`;
  const { body: told } = await client('get', '/deliveries', { query: ofHeld });
  const grownUp = { name: 'Over 21', tree: { kind: 'age', from: 21 } };
  for (const id of ['grown-up', 'put-aside', 'thrown-away'])
    await client('put', `/segments/${id}`, { body: grownUp });
  const sale = {
    program: 'deals',
    texts: { en: '{brand}: {first_name|friend}, 20% off: {link:https://fernway.example/sale}' },
    media: [{ url: 'https://fernway.example/sale.jpg', type: 'image/jpeg', bytes: 120_000 }],
  };
  await client('put', '/coupon-pools/spring', { body: { name: 'Spring' } });
  await client('put', `/test-recipients/${held.id}`, { body: { name: 'Marketing desk' } });
  for (const id of ['sale', 'put-aside', 'thrown-away'])
    await client('put', `/templates/${id}`, { body: sale });
  const spring = {
    name: 'Spring',
    program: 'deals',
    topic: 'deals',
    template: 'sale',
    segment: { kind: 'age', from: 21 },
    capped: 'skip',
  };
  for (const id of ['spring', 'autumn', 'weekly', 'later'])
    await client('put', `/campaigns/${id}`, { body: spring });
  const welcome = {
    name: 'Welcome',
    program: 'deals',
    trigger: { kind: 'consent', topics: ['deals'] },
    again_after_days: 90,
    steps: [
      { id: 'hello', message: { template: 'sale', topic: 'deals' } },
      {
        id: 'tips',
        wait: { days: 2, hours: 1, minutes: 30 },
        only_if: { kind: 'age', from: 21 },
        otherwise: 'end',
        message: { template: 'sale', topic: 'deals' },
      },
    ],
    people: 'finish',
  };
  await client('put', '/journeys/welcome', { body: welcome });
  const steps = welcome.steps.slice(0, 1);
  const others: Record<string, unknown>[] = [
    { kind: 'event', event: 'purchase' },
    { kind: 'stage', stages: ['customer'] },
    { kind: 'segment', segment: grownUp.tree },
    { kind: 'keyword', words: ['JOIN', '1'] },
  ];
  const begun = others.map((trigger, at) => ({
    path: `/journeys/other-${at}`,
    body: { ...welcome, trigger, steps },
  }));
  const coupon = await givenCode(client, held.id);
  const message = { program: 'deals', topic: 'deals', text: 'Fernway: a good text.', language: 'en' };
  return {
    'post /contacts/lookup': [
      { path: '/contacts/lookup', body: { phone: HELD, reason: 'The customer called.' } },
    ],
    ...contactRequests(HELD, held.id),
    ...(await numberRequests(client)),
    'get /contact-fields': [{ path: '/contact-fields' }],
    'put /contact-fields/{name}': [
      { path: '/contact-fields/shoe_size', body: { type: 'number', label: 'Shoe size', identifies: null } },
    ],
    ...STAGE_REQUESTS,
    'post /events': [
      {
        path: '/events',
        body: { phone: HELD, type: 'purchase', at: '2026-01-05T10:00:00Z', amount: 12.5, id: 'order-1042' },
      },
      { path: '/events', body: { contact: held.id, type: 'visit', at: '2026-01-05T10:00:00Z' } },
      {
        path: '/events',
        body: { contact: held.id, type: 'purchase', at: '2026-01-06T10:00:00Z', coupon },
      },
    ],
    'post /events/bulk': [
      {
        path: '/events/bulk',
        headers: { 'Content-Type': 'application/x-ndjson' },
        type: 'application/x-ndjson',
        raw: `{"phone": "${HELD}", "type": "purchase", "at": "2026-01-05T10:00:00Z", "id": "order-1042"}\n`,
      },
    ],
    'get /contacts/{id}/status': [{ path: `/contacts/${held.id}/status` }],
    'get /deliveries': [
      { path: '/deliveries', query: ofHeld },
      { path: '/deliveries', query: 'state=unknown' },
    ],
    'get /sent': [
      { path: '/sent', query: ofHeld },
      { path: '/sent', query: 'program=deals&since=2026-01-01&state=failed,undelivered' },
      { path: '/sent', query: 'journey=welcome&first_reason=opted-out' },
    ],
    'get /deliveries/{id}': [{ path: `/deliveries/${told.items[0].id}` }],
    'post /messages': [
      {
        path: '/messages',
        headers: { 'Idempotency-Key': 'a-good-message' },
        body: { ...message, phone: HELD, valid_minutes: 30 },
      },
      { path: '/messages', body: { ...message, contact: held.id } },
    ],
    'post /checks': [
      { path: '/checks', body: { phone: HELD, program: 'deals', topic: 'deals', class: 'marketing' } },
    ],
    'post /opt-ins': Object.entries(OPT_INS).map(([channel, evidence]) => ({
      path: '/opt-ins',
      body: { phone: FRESH, program: 'deals', language: 'en', channel, evidence },
    })),
    'post /opt-outs/bulk': [
      {
        path: '/opt-outs/bulk',
        headers: { 'Content-Type': 'application/x-ndjson' },
        type: 'application/x-ndjson',
        raw: `{"phone": "${FRESH}", "programs": ["orders"]}\n`,
      },
    ],
    'post /opt-outs': [
      {
        path: '/opt-outs',
        body: {
          phone: FRESH,
          programs: ['orders'],
          topics: [{ program: 'deals', topic: 'news' }],
          channel: 'VERBAL',
          reason: 'They called.',
        },
      },
    ],
    'get /programs': [{ path: '/programs' }],
    'get /programs/{id}': [{ path: '/programs/deals' }],
    'put /programs/{id}': [{ path: '/programs/deals', body: deals }],
    'get /campaigns': [{ path: '/campaigns', query: 'state=draft&run_of=weekly&sort=name' }],
    'get /campaigns/{id}': [{ path: '/campaigns/spring' }],
    'put /campaigns/{id}': [{ path: '/campaigns/spring', body: spring }],
    ...CAMPAIGN_STARTS,
    'post /campaigns/{id}/pause': [{ path: '/campaigns/spring/pause', body: {} }],
    'post /campaigns/{id}/resume': [{ path: '/campaigns/spring/resume', body: { note: 'All is well.' } }],
    ...(await campaignRequests(client, held.id, spring)),
    ...(await reviewRequests(client)),
    ...(await peopleRequests(client)),
    'post /campaigns/{id}/cancel': [{ path: '/campaigns/spring/cancel', body: {} }],
    'get /journeys': [{ path: '/journeys' }],
    'get /journeys/{id}': [{ path: '/journeys/welcome' }],
    'put /journeys/{id}': [{ path: '/journeys/welcome', body: welcome }, ...begun],
    'post /journeys/{id}/start': [{ path: '/journeys/welcome/start', body: { belonging: true } }],
    'post /journeys/{id}/pause': [{ path: '/journeys/welcome/pause', body: {} }],
    'post /journeys/{id}/stop': [{ path: '/journeys/welcome/stop', body: {} }],
    'get /journeys/{id}/progress': [{ path: '/journeys/welcome/progress' }],
    'get /contacts/{id}/journeys': [{ path: `/contacts/${held.id}/journeys` }],
    'get /segments': [{ path: '/segments', query: 'archived=true' }],
    'post /segments/{id}/archive': [{ path: '/segments/put-aside/archive', body: {} }],
    'post /segments/{id}/restore': [{ path: '/segments/put-aside/restore', body: {} }],
    'post /segments/{id}/delete': [{ path: '/segments/thrown-away/delete', body: {} }],
    'get /segments/{id}': [{ path: '/segments/grown-up' }],
    'put /segments/{id}': [{ path: '/segments/grown-up', body: grownUp }],
    'get /segments/ready-made': [{ path: '/segments/ready-made', query: 'program=deals' }],
    'post /segments/preview': [
      {
        path: '/segments/preview',
        body: { program: 'deals', topic: 'deals', tree: grownUp.tree, exact: true },
      },
      { path: '/segments/preview', body: { program: 'deals', topic: 'deals', tree: grownUp.tree } },
    ],
    'get /templates': [{ path: '/templates', query: 'archived=true' }],
    'post /templates/{id}/archive': [{ path: '/templates/put-aside/archive', body: {} }],
    'post /templates/{id}/restore': [{ path: '/templates/put-aside/restore', body: {} }],
    'post /templates/{id}/delete': [{ path: '/templates/thrown-away/delete', body: {} }],
    'get /templates/{id}': [{ path: '/templates/sale' }],
    'put /templates/{id}': [{ path: '/templates/sale', body: sale }],
    'post /templates/{id}/preview': [
      { path: '/templates/sale/preview', body: { contact: held.id, language: 'en', topic: 'deals' } },
    ],
    'post /templates/{id}/parts': [
      { path: '/templates/sale/parts', body: { segment: grownUp.tree, topic: 'deals' } },
    ],
    'post /templates/{id}/test-send': [
      {
        path: '/templates/sale/test-send',
        headers: { 'Idempotency-Key': 'a-good-test' },
        body: { contact: held.id, topic: 'deals', language: 'en' },
      },
    ],
    'get /test-recipients': [{ path: '/test-recipients' }],
    'put /test-recipients/{id}': [{ path: `/test-recipients/${held.id}`, body: { name: 'Marketing desk' } }],
    'post /test-recipients/{id}/unmark': [{ path: `/test-recipients/${FAR}/unmark`, body: {} }],
    ...JOB_REQUESTS,
    ...COUPON_REQUESTS,
    ...REPORTS,
    'get /suppressions': [{ path: '/suppressions', query: 'kind=opt-out&scope=all' }],
    'get /audit': [{ path: '/audit', query: 'act=audit-read&from=2026-01-01' }],
    'get /audit/export': [{ path: '/audit/export', query: 'act=key-made' }],
    'get /audit/verification': [{ path: '/audit/verification', query: 'day=2026-01-01' }],
    'get /consent-records': [{ path: '/consent-records', query: ofHeld }],
    'get /requests': [{ path: '/requests' }, { path: '/requests', query: `key=${key.id}&only=failed` }],
    'get /keys': [{ path: '/keys' }],
    'post /keys': [{ path: '/keys', body: { name: 'one more', scopes: ['contacts:read'] } }],
    'post /keys/{id}/revoke': [{ path: `/keys/${key.id}/revoke`, body: {} }],
  };
}
