import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { showCampaignSettings } from '../../campaigns/approval.ts';
import { ApprovalNeeded, CommandRefused } from '../../consent/command-refused.ts';
import { watchHandsets } from '../../contacts/handset.ts';
import { definePage, type PageCall } from '../page.ts';
import { PHONES, type Phone, RACE, SHOP } from '../phones/cast.ts';
import { offerTo } from '../phones/offer.ts';
import {
  newRaceId,
  type Race,
  type RaceView,
  readRace,
  resumeRace,
  startRace,
  stopSome,
} from '../phones/race.ts';
import {
  CarrierAway,
  type HandsetText,
  type SimulatorClient,
  simulatorClient,
} from '../phones/simulator-client.ts';
import {
  lastTexted,
  type PhoneView,
  phoneNamed,
  readPhone,
  stepsDone,
  whatJustHappened,
} from '../phones/thread.ts';
import { QUIET, TROUBLES, type Trouble } from '../phones/trouble.ts';
import { viewerOf } from '../viewer.ts';

/** What one web process knows of its phones besides the database: the demo has one. */
type Desk = {
  simulator: SimulatorClient;
  /** Presses that were taken. The same press again, as by a double click without script, does nothing. */
  taken: Set<string>;
  trouble: Trouble;
  /** The last race; `isStarting`: another one is about to begin. */
  race: Race | null;
  isStarting: boolean;
  /** The id of a campaign that was refused for want of an approval: the next press starts the same draft. */
  draft: string | null;
  /** Texts from before this moment that the simulator does not have were texted before its last start. */
  openedAt: Date;
  /** What was seen last, for every open page; null after an act, so that its effect is read at once. */
  last: { at: number; seen: Promise<Seen | null> } | null;
  /** Each handset as it was read last. */
  handsets: Map<string, KnownHandset>;
};

/** `mark`, known `since`, changes with the record of the handset's person and with what the carrier shows of it. */
type KnownHandset = { mark: string; since: number; at: number; view: PhoneView };

const desks = new WeakMap<PageCall['options'], Desk>();

