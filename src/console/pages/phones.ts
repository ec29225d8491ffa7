import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { CommandRefused } from '../../consent/command-refused.ts';
import { definePage, type PageCall } from '../page.ts';
import { PHONES, RACE, SHOP } from '../phones/cast.ts';
import { offerTo } from '../phones/offer.ts';
import { type Race, type RaceView, readRace, resumeRace, startRace, stopSome } from '../phones/race.ts';
import { CarrierAway, type SimulatorClient, simulatorClient } from '../phones/simulator-client.ts';
import {
  lastTexted,
  type PhoneView,
  phoneNamed,
  readPhone,
  stepsDone,
  whatJustHappened,
} from '../phones/thread.ts';
import { QUIET, TROUBLES, type Trouble } from '../phones/trouble.ts';

/** What one web process knows of its phones besides the database: the demo has one. */
type Desk = {
  simulator: SimulatorClient;
  /** Presses that were taken. The same press again, as by a double click without script, does nothing. */
  taken: Set<string>;
  trouble: Trouble;
  /** The last race; `isStarting`: another one is about to begin. */
  race: Race | null;
  isStarting: boolean;
};

const desks = new WeakMap<PageCall['options'], Desk>();

function deskOf(options: PageCall['options']): Desk {
  const known = desks.get(options);
  if (known !== undefined) return known;
  const simulator = simulatorClient(options.simulator);
  const desk = { simulator, taken: new Set<string>(), trouble: QUIET, race: null, isStarting: false };
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

/** Everything on the page that follows what happens. */
type Seen = { phones: PhoneView[]; race: RaceView | null };

/** Null: the simulated carrier does not answer. */
async function readAll({ context, options }: PageCall): Promise<Seen | null> {
  const { simulator, race } = deskOf(options);
  try {
    const [seen, ...phones] = await Promise.all([
      race === null ? null : readRace(context, simulator, race),
      ...PHONES.map((phone) => readPhone(context, simulator, phone)),
    ]);
    return { phones, race: seen };
  } catch (error) {
    if (error instanceof CarrierAway) return null;
    throw error;
  }
}

function liveParts({ t, options }: PageCall, { phones, race }: Seen): LivePart[] {
  const common = {
    t,
    sign: (name: string) => options.views.signs[name] ?? '',
    time: (at: Date) => clock.format(at),
    markOf,
  };
  const part = (name: string, view: string, model: object): LivePart => {
    const html = options.views.render(`phones/${view}`, { ...common, ...model });
    return { name, html, mark: markOf(html) };
  };
  return [
    part('steps', 'steps', { done: stepsDone(phones) }),
    ...phones.flatMap((phone) => [
      part(`${phone.id}-state`, 'state', { phone }),
      part(`${phone.id}-thread`, 'thread', { phone }),
    ]),
    part('cause', 'cause', { steps: whatJustHappened(phones) }),
    part('race', 'race', { race, people: RACE.people, stops: RACE.stops }),
    part('trouble', 'trouble', { trouble: deskOf(options).trouble }),
  ];
}

const newPress = (): string => randomBytes(9).toString('base64url');

async function showPhones(
  call: PageCall,
  status = 200,
  typed: { phone: string; fault: string } | null = null,
) {
  const seen = await readAll(call);
  const parts = seen === null ? [] : liveParts(call, seen);
  await call.show(
    'phones',
    {
      title: 'Phones',
      phones: PHONES,
      isAway: seen === null,
      race: RACE,
      troubles: TROUBLES,
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
    const seen = await readAll(call);
    if (seen === null) return void call.response.status(503).type('text').send(AWAY);
    const known = new Set(String(call.request.query.seen ?? '').split(','));
    const news = liveParts(call, seen).filter(({ mark }) => !known.has(mark));
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
  if (request.headers['x-live'] === undefined) go('/console/phones', notice);
  else if (notice === undefined) response.status(204).end();
  else response.status(200).type('text').send(notice.text);
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
      return done(call, {
        kind: 'stop',
        text: `The gateway did not take the text (${status ?? 'no answer'}).`,
      });
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
    const seen = await readAll(call);
    if (!form.success || seen === null) return done(call, { kind: 'stop', text: AWAY });
    if (!isNewPress(deskOf(call.options), form.data.press)) return done(call);
    const to = lastTexted(seen.phones) ?? PHONES[0];
    if (to === undefined) return done(call);
    const refused = await offerTo(call.context, to);
    done(call, refused === null ? undefined : { kind: 'wait', text: refused });
  },
});

const raceForm = z.object({ press: z.string().max(40), act: z.enum(['send', 'stop', 'resume']) });

const race = definePage({
  method: 'post',
  path: '/phones/race',
  permission: null,
  handle: async (call) => {
    const form = raceForm.safeParse(call.request.body);
    const desk = deskOf(call.options);
    if (!form.success || !isNewPress(desk, form.data.press)) return done(call);
    try {
      const said = await RACE_ACTS[form.data.act](call, desk);
      done(call, said === null ? undefined : { kind: 'wait', text: said });
    } catch (error) {
      if (error instanceof CommandRefused) return done(call, { kind: 'wait', text: error.message });
      if (error instanceof CarrierAway) return done(call, { kind: 'stop', text: AWAY });
      throw error;
    }
  },
});

type RaceAct = (call: PageCall, desk: Desk) => Promise<string | null>;

/** What a press about the race does. Null where it was done, else why not. */
const RACE_ACTS: Record<'send' | 'stop' | 'resume', RaceAct> = {
  send: async ({ context }, desk) => {
    const running = desk.race === null ? null : await readRace(context, desk.simulator, desk.race);
    if (desk.isStarting || running?.isOver === false)
      return 'A campaign runs already. Wait until it is done.';
    desk.isStarting = true;
    try {
      desk.race = await startRace(context, desk.simulator);
    } finally {
      desk.isStarting = false;
    }
    return null;
  },
  stop: async ({ context }, { race, simulator }) => {
    if (race === null) return 'Send a campaign first.';
    const { count, texted } = await stopSome(context, simulator, race);
    // The figures of the page show how far the texts are, and a carrier that is away shows there too.
    texted.catch((error: unknown) => context.log.warn({ error }, 'a STOP of the phones was not texted'));
    return count === 0 ? 'Nobody waits for the campaign any more. Send another one.' : null;
  },
  resume: async ({ context }, { race }) => {
    if (race === null) return 'Send a campaign first.';
    await resumeRace(context, race);
    return null;
  },
};

const troubleForm = z.object({ kind: z.enum(['slow', 'filtered', 'lost', 'quiet']) });

const trouble = definePage({
  method: 'post',
  path: '/phones/trouble',
  permission: null,
  handle: async (call) => {
    const form = troubleForm.safeParse(call.request.body);
    const wanted = TROUBLES.find(({ kind }) => kind === form.data?.kind);
    if (wanted === undefined) return done(call);
    const desk = deskOf(call.options);
    try {
      await desk.simulator.behave(wanted.rules);
      desk.trouble = wanted;
      done(call);
    } catch (error) {
      if (!(error instanceof CarrierAway)) throw error;
      done(call, { kind: 'stop', text: AWAY });
    }
  },
});

/** Leads to the record of a handset's person, or of the one who texted last. */
const record = definePage({
  method: 'get',
  path: '/phones/record/:phone',
  permission: null,
  handle: async (call) => {
    const phones = (await readAll(call))?.phones ?? [];
    const wanted = call.request.params.phone;
    const phone = wanted === 'last' ? lastTexted(phones) : phones.find(({ id }) => id === wanted);
    const contact = phone?.contact ?? null;
    if (contact !== null) return call.go(`/console/people/${encodeURIComponent(contact)}`);
    call.go('/console/phones', {
      kind: 'wait',
      text: 'Nothing is held about this phone yet. Text JOIN from it first.',
    });
  },
});

export const PHONE_PAGES = [page, live, text, offer, race, trouble, record];
