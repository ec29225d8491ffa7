import { PROGRAMS } from '../../scripts/seed/programs.ts';
import { answerOf } from '../../src/api/program-shape.ts';
import type { Client } from './client.ts';

export type Good = {
  path: string;
  query?: string;
  body?: Record<string, unknown>;
  headers?: Record<string, string>;
};

export const HELD = '+15551230001';
const FRESH = '+15551230002';

const deals = (() => {
  const program = PROGRAMS.find(({ id }) => id === 'deals');
  if (program === undefined) throw new Error('the seed has no such program');
  const { id: _, ...body } = answerOf(program);
  return body;
})();

const form = {
  page_url: 'https://fernway.example/join',
  ip: '192.0.2.7',
  user_agent: 'Browser 1',
  checkbox: true,
};

/** Evidence of every door, as a client would send it. */
export const OPT_INS: Record<string, Record<string, unknown>> = {
  WEB_FORM: form,
  MOBILE_QR_CODE: { ...form, location: 'Store 12, checkout' },
  PAPER_FORM: { location: 'Store 12', signed_at: '2026-01-05T10:00:00Z', staff: 'desk 3' },
  VERBAL: { agent: 'agent 9', call_id: 'call-77', script_version: '3' },
};

/** One request for each row of the route table that succeeds: by "method path". */
export async function goodRequests(client: Client): Promise<Record<string, Good[]>> {
  const { body: held } = await client('post', '/contacts/lookup', {
    body: { phone: HELD, reason: 'a test' },
  });
  const { body: key } = await client('post', '/keys', { body: { name: 'spare', scopes: ['contacts:read'] } });
  const ofHeld = `contact=${held.id}`;
  const { body: told } = await client('get', '/deliveries', { query: ofHeld });
  const message = { program: 'deals', topic: 'deals', text: 'Fernway: a good text.', language: 'en' };
  return {
    'post /contacts/lookup': [
      { path: '/contacts/lookup', body: { phone: HELD, reason: 'The customer called.' } },
    ],
    'get /contacts/{id}/status': [{ path: `/contacts/${held.id}/status` }],
    'get /deliveries': [{ path: '/deliveries', query: ofHeld }],
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
    'get /senders': [{ path: '/senders' }],
    'post /senders/{number}/resume': [
      { path: '/senders/28555/resume', body: { reason: 'The account is paid.' } },
    ],
    'get /suppressions': [{ path: '/suppressions', query: 'kind=opt-out&scope=all' }],
    'get /consent-records': [{ path: '/consent-records', query: ofHeld }],
    'get /keys': [{ path: '/keys' }],
    'post /keys': [{ path: '/keys', body: { name: 'one more', scopes: ['contacts:read'] } }],
    'post /keys/{id}/revoke': [{ path: `/keys/${key.id}/revoke`, body: {} }],
  };
}
