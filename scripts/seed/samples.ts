import type { GatewayAccess } from '../running-demo.ts';
import { numberAt } from './audience/numbers.ts';

/** The people of the samples: the first of the audience, so that a demo of more people has them too. */
export const SAMPLE_PEOPLE = 40;

const LIST = 'samples';
const LINES_TYPE = 'application/x-ndjson';

const TEMPLATES: Record<string, string> = {
  'weekend-sale':
    '{brand}: {first_name|friend}, 20% off everything until Sunday: {link:https://fernway.example/sale} Reply STOP to end',
  'new-arrivals': '{brand}: new coats are in at {city|your} store. Reply STOP to end',
  'thank-you':
    '{brand}: thank you, {first_name|friend}! How does it fit? Tell us in a text. Reply STOP to end',
};

const SEGMENTS: Record<string, { name: string; tree: object }> = {
  samples: { name: 'People of the samples', tree: { kind: 'list', oneOf: [LIST] } },
  subscribers: {
    name: 'Subscribers of Fernway Deals',
    tree: { kind: 'subscription', state: 'subscribed', program: 'deals' },
  },
  'good-customers': {
    name: 'Bought three times in a year',
    tree: { kind: 'did', event: 'purchase', times: 3, days: 365 },
  },
  'win-back': {
    name: 'Bought once, and not for 90 days',
    tree: {
      kind: 'all',
      of: [
        { kind: 'did', event: 'purchase', days: 400 },
        { kind: 'did-not', event: 'purchase', days: 90 },
      ],
    },
  },
};

/** Sent at once, so that it is over within a minute; and spread over a day, so that it runs. */
const CAMPAIGNS = [
  { id: 'weekend-sale', name: 'Weekend sale', start: {} },
  { id: 'new-arrivals', name: 'New arrivals', start: { spread_minutes: 24 * 60 } },
];

const JOURNEY = {
  name: 'After a purchase',
  program: 'deals',
  trigger: { kind: 'event', event: 'purchase' },
  again_after_days: 30,
  steps: [{ id: 'fit', wait: { days: 3 }, message: { template: 'thank-you', topic: 'deals' } }],
};

/** The first of the people buy something. Those of them who subscribed are in the journey from then on. */
const BUYERS = 10;

/**
 * Adds samples to the demo by its API, as a client would: segments, templates, a campaign that is soon over, one that
 * runs for a day, and a journey with people in it. Does nothing where they are there, or where the demo has other
 * campaigns: the end of a simulated month is compared with what it sent. The journey comes last, so that samples that
 * were interrupted are completed. Returns true if it added some. Throws if the gateway refuses a request.
 */
export async function addSamples(
  gateway: GatewayAccess,
  addPeople: (count: number) => Promise<void>,
): Promise<boolean> {
  const { get, list, send } = clientOf(gateway);
  if (((await get('journeys/after-purchase')) ?? 'draft') !== 'draft') return false;
  if ((await list('campaigns')).some((id) => CAMPAIGNS.every((sample) => sample.id !== id))) return false;
  await addPeople(SAMPLE_PEOPLE);
  const people = Array.from({ length: SAMPLE_PEOPLE }, (_, at) => numberAt(at).number);
  const lines = people.map((phone) => JSON.stringify({ phone, lists_add: [LIST] })).join('\n');
  await send('POST', 'contacts/bulk', lines, LINES_TYPE);
  for (const [id, en] of Object.entries(TEMPLATES))
    await send('PUT', `templates/${id}`, JSON.stringify({ program: 'deals', texts: { en } }));
  for (const [id, segment] of Object.entries(SEGMENTS))
    await send('PUT', `segments/${id}`, JSON.stringify(segment));
  for (const { id, name, start } of CAMPAIGNS) {
    if (((await get(`campaigns/${id}`)) ?? 'draft') !== 'draft') continue;
    const segment = { kind: 'segment', id: 'samples' };
    const draft = { name, program: 'deals', topic: 'deals', template: id, segment };
    await send('PUT', `campaigns/${id}`, JSON.stringify(draft));
    await send('POST', `campaigns/${id}/start`, JSON.stringify(start));
  }
  await send('PUT', 'journeys/after-purchase', JSON.stringify(JOURNEY));
  await send('POST', 'journeys/after-purchase/start', '{}');
  for (const [at, phone] of people.slice(0, BUYERS).entries()) {
    const event = {
      phone,
      type: 'purchase',
      at: new Date().toISOString(),
      amount: 20 + at,
      id: `sample-${at}`,
    };
    await send('POST', 'events', JSON.stringify(event));
  }
  return true;
}

type Answer = { state?: string; items?: { id: string }[]; detail?: string; errors?: object[] };

function clientOf({ gateway, apiKey }: GatewayAccess) {
  const ask = async (method: string, path: string, body?: string, type = 'application/json') => {
    const headers = { Authorization: `Bearer ${apiKey}`, 'Content-Type': type };
    const url = `${gateway}/api/v1/${path}`;
    const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
    const answer = (await response.json()) as Answer;
    return { status: response.status, answer };
  };
  const refused = (method: string, path: string, { status, answer }: Awaited<ReturnType<typeof ask>>) =>
    new Error(`${method} /${path}: ${status} ${answer.detail} ${JSON.stringify(answer.errors ?? [])}`);
  return {
    /** The state of a campaign or a journey; null if there is none. */
    get: async (path: string): Promise<string | null> => {
      const given = await ask('GET', path);
      if (given.status === 404) return null;
      if (given.status !== 200) throw refused('GET', path, given);
      return given.answer.state ?? null;
    },
    /** The ids of the first page of a list. */
    list: async (path: string): Promise<string[]> => {
      const given = await ask('GET', path);
      if (given.status !== 200) throw refused('GET', path, given);
      return (given.answer.items ?? []).map(({ id }) => id);
    },
    send: async (method: string, path: string, body: string, type?: string): Promise<void> => {
      const given = await ask(method, path, body, type);
      if (given.status >= 300) throw refused(method, path, given);
    },
  };
}
