/** The main flow of the API by a client that is generated for TypeScript. The test compiles it beside `api.ts`. */
import createClient from 'openapi-fetch';
import type { paths } from './api.js';

const { URL = '', KEY = '', PHONE = '', STRANGER = '' } = process.env;

const client = createClient<paths>({ baseUrl: URL, headers: { Authorization: `Bearer ${KEY}` } });

function dataOf<Data>(
  name: string,
  { data, error, response }: { data?: Data; error?: unknown; response: Response },
): Data {
  if (data === undefined) throw new Error(`${name}: ${response.status} ${JSON.stringify(error)}`);
  console.log(`${name}: ${response.status}`);
  return data;
}

const found = dataOf(
  'look up',
  await client.POST('/api/v1/contacts/lookup', { body: { phone: PHONE, reason: 'The customer called.' } }),
);
if (found.id === null) throw new Error('This key may not learn who was found.');
const path = { id: found.id };

const status = dataOf('status', await client.GET('/api/v1/contacts/{id}/status', { params: { path } }));
if (!status.topics.some((topic) => topic.program === 'deals' && topic.on))
  throw new Error('Deals is not on.');

const optIn = dataOf(
  'opt in',
  await client.POST('/api/v1/opt-ins', {
    params: { header: { 'Idempotency-Key': 'typescript-opt-in' } },
    body: {
      phone: STRANGER,
      program: 'deals',
      channel: 'WEB_FORM',
      evidence: {
        page_url: 'https://fernway.example/join',
        ip: '203.0.113.7',
        user_agent: 'Mozilla/5.0',
        checkbox: true,
      },
    },
  }),
);
if (!optIn.contact.startsWith('c_')) throw new Error('The opt-in names no contact.');

const check = dataOf(
  'check',
  await client.POST('/api/v1/checks', { body: { phone: PHONE, program: 'deals', topic: 'deals' } }),
);
if (!check.allowed && check.held === null)
  throw new Error(check.reasons.map(({ sentence }) => sentence).join(' '));

const message = dataOf(
  'send',
  await client.POST('/api/v1/messages', {
    params: { header: { 'Idempotency-Key': 'typescript-message' } },
    body: { phone: PHONE, program: 'deals', topic: 'deals', text: 'Fernway: 20% off today. STOP to end.' },
  }),
);

const delivery = dataOf(
  'delivery',
  await client.GET('/api/v1/deliveries/{id}', { params: { path: { id: message.id } } }),
);
if (delivery.contact !== found.id) throw new Error('The delivery is of another contact.');

const deliveries = dataOf(
  'deliveries',
  await client.GET('/api/v1/deliveries', { params: { query: { contact: found.id } } }),
);
if (!deliveries.items.some(({ id }) => id === message.id)) throw new Error('The message is not in the list.');

const segment = dataOf(
  'segment',
  await client.PUT('/api/v1/segments/{id}', {
    params: { path: { id: 'typescript-adults' } },
    body: {
      name: 'Adults in California',
      tree: {
        kind: 'all',
        of: [
          { kind: 'age', from: 21 },
          { kind: 'state', oneOf: ['CA'] },
        ],
      },
    },
  }),
);
if (segment.tree.kind !== 'all') throw new Error('The segment was not saved as it was sent.');

type SegmentTree =
  paths['/api/v1/segments/{id}']['put']['requestBody']['content']['application/json']['tree'];
export const wrong: SegmentTree = {
  kind: 'age',
  // @ts-expect-error A clause with a field of another clause does not compile.
  miles: 21,
};
console.log('main flow: done');