function deskOf({ context, options }: Pick<PageCall, 'context' | 'options'>): Desk {
  const known = desks.get(options);
  if (known !== undefined) return known;
  const simulator = simulatorClient(options.simulator);
  const desk: Desk = {
    ...{ simulator, taken: new Set<string>(), trouble: QUIET, race: null, isStarting: false },
    ...{ draft: null, openedAt: context.now(), last: null, handsets: new Map() },
  };
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

const clockOf = (language: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat(language === 'es' ? 'es-US' : 'en-US', {
    timeZone: 'America/New_York',
    hour: 'numeric',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  });

const CLOCKS = { en: clockOf('en'), es: clockOf('es') };

/**
 * The language of the page: that of whoever is signed in. An open page names it, and sends no cookie: its sign-in is not
 * read every second.
 */
const languageOf = ({ request }: PageCall): 'en' | 'es' =>
  viewerOf(request)?.language ?? (request.query.language === 'es' ? 'es' : 'en');

/** Everything on the page that follows what happens. */
type Seen = { phones: PhoneView[]; race: RaceView | null };

/** However many pages are open, the database is asked this often at most, ms. */
const READ_EVERY_MS = 1000;

/** What depends on the hour alone, such as the end of a pause, is seen after this time, ms. */
const READ_ANEW_MS = 60_000;

/** Null: the simulated carrier does not answer. */
function readAll(call: PageCall): Promise<Seen | null> {
  const desk = deskOf(call);
  const now = call.context.monotonic();
  if (desk.last !== null && now - desk.last.at < READ_EVERY_MS) return desk.last.seen;
  const seen = readNow(call, desk);
  const last = { at: now, seen };
  desk.last = last;
  // A failure is not kept for the next page.
  seen.catch(() => {
    if (desk.last === last) desk.last = null;
  });
  return seen;
}

async function readNow({ context }: PageCall, desk: Desk): Promise<Seen | null> {
  const { simulator, race } = desk;
  try {
    const numbers = PHONES.map(({ number }) => number);
    const [shown, watched] = await Promise.all([
      Promise.all(numbers.map((number) => simulator.handset(number))),
      watchHandsets(context, { numbers, campaign: race?.id ?? null }),
    ]);
    const { campaign } = watched;
    const [seen, ...phones] = await Promise.all([
      race === null || campaign === null ? null : readRace(context, simulator, { race, campaign }),
      ...PHONES.map((phone, at) => {
        const known = { texts: shown[at] ?? [], mark: watched.marks[at] ?? '' };
        return phoneAsKnown(context, desk, phone, known);
      }),
    ]);
    return { phones, race: seen };
  } catch (error) {
    if (error instanceof CarrierAway) return null;
    throw error;
  }
}

/** A text is on the handset before the gateway has recorded it; some are never recorded. */
const SETTLES_WITHIN_MS = 15_000;

const isSettling = ({ since, view }: KnownHandset, now: number): boolean =>
  now - since < SETTLES_WITHIN_MS && view.texts.some(({ trace }) => trace === null);

/** Reads a handset only where its mark changed, or where a text of it is not taken in yet. */
async function phoneAsKnown(
  context: PageCall['context'],
  { handsets, openedAt }: Desk,
  phone: Phone,
  { texts, mark: stored }: { texts: HandsetText[]; mark: string },
): Promise<PhoneView> {
  const mark = markOf(stored + JSON.stringify(texts));
  const now = context.monotonic();
  const known = handsets.get(phone.id);
  const isSame = known?.mark === mark;
  if (known !== undefined && isSame && now - known.at < (isSettling(known, now) ? 0 : READ_ANEW_MS))
    return known.view;
  const view = await readPhone(context, phone, { texts, openedAt });
  handsets.set(phone.id, { mark, since: isSame ? known.since : now, at: now, view });
  return view;
}

function liveParts(call: PageCall, { phones, race }: Seen): LivePart[] {
  const { options } = call;
  const language = languageOf(call);
  const isForgotten = ({ earlier }: PhoneView): boolean => earlier.length > 0;
  const t = options.views.translator(language);
  const common = {
    t,
    sign: (name: string) => options.views.signs[name] ?? '',
    time: (at: Date) => CLOCKS[language].format(at),
    isEnglish: language === 'en',
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
    part('cause', 'cause', { steps: whatJustHappened(phones), hasEarlier: phones.some(isForgotten) }),
    part('race', 'race', { race, people: RACE.people, stops: RACE.stops }),
    part('trouble', 'trouble', { trouble: deskOf(call).trouble }),
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
      title: call.t('Phones'),
      at: CLOCKS[languageOf(call)].format(call.context.now()),
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
    // The page names the time of what it shows, by the clock of the server.
    call.response.set('X-Seen-At', CLOCKS[languageOf(call)].format(call.context.now()));
    if (seen === null)
      return void call.response
        .status(503)
        .type('text')
        .send(call.options.views.translator(languageOf(call))(AWAY));
    const known = new Set(String(call.request.query.seen ?? '').split(','));
    const news = liveParts(call, seen).filter(({ mark }) => !known.has(mark));
    if (news.length === 0) return void call.response.status(204).end();
    // Not as a part of the shell, whose form token would begin a session for each look.
    call.response.type('html').send(call.options.views.render('phones/live', { parts: news }));
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
function done(call: PageCall, notice?: Parameters<PageCall['go']>[1]): void {
  const { request, response, go } = call;
  deskOf(call).last = null;
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
      return undone(
        call,
        422,
        String(phone),
        call.t('Write at most {count} characters.', { count: MOST_WORDS }),
      );
    }
    const { phone, words, press } = form.data;
    if (words.trim() === '')
      return undone(call, 422, phone, call.t('Write something, or press one of the words.'));
    const desk = deskOf(call);
    const from = phoneNamed(phone);
    if (from === null || !isNewPress(desk, press)) return done(call);
    try {
      const { status } = await desk.simulator.text(from.number, SHOP.number, words);
      if (status === 200) return done(call);
      return done(call, {
        kind: 'stop',
        text: call.t('The gateway did not take the text ({status}).', {
          status: status ?? call.t('no answer'),
        }),
      });
    } catch (error) {
      if (!(error instanceof CarrierAway)) throw error;
      return undone(call, 503, phone, call.t(AWAY));
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
    if (!form.success || seen === null) return done(call, { kind: 'stop', text: call.t(AWAY) });
    if (!isNewPress(deskOf(call), form.data.press)) return done(call);
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
    const desk = deskOf(call);
    if (!form.success || !isNewPress(desk, form.data.press)) return done(call);
    try {
      const said = await RACE_ACTS[form.data.act](call, desk);
      done(call, said === null ? undefined : { kind: 'wait', text: said });
    } catch (error) {
      if (error instanceof CommandRefused) return done(call, { kind: 'wait', text: error.message });
      if (error instanceof CarrierAway) return done(call, { kind: 'stop', text: call.t(AWAY) });
      throw error;
    }
  },
});

type RaceAct = (call: PageCall, desk: Desk) => Promise<string | null>;

/**
 * The buttons of the race. Each resolves to null when it did its work, else to a sentence, in the language of the page,
 * that says why not.
 */
const RACE_ACTS: Record<'send' | 'stop' | 'resume', RaceAct> = {
  send: async (call, desk) => {
    const { context } = call;
    desk.last = null;
    const running = desk.race === null ? null : ((await readAll(call))?.race ?? null);
    if (desk.isStarting || running?.isOver === false)
      return call.t('A campaign runs already. Wait until it is done.');
    desk.isStarting = true;
    const id = desk.draft ?? newRaceId(context.now());
    desk.draft = null;
    try {
      desk.race = await startRace(context, desk.simulator, id);
    } catch (error) {
      if (!(error instanceof ApprovalNeeded)) throw error;
      desk.draft = id;
      return approvalWords(call);
    } finally {
      desk.isStarting = false;
    }
    return null;
  },
  stop: async ({ context, t }, { race, simulator }) => {
    if (race === null) return t('Send a campaign first.');
    const { count, texted } = await stopSome(context, simulator, race);
    // The figures of the page show how far the texts are, and a carrier that is away shows there too.
    texted.catch((error: unknown) => context.log.warn({ error }, 'a STOP of the phones was not texted'));
    if (count > 0) return null;
    const { campaign } = await watchHandsets(context, { numbers: [], campaign: race.id });
    return campaign?.isPlanned === false
      ? t('The campaign is still being planned. Press again in a moment.')
      : t('Nobody waits for the campaign any more. Send another one.');
  },
  resume: async ({ context, t }, { race }) => {
    if (race === null) return t('Send a campaign first.');
    await resumeRace(context, race);
    return null;
  },
};

/** A second person approves by the API; the demo is for one person, who may lift the limit. */
async function approvalWords({ context, t }: PageCall): Promise<string> {
  const { approvalOver } = await showCampaignSettings(context);
  return t(
    'The campaign waits as a draft: the settings ask for a second person above {count} people. Look at it as admin, raise that limit under Settings, and press again.',
    { count: approvalOver ?? 0 },
  );
}

const troubleForm = z.object({ kind: z.enum(['slow', 'filtered', 'lost', 'quiet']) });

const trouble = definePage({
  method: 'post',
  path: '/phones/trouble',
  permission: null,
  handle: async (call) => {
    const form = troubleForm.safeParse(call.request.body);
    const wanted = TROUBLES.find(({ kind }) => kind === form.data?.kind);
    if (wanted === undefined) return done(call);
    const desk = deskOf(call);
    try {
      await desk.simulator.behave(wanted.rules);
      desk.trouble = wanted;
      done(call);
    } catch (error) {
      if (!(error instanceof CarrierAway)) throw error;
      done(call, { kind: 'stop', text: call.t(AWAY) });
    }
  },
});

/** Leads to the record of a handset's person, or of the one who texted last; to Home while nobody has texted. */
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
    if (wanted === 'last') return call.go('/console');
    call.go('/console/phones', {
      kind: 'wait',
      text: call.t('Nothing is held about this phone yet. Text JOIN from it first.'),
    });
  },
});

export const PHONE_PAGES = [page, live, text, offer, race, trouble, record];
