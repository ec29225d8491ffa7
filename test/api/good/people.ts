import type { CandidateDoc } from '../../../src/store/contacts/duplicates.ts';
import type { Store } from '../../../src/store/store.ts';
import type { Client } from '../client.ts';
import type { GoodRequest } from './good-request.ts';

const [OPEN, DISMISSED, LIKELY] = ['A', 'B', 'C'].map((letter) => `k_${letter.repeat(16)}`) as [
  string,
  string,
  string,
];

/** Inserts possible duplicates, for the requests about them. One is a pair of existing contacts. */
export async function plantPairs(store: Store): Promise<void> {
  const free = { personId: { $exists: false }, 'subscriptions.0': { $exists: false } };
  const [first, other] = await store.contacts.find(free).sort({ _id: 1 }).limit(2).toArray();
  const at = new Date('2026-01-05T10:00:00Z');
  const pair = (_id: string, state: CandidateDoc['state'], a: string, b: string): CandidateDoc => ({
    ...{ _id, contacts: [a, b], state, score: 80, evidence: ['same-mailbox'], marks: ['1.x'], dismissed: [] },
    ...{ foundAt: at, changedAt: at, decided: null },
  });
  const gone = [`c_${'A'.repeat(16)}`, `c_${'B'.repeat(16)}`] as const;
  await store.mergeCandidates.insertMany([
    pair(OPEN, 'open', ...gone),
    pair(DISMISSED, 'dismissed', ...gone),
    pair(LIKELY, 'open', first?._id ?? gone[0], other?._id ?? gone[1]),
  ]);
}

/** Requests about people with several numbers, some merged and some not. */
export async function peopleRequests(client: Client): Promise<Record<string, GoodRequest[]>> {
  const contacts = await Promise.all(
    Array.from({ length: 6 }, async (_, at) => {
      const { body } = await client('post', '/contacts', { body: { phone: `+1555123007${at}` } });
      return body.contact as string;
    }),
  );
  const [a, b, c, d, e, f] = contacts;
  const reason = 'The same e-mail.';
  const merged = async (contact = '', other = ''): Promise<string> =>
    (await client('post', `/contacts/${contact}/merge`, { body: { with: other, reason } })).body.person;
  const [shown, whole] = [await merged(c, d), await merged(e, f)];
  const kept = await client('post', '/contact-views', { body: { name: 'Shoes', list: 'spring' } });
  const { body } = await client('get', `/people/${whole}`);
  const taken = { merge: body.merges[0].id, reason: 'Father and son.' };
  return {
    'get /contacts': [
      { path: '/contacts' },
      { path: '/contacts', query: 'list=spring&topic=deals:deals&standing=may&limit=2' },
    ],
    'get /contact-views': [{ path: '/contact-views' }],
    'post /contact-views': [
      { path: '/contact-views', body: { name: 'Held', standing: 'held' } },
      { path: '/contact-views', body: { name: 'Spring', list: 'spring', topic: 'deals:deals' } },
    ],
    'post /contact-views/{id}/delete': [{ path: `/contact-views/${kept.body.id}/delete`, body: {} }],
    'post /contacts/{id}/merge': [{ path: `/contacts/${a}/merge`, body: { with: b, reason } }],
    'get /people/candidates': [{ path: '/people/candidates', query: 'state=open' }],
    'post /people/candidates/{id}/dismiss': [
      { path: `/people/candidates/${OPEN}/dismiss`, body: { reason: 'Mother and daughter.' } },
    ],
    'post /people/candidates/{id}/reopen': [{ path: `/people/candidates/${DISMISSED}/reopen`, body: {} }],
    'post /people/candidates/{id}/merge': [{ path: `/people/candidates/${LIKELY}/merge`, body: { reason } }],
    'get /people/{personId}': [{ path: `/people/${shown}` }],
    'post /people/{personId}/split': [{ path: `/people/${whole}/split`, body: taken }],
  };
}

/** Requests about one contact. */
export const contactRequests = (phone: string, id: string): Record<string, GoodRequest[]> => ({
  'post /contacts': [
    {
      path: '/contacts',
      body: {
        phone,
        first_name: 'Ana',
        last_name: 'Reyes',
        birth_date: '1990-02-28',
        gender: 'female',
        place: { country: 'US', state: 'CA', city: 'Fresno', zip: '93650', zone: 'America/Los_Angeles' },
        interests: ['shoes'],
        lists: ['spring'],
        stage: 'customer',
        fields: { shoe_size: 38.5 },
      },
    },
    {
      path: '/contacts',
      body: {
        phone,
        interests_add: ['bags'],
        interests_remove: ['shoes'],
        lists_add: ['vip'],
        lists_remove: ['spring'],
      },
    },
  ],
  'post /contacts/bulk': [
    {
      path: '/contacts/bulk',
      headers: { 'Content-Type': 'application/x-ndjson' },
      type: 'application/x-ndjson',
      raw: `{"phone": "${phone}", "stage": "customer"}\n`,
    },
  ],
  'get /lists': [{ path: '/lists' }],
  'get /event-types': [{ path: '/event-types' }],
  'get /contacts/{id}': [{ path: `/contacts/${id}` }],
  'get /contacts/{id}/timeline': [
    { path: `/contacts/${id}/timeline` },
    { path: `/contacts/${id}/timeline`, query: 'kind=consent&limit=2' },
  ],
  'get /contacts/{id}/notes': [{ path: `/contacts/${id}/notes` }],
  'post /contacts/{id}/notes': [{ path: `/contacts/${id}/notes`, body: { words: 'Wants mail, no calls.' } }],
  'post /contacts/{id}/number': [{ path: `/contacts/${id}/number`, body: { reason: 'to call back' } }],
  'post /contacts/{id}/export': [{ path: `/contacts/${id}/export`, body: { reason: 'by mail, known' } }],
  'post /contacts/{id}/pause': [
    {
      path: `/contacts/${id}/pause`,
      body: { until: new Date(Date.now() + 40 * 86_400_000).toISOString(), reason: 'in hospital' },
    },
  ],
});
