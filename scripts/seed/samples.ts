import { DAY_MS, utcDay } from '../../src/domain/durations.ts';
import type { GatewayAccess } from '../running-demo.ts';
import { numberAt } from './audience/numbers.ts';
import {
  BACK_TEST,
  CAMPAIGNS,
  JOURNEY,
  LAST,
  LIST,
  PRICES,
  SAVED_ANSWERS,
  SEGMENTS,
  TEMPLATES,
  TWO_PHONES,
  VERIFICATION_RULES,
  VERIFIED_RULE,
} from './sample-content.ts';

/** The people of the samples: the first of the audience, so that a demo of more people has them too. */
export const SAMPLE_PEOPLE = 40;

/** The people of a demo unless its command says another number. */
export const DEMO_PEOPLE = 1500;

/** With fewer people there is no past: too few for what happens in it. */
export const LEAST_FOR_PAST = 1000;

const LINES_TYPE = 'application/x-ndjson';

/** The first of the people buy something. Those of them who subscribed are in the journey from then on. */
const BUYERS = 30;

/** A scheduled campaign is this far off, at ten o'clock of each person's own clock. */
const SCHEDULED_DAYS = 2;

/** How each campaign is started. The others stay drafts. */
const starts = (now: Date): Record<string, object> => ({
  'weekend-sale': {},
  'new-arrivals': { spread_minutes: 24 * 60 },
  'member-week': {
    local: { date: utcDay(new Date(now.getTime() + SCHEDULED_DAYS * DAY_MS)), time: '10:00', missed: 'send' },
  },
});

/**
 * Adds samples to the demo by its API, as a client would: prices, segments, templates, a journey with people in it, a campaign
 * that is soon over, one that is scheduled, a draft, and one that runs for a day. Does nothing where they are there, or where
 * a month was simulated: its end is compared with what it sent. The campaign that runs for a day
 * comes last, so that samples that were interrupted are completed. Returns true if it added some. Throws if the gateway refuses
 * a request.
 */
export async function addSamples(
  gateway: GatewayAccess,
  addPeople: (count: number) => Promise<void>,
): Promise<boolean> {
  const client = clientOf(gateway);
  const { get, list, send } = client;
  if (((await get(`campaigns/${LAST}`)) ?? 'draft') !== 'draft') return false;
  if ((await list('campaigns')).some((id) => id.startsWith('month-'))) return false;
  await addPeople(SAMPLE_PEOPLE);
  const people = Array.from({ length: SAMPLE_PEOPLE }, (_, at) => numberAt(at).number);
  const lines = people.map((phone) => JSON.stringify({ phone, lists_add: [LIST] })).join('\n');
  await send('POST', 'contacts/bulk', lines, LINES_TYPE);
  await addContent(client);
  await startJourney(client);
  await startBackTest(client);
  await verifySamples(client, people);
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
  await addCampaigns(client, new Date());
  return true;
}

/** Saves prices, templates, saved answers and segments. What is saved already stays as it is. */
export async function addContent({ send }: Client): Promise<void> {
  const prices = { currency: 'USD', as_of: utcDay(new Date()), prices: PRICES };
  await send('PUT', 'prices', JSON.stringify(prices));
  await send('PUT', 'quality/rules/verified', JSON.stringify(VERIFIED_RULE));
  for (const [id, { program, ...texts }] of Object.entries(TEMPLATES))
    await send('PUT', `templates/${id}`, JSON.stringify({ program, texts }));
  for (const [id, answer] of Object.entries(SAVED_ANSWERS))
    await send('PUT', `saved-answers/${id}`, JSON.stringify(answer));
  for (const [id, segment] of Object.entries(SEGMENTS))
    await send('PUT', `segments/${id}`, JSON.stringify(segment));
}

/** Starts the journey unless it was started before. */
async function startJourney({ get, send }: Client): Promise<void> {
  if (((await get('journeys/after-purchase')) ?? 'draft') !== 'draft') return;
  await send('PUT', 'journeys/after-purchase', JSON.stringify(JOURNEY));
  await send('POST', 'journeys/after-purchase/start', '{}');
}

/** Tests a change of the rules on the texts of the past, unless one was tested before. */
async function startBackTest({ list, send }: Client): Promise<void> {
  if ((await list('back-tests')).length > 0) return;
  await send('POST', 'back-tests', JSON.stringify(BACK_TEST));
}

/**
 * Verifies the numbers of the samples, and looks for people with two phones, unless that was begun before. Workers do
 * both within a minute.
 */
async function verifySamples({ list, send }: Client, people: readonly string[]): Promise<void> {
  if ((await list('verifications')).length > 0) return;
  await send('PUT', 'verification-rules', JSON.stringify(VERIFICATION_RULES));
  for (const { at, ...known } of TWO_PHONES) {
    for (const place of at)
      await send('POST', 'contacts', JSON.stringify({ phone: people[place], ...known }));
  }
  await send('POST', 'jobs/duplicate-scan/run', '{}');
  const segment = { kind: 'segment', id: 'samples' };
  await send('POST', 'verifications', JSON.stringify({ segment, not_verified_days: 1 }));
}

async function addCampaigns({ get, send }: Client, now: Date): Promise<void> {
  const started = starts(now);
  for (const [id, draft] of Object.entries(CAMPAIGNS)) {
    if (((await get(`campaigns/${id}`)) ?? 'draft') !== 'draft') continue;
    await send('PUT', `campaigns/${id}`, JSON.stringify(draft));
    const start = started[id];
    if (start !== undefined) await send('POST', `campaigns/${id}/start`, JSON.stringify(start));
  }
}

type Answer = { state?: string; items?: { id: string }[]; detail?: string; errors?: object[] };

type Client = ReturnType<typeof clientOf>;

export function clientOf({ gateway, apiKey }: GatewayAccess) {
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
