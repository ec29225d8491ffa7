import type { Client } from '../client.ts';
import type { GoodRequest } from './good-request.ts';

const OUT = '+15551230007';
const ASKED = 'is the blue one back in store?';

/** Texts that need a review: the sender, and the words. */
export const TO_REVIEW = [
  { from: '+15551230003', body: 'I get too many texts' },
  { from: '+15551230004', body: ASKED },
  { from: '+15551230005', body: ASKED },
  { from: '+15551230006', body: ASKED },
  { from: OUT, body: 'take me off this list' },
];

const BACK_TEST = {
  rules: {
    changes: [
      { list: 'join', program: 'deals', language: 'en', add: ['SNEAKERS'], take: [] },
      { list: 'opt-out', add: ['adios'], take: ['remove'] },
    ],
  },
  days: 90,
};

const SAVED = { title: 'Opening hours', texts: { en: 'Fernway: we open at 9.' }, program: 'deals' };

const NO_CONTACT = `c_${'A'.repeat(16)}`;
const NO_HOLD = `${'0'.repeat(24)}.1`;
const NO_ITEM = `SM${'0'.repeat(32)}`;

/** Requests about texts that no rule could decide. They are well formed also when nobody has texted. */
export async function reviewRequests(client: Client): Promise<Record<string, GoodRequest[]>> {
  const { body: holds } = await client('get', '/holds');
  const { body: inbox } = await client('get', '/inbox');
  const hold = `/holds/${holds.items[0]?.id ?? NO_HOLD}`;
  const item = (at: number): string => `/inbox/${inbox.items[at]?.id ?? NO_ITEM}`;
  const reason = 'Read with care.';
  const { body: words } = await client('post', `${hold}/read`, { body: { reason } });
  const { body: tested } = await client('post', '/back-tests', { body: BACK_TEST });
  const test = `/back-tests/${tested.id}`;
  for (const name of ['hours', 'old-hours']) await client('put', `/saved-answers/${name}`, { body: SAVED });
  const { body: out } = await client('post', '/contacts/lookup', { body: { phone: OUT, reason } });
  return {
    'get /holds': [{ path: '/holds' }],
    'post /holds/{id}/read': [{ path: `${hold}/read`, query: 'limit=5', body: { reason } }],
    'post /holds/{id}/decide': [
      {
        path: `${hold}/decide`,
        body: {
          ...{ decision: 'opt-out', reason, wrong_number: true },
          read_until: words.texts?.at(-1)?.id ?? NO_ITEM,
        },
      },
    ],
    'post /contacts/{id}/overturn': [
      { path: `/contacts/${out.id ?? NO_CONTACT}/overturn`, body: { event: 1, reason } },
    ],
    'get /inbox': [{ path: '/inbox', query: 'state=open' }],
    'post /inbox/{id}/read': [{ path: `${item(0)}/read`, query: 'limit=5', body: { reason } }],
    'post /inbox/{id}/answer': [
      {
        path: `${item(0)}/answer`,
        body: { text: 'Fernway: it is.', read_until: inbox.items[0]?.id ?? NO_ITEM },
      },
    ],
    'post /inbox/{id}/opt-out': [
      {
        path: `${item(1)}/opt-out`,
        body: { reason, wrong_number: true, read_until: inbox.items[1]?.id ?? NO_ITEM },
      },
    ],
    'post /inbox/{id}/close': [
      { path: `${item(2)}/close`, body: { reason, read_until: inbox.items[2]?.id ?? NO_ITEM } },
    ],
    'get /back-tests': [{ path: '/back-tests' }],
    'post /back-tests': [{ path: '/back-tests', body: BACK_TEST }],
    'get /back-tests/{id}': [{ path: test }],
    'post /back-tests/{id}/read': [
      { path: `${test}/read`, body: { from: 'opt-out', to: 'nothing', reason } },
    ],
    'post /back-tests/{id}/cancel': [{ path: `${test}/cancel`, body: {} }],
    'get /saved-answers': [{ path: '/saved-answers' }],
    'put /saved-answers/{id}': [{ path: '/saved-answers/hours', body: SAVED }],
    'get /saved-answers/{id}': [{ path: '/saved-answers/hours' }],
    'post /saved-answers/{id}/delete': [{ path: '/saved-answers/old-hours/delete', body: {} }],
    'get /reports/inbox': [{ path: '/reports/inbox' }],
  };
}
