import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { definePage, type PageCall } from '../page.ts';
import { PHONES, SHOP } from '../phones/cast.ts';
import { offerTo } from '../phones/offer.ts';
import { CarrierAway, type SimulatorClient, simulatorClient } from '../phones/simulator-client.ts';
import {
  lastTexted,
  type PhoneView,
  phoneNamed,
  readPhone,
  stepsDone,
  whatJustHappened,
} from '../phones/thread.ts';
import { renderView, SIGNS } from '../views.ts';

/** What one web process knows of its phones besides the database: the demo has one. */
type Desk = {
  simulator: SimulatorClient;
  /** Presses that were taken. The same press again, as by a double click without script, does nothing. */
  taken: Set<string>;
};

const desks = new WeakMap<PageCall['options'], Desk>();

function deskOf(options: PageCall['options']): Desk {
  const known = desks.get(options);
  if (known !== undefined) return known;
  const desk = { simulator: simulatorClient(options.simulator), taken: new Set<string>() };
  desks.set(options, desk);
  return desk;
}

const MOST_PRESSES = 500;

/** Whether this press is a new one. */
function isNewPress({ taken }: Desk, press: string): boolean {
  if (taken.has(press)) return false;
  taken.add(press);
  if (taken.size > MOST_PRESSES) taken.delete([...taken][0] ?? '');
  return true;
}

/** A part of the page that follows what happens. `mark` changes with it. */
type LivePart = { name: string; mark: string; html: string };

const markOf = (html: string): string => createHash('sha256').update(html).digest('base64url').slice(0, 10);

const clock = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/New_York',
  hour: 'numeric',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
});

/** Null: the simulated carrier does not answer. */
async function readPhones({ context, options }: PageCall): Promise<PhoneView[] | null> {
  const { simulator } = deskOf(options);
  try {
    return await Promise.all(PHONES.map((phone) => readPhone(context, simulator, phone)));
  } catch (error) {
    if (error instanceof CarrierAway) return null;
    throw error;
  }
}

function liveParts({ t }: PageCall, phones: PhoneView[]): LivePart[] {
  const common = { t, sign: (name: string) => SIGNS[name] ?? '', time: (at: Date) => clock.format(at), markOf };
  const part = (name: string, view: string, model: object): LivePart => {
    const html = renderView(`phones/${view}`, { ...common, ...model });
    return { name, html, mark: markOf(html) };
  };
  return [
    part('steps', 'steps', { done: stepsDone(phones) }),
    ...phones.flatMap((phone) => [
      part(`${phone.id}-state`, 'state', { phone }),
      part(`${phone.id}-thread`, 'thread', { phone }),
    ]),
    part('cause', 'cause', { steps: whatJustHappened(phones) }),
  ];
}

const newPress = (): string => randomBytes(9).toString('base64url');

async function showPhones(call: PageCall, status = 200, typed: { phone: string; fault: string } | null = null) {
  const phones = await readPhones(call);
  const parts = phones === null ? [] : liveParts(call, phones);
  await call.show(
    'phones',
    {
      title: 'Phones',
      phones: PHONES,
      isAway: phones === null,
      parts: Object.fromEntries(parts.map((part) => [part.name, part])),
      press: newPress,
      typed,
      words: typed === null ? '' : String((call.request.body as Record<string, unknown>).words ?? ''),
    },
    status,
  );
}

const page = definePage({
  method: 'get',
  path: '/phones',
  permission: null,
  handle: (call) => showPhones(call),
});

/** The parts that changed, for a page that is open. A browser that has them all gets nothing. */
const live = definePage({
  method: 'get',
  path: '/phones/live',
  permission: null,
  handle: async (call) => {
    const phones = await readPhones(call);
    if (phones === null) return void call.response.status(503).type('text').send('The carrier does not answer.');
    const parts = liveParts(call, phones);
    const seen = new Set(String(call.request.query.seen ?? '').split(','));
    const news = parts.filter(({ mark }) => !seen.has(mark));
    if (news.length === 0) return void call.response.status(204).end();
    call.part('phones/live', { parts: news });
  },
});

/** Longest words that a phone sends; Twilio takes no more. */
const MOST_WORDS = 1600;

const textForm = z.object({
  phone: z.enum(['ana', 'ben', 'carmen']),
  words: z.string().max(MOST_WORDS),
  press: z.string().max(40),
});

/** Says that a form was carried out: to the script nothing, to a plain browser the page anew. */
function done({ request, response, go }: PageCall, notice?: Parameters<PageCall['go']>[1]): void {
  if (request.headers['x-live'] === undefined) return go('/console/phones', notice);
  if (notice === undefined) return void response.status(204).end();
  response.status(200).type('text').send(notice.text);
}

const AWAY = 'The simulated carrier does not answer. Start the demo again: npm run demo.';

/** Tells a form that failed what went wrong, and keeps what was typed. */
async function undone(call: PageCall, status: number, phone: string, fault: string): Promise<void> {
  if (call.request.headers['x-live'] !== undefined)
    return void call.response.status(status).type('text').send(fault);
  await showPhones(call, status, { phone, fault });
}

const text = definePage({
  method: 'post',
  path: '/phones/text',
  permission: null,
  handle: async (call) => {
    const form = textForm.safeParse(call.request.body);
    if (!form.success) {
      const { phone = '' } = (call.request.body ?? {}) as Record<string, unknown>;
      return undone(call, 422, String(phone), `Write at most ${MOST_WORDS} characters.`);
    }
    const { phone, words, press } = form.data;
    if (words.trim() === '') return undone(call, 422, phone, 'Write something, or press one of the words.');
    const desk = deskOf(call.options);
    const from = phoneNamed(phone);
    if (from === null || !isNewPress(desk, press)) return done(call);
    try {
      const { status } = await desk.simulator.text(from.number, SHOP.number, words);
      if (status === 200) return done(call);
      return done(call, { kind: 'stop', text: `The gateway did not take the text (${status ?? 'no answer'}).` });
    } catch (error) {
      if (!(error instanceof CarrierAway)) throw error;
      return undone(call, 503, phone, AWAY);
    }
  },
});

const offerForm = z.object({ press: z.string().max(40) });

const offer = definePage({
  method: 'post',
  path: '/phones/offer',
  permission: null,
  handle: async (call) => {
    const form = offerForm.safeParse(call.request.body);
    const phones = await readPhones(call);
    if (!form.success || phones === null) return done(call, { kind: 'stop', text: AWAY });
    if (!isNewPress(deskOf(call.options), form.data.press)) return done(call);
    const to = lastTexted(phones) ?? PHONES[0];
    if (to === undefined) return done(call);
    const refused = await offerTo(call.context, to);
    done(call, refused === null ? undefined : { kind: 'wait', text: refused });
  },
});

/** Leads to the record of a handset's person, or of the one who texted last. */
const record = definePage({
  method: 'get',
  path: '/phones/record/:phone',
  permission: null,
  handle: async (call) => {
    const phones = (await readPhones(call)) ?? [];
    const wanted = call.request.params.phone;
    const phone = wanted === 'last' ? lastTexted(phones) : phones.find(({ id }) => id === wanted);
    const contact = phone?.contact ?? null;
    if (contact !== null) return call.go(`/console/people/${encodeURIComponent(contact)}`);
    call.go('/console/phones', { kind: 'wait', text: 'Nothing is held about this phone yet. Text JOIN from it first.' });
  },
});

export const PHONE_PAGES = [page, live, text, offer, record];
