import { createHash } from 'node:crypto';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../src/domain/durations.ts';
import type { Language } from '../../../src/domain/program.ts';
import type { Behaviour } from '../../../src/simulator/behaviours.ts';
import { DEMO_SENDERS } from '../programs.ts';
import { PAST_CAMPAIGNS } from '../sample-content.ts';
import type { PastCast, PastNewcomer, PastPerson } from './cast.ts';
import { ANSWERS, HELD, LEAVING, QUESTIONS, REPLIES, TODAY } from './words.ts';

/** What somebody does in the past month. A second performance of an act changes nothing. */
export type PastAct =
  | { do: 'text'; from: string; to: string; body: string; sid: string }
  /** A request to the API. */
  | { do: 'call'; method: 'POST' | 'PUT'; path: string; body: object; key?: string }
  | { do: 'behave'; rules: Behaviour[] }
  /** Opens the newest link on the handset. */
  | { do: 'click'; number: string }
  /** Staff decides about every hold. */
  | { do: 'decide'; decision: 'release' | 'opt-out' }
  /** Marks the phone of somebody of staff. */
  | { do: 'mark'; number: string; name: string }
  /** Some who got a campaign last opt out, until it pauses by itself. */
  | { do: 'leave'; campaign: string; people: number }
  | { do: 'jobs'; names: readonly string[] };

/** What happens at one moment, side by side. The next scene begins when everything has left and been reported. */
export type Scene = { at: Date; acts: readonly PastAct[] };

type Span = { start: Date; end: Date; days: number };

const SHOP = DEMO_SENDERS.shop.number;
const CLUB = DEMO_SENDERS.rewards.number;

/** Hours of a day, UTC: the morning of the people, and the hour of a campaign, at which every state may be texted. */
const MORNING = 15;
const CAMPAIGN = 18;

/** How the people of the cast are shared out: so many of the subscribers do each thing. The rest only get messages. */
const LEAVERS_A_DAY = 2;
const MEMBERS_A_DAY = 4;

const EVERY_FEW_DAYS = 5;
/** Holds of the last days wait for the staff of the demo. */
const LAST_ROUND = 26;
const UPKEEP = ['expire-prompts', 'end-holds', 'tell-clicks', 'note-campaigns', 'bounce-sweep'] as const;

/** All scenes of the month and of today, oldest first. */
export function scenesOf(cast: PastCast, { start, end, days }: Span): Scene[] {
  const at = (day: number, hour: number, minute = 0): Date =>
    new Date(start.getTime() + day * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS);
  const scenes: Scene[] = [...staffScenes(at)];
  for (let day = 0; day < days; day += 1) scenes.push(...dayScenes(cast, day, at));
  scenes.push(...campaignScenes(cast, at), ...outageScenes(cast, at), ...pausedScenes(cast, at));
  scenes.push(...todayScenes(cast, end));
  return scenes
    .filter(({ at: moment, acts }) => acts.length > 0 && moment <= end)
    .sort((a, b) => a.at.getTime() - b.at.getTime());
}

type At = (day: number, hour: number, minute?: number) => Date;

/** The id of a text of the past, the same at every start. */
export const sidOf = (cause: string): string =>
  `SM${createHash('sha256').update(`past ${cause}`).digest('hex').slice(0, 32)}`;

const text = (from: string, body: string, cause: string, to = SHOP): PastAct => ({
  ...{ do: 'text', from, to, body },
  sid: sidOf(`${from} ${cause}`),
});

const post = (path: string, body: object, key?: string): PastAct => ({
  ...{ do: 'call', method: 'POST', path, body },
  ...(key === undefined ? {} : { key }),
});

/** Two phones of staff, which get tests of templates. Their holders joined like everybody else. */
const STAFF = [
  { number: '+15551230091', name: 'Mia’s phone' },
  { number: '+15551230092', name: 'Sam’s phone' },
];

function staffScenes(at: At): Scene[] {
  return [
    { at: at(0, 9), acts: STAFF.map(({ number }) => text(number, 'JOIN', 'join')) },
    { at: at(0, 9, 5), acts: STAFF.map(({ number }) => text(number, 'YES', 'yes')) },
    { at: at(0, 9, 10), acts: STAFF.map(({ number, name }) => ({ do: 'mark', number, name })) },
  ];
}

const YES = { en: 'YES', es: 'SI', fr: 'OUI' };
const JOIN = { en: 'JOIN', es: 'UNIRME', fr: 'REJOINDRE' };

/** A morning: people join, leave, ask and buy; those who were asked answer; staff sees to what was written. */
function dayScenes(cast: PastCast, day: number, at: At): Scene[] {
  const newcomers = cast.newcomers.filter((newcomer) => newcomer.day === day);
  const leavers = shareOf(cast.subscribers, LEAVERS, day, LEAVERS_A_DAY);
  const members = shareOf(cast.subscribers, MEMBERS, day, MEMBERS_A_DAY);
  const [asker] = shareOf(cast.subscribers, ASKERS, day, 1);
  const [held] = day % 3 === 0 ? shareOf(cast.subscribers, HOLDERS, day, 1) : [];
  const question = askedBy(asker, day);
  const dead = newcomers.filter(({ dead }) => dead).map(({ number }) => undelivered(number, 30005));
  const first: PastAct[] = [
    ...newcomers.map((newcomer) => asksToJoin(newcomer, at(day, MORNING - 3))),
    ...leavers.map(({ number, language }, nth) =>
      text(number, wordOf(LEAVING[language], day + nth), 'leave'),
    ),
    ...members.map(({ number }) => text(number, 'REWARDS', 'rewards', CLUB)),
    ...(question === null ? [] : [text(question.number, question.body, 'question')]),
    ...(held === undefined ? [] : [text(held.number, wordOf(HELD[held.language], day), 'held')]),
    ...ordersOf(cast, day, at(day, MORNING)),
  ];
  const answering = newcomers.flatMap(({ number, language, answer }) =>
    answer === 'never' ? [] : [text(number, answer === 'yes' ? YES[language] : 'NO', 'answer')],
  );
  const second: PastAct[] = [
    ...answering,
    ...members.map(({ number, language }) => text(number, YES[language], 'rewards yes', CLUB)),
    ...newcomers.map(({ number: phone, known }) => post('/contacts', { phone, ...known })),
    ...(question === null ? [] : [answerTo(question, day)]),
  ];
  const tended = day % EVERY_FEW_DAYS === EVERY_FEW_DAYS - 1;
  return [
    { at: at(day, MORNING - 1), acts: dead.length === 0 ? [] : [{ do: 'behave', rules: dead }] },
    { at: at(day, MORNING), acts: first },
    { at: at(day, MORNING, 12 + (day % 7) * 5), acts: second },
    {
      at: at(day, MORNING + 2),
      acts: tended && day < LAST_ROUND ? [{ do: 'decide', decision: decisionOf(day) }] : [],
    },
    { at: at(day, 23), acts: tended ? [{ do: 'jobs', names: UPKEEP }] : [] },
  ];
}

const decisionOf = (day: number) => (day % 2 === 0 ? ('release' as const) : ('opt-out' as const));

/** Where the people who do something every day begin, counted from the last of the subscribers. */
const [LEAVERS, MEMBERS, ASKERS, HOLDERS] = [0, 60, 180, 210];

/** How many of the first subscribers act in campaigns, and how many of the last ones act day by day. */
const [FIRST_OTHERS, LAST_OTHERS] = [90, 240];

/** People of one kind for one day: another slice each day. */
function shareOf(
  people: readonly PastPerson[],
  from: number,
  day: number,
  aDay: number,
): readonly PastPerson[] {
  const begin = people.length - 1 - from - day * aDay;
  return people.slice(Math.max(0, begin - aDay + 1), Math.max(0, begin + 1));
}

const wordOf = (words: readonly string[], at: number): string => words[at % words.length] ?? '';

function undelivered(number: string, code: number): Behaviour {
  return { match: { number }, on: 'create', effect: { kind: 'errorCallback', code } };
}

/** By text, or by a request of whoever typed in what the person said. */
function asksToJoin({ number, language, by, day, known }: PastNewcomer, signedAt: Date): PastAct {
  if (by === 'text') return text(number, JOIN[language], 'join');
  const asked = { phone: number, program: 'deals', language };
  const key = `past-join-${sidOf(number)}`;
  if (by === 'call') {
    const evidence = { agent: 'Desk 2', call_id: `call-${day}-${known.first_name}`, script_version: '3' };
    return post('/opt-ins', { ...asked, channel: 'VERBAL', evidence }, key);
  }
  if (by === 'sheet') {
    const evidence = { location: 'Boise store opening', signed_at: signedAt.toISOString(), staff: 'Dana' };
    return post('/opt-ins', { ...asked, channel: 'PAPER_FORM', evidence }, key);
  }
  const page = { page_url: 'https://fernway.example/join', ip: '198.51.100.7', user_agent: 'Mozilla/5.0' };
  return post('/opt-ins', { ...asked, channel: 'WEB_FORM', evidence: { ...page, checkbox: true } }, key);
}

type Question = PastPerson & { body: string; sid: string };

function askedBy(asker: PastPerson | undefined, day: number): Question | null {
  if (asker === undefined) return null;
  const body = wordOf(QUESTIONS[asker.language], day);
  return { ...asker, body, sid: sidOf(`${asker.number} question`) };
}

const answerTo = ({ sid, language }: Question, day: number): PastAct =>
  post(`/inbox/${sid}/answer`, { text: wordOf(ANSWERS[language], day) });

/** Orders of the day: a message to each shopper about it, and the purchase of a few subscribers, which begins the journey. */
function ordersOf({ shoppers, subscribers }: PastCast, day: number, at: Date): PastAct[] {
  const count = 4 + ((day * 7) % 5);
  const ordering = Array.from({ length: count }, (_, nth) => shoppers[(day * 11 + nth) % shoppers.length]);
  const buying = Array.from({ length: 3 }, (_, nth) => subscribers[(day * 3 + nth) % subscribers.length]);
  return [
    ...ordering.flatMap((shopper, nth): PastAct[] => {
      if (shopper === undefined) return [];
      const message = {
        phone: shopper.number,
        program: 'orders',
        topic: 'orders',
        template: 'order-shipped',
      };
      return [post('/messages', message, `past-order-${day}-${nth}`)];
    }),
    ...buying.flatMap((buyer, nth): PastAct[] => {
      if (buyer === undefined) return [];
      const amount = 20 + ((day * 13 + nth * 29) % 90);
      return [
        post('/events', {
          phone: buyer.number,
          type: 'purchase',
          at: at.toISOString(),
          amount,
          id: `past-${day}-${nth}`,
        }),
      ];
    }),
  ];
}

const start = (id: keyof typeof PAST_CAMPAIGNS, how: object): [PastAct, PastAct] => [
  { do: 'call', method: 'PUT', path: `/campaigns/${id}`, body: PAST_CAMPAIGNS[id] },
  post(`/campaigns/${id}/start`, how),
];

/** Starts a campaign in two scenes, since the start needs the draft. */
function launched(at: Date, id: keyof typeof PAST_CAMPAIGNS, how: object = {}): Scene[] {
  return start(id, how).map((act, nth) => ({ at: new Date(at.getTime() + nth), acts: [act] }));
}

/** A campaign that went well: many opened its link, some wrote back, a few left. */
function campaignScenes({ subscribers }: PastCast, at: At): Scene[] {
  const day = 9;
  const filtered = subscribers.slice(3, 5).map(({ number }) => undelivered(number, 30007));
  const opening = subscribers.filter((_, nth) => nth < 400 && nth % 8 === 0);
  const writing = subscribers.slice(1, 5);
  const leaving = subscribers.slice(6, 9);
  return [
    { at: at(day, CAMPAIGN - 1), acts: [{ do: 'behave', rules: filtered }] },
    ...launched(at(day, CAMPAIGN), 'autumn-coats'),
    { at: at(day, CAMPAIGN, 20), acts: opening.map(({ number }) => ({ do: 'click', number })) },
    {
      at: at(day, CAMPAIGN, 40),
      acts: [
        ...writing.map(({ number, language }, nth) => text(number, wordOf(REPLIES[language], nth), 'reply')),
        ...leaving.map(({ number, language }) => text(number, wordOf(LEAVING[language], 1), 'left')),
      ],
    },
    { at: at(day, CAMPAIGN + 1), acts: [{ do: 'behave', rules: [] }] },
    {
      at: at(day, CAMPAIGN + 2),
      acts: writing.map(({ number }) =>
        post(`/inbox/${sidOf(`${number} reply`)}/close`, { reason: 'A thank-you' }),
      ),
    },
  ];
}

/** A network failed while a small campaign went out, and one of its errors is in no table. */
function outageScenes({ subscribers }: PastCast, at: At): Scene[] {
  const day = 16;
  const invited = subscribers.slice(20, 90);
  const cut = invited.filter((_, nth) => nth % 3 === 0).map(({ number }) => undelivered(number, 30003));
  const odd = invited.filter((_, nth) => nth % 23 === 1).map(({ number }) => undelivered(number, 30499));
  const opening = invited.filter((_, nth) => nth % 6 === 1);
  const lists_add = ['boise'];
  return [
    {
      at: at(day, CAMPAIGN - 1),
      acts: invited.map(({ number: phone }) => post('/contacts', { phone, lists_add })),
    },
    { at: at(day, CAMPAIGN, -1), acts: [{ do: 'behave', rules: [...cut, ...odd] }] },
    ...launched(at(day, CAMPAIGN), 'boise-opening'),
    { at: at(day, CAMPAIGN, 30), acts: opening.map(({ number }) => ({ do: 'click', number })) },
    { at: at(day, CAMPAIGN + 1), acts: [{ do: 'behave', rules: [] }] },
    {
      at: at(day, CAMPAIGN + 2),
      acts: invited.slice(2, 4).map(({ number }) => text(number, 'STOP', 'after the outage')),
    },
    { at: at(day, CAMPAIGN + 3), acts: [{ do: 'jobs', names: ['find-incidents'] }] },
  ];
}

/** Too many left after the first messages of a campaign that was spread over a day, so that it paused by itself. */
function pausedScenes({ subscribers }: PastCast, at: At): Scene[] {
  const day = 27;
  // Each person's minute is drawn, so the number varies: some 165 have it after a hundred minutes. The rule needs a hundred, and
  // eight opt-outs are too many up to 266.
  const spread_minutes = Math.round(subscribers.length * 0.87);
  return [
    ...launched(at(day, CAMPAIGN), 'flash-sale', { spread_minutes }),
    { at: at(day, CAMPAIGN, 100), acts: [{ do: 'leave', campaign: 'flash-sale', people: 8 }] },
  ];
}

/** What waits for staff when the demo begins, by its age. Nobody who speaks did anything else in the month. */
function todayScenes({ subscribers }: PastCast, end: Date): Scene[] {
  const free = subscribers.slice(FIRST_OTHERS, Math.max(FIRST_OTHERS, subscribers.length - LAST_OTHERS));
  const speakersOf = (language: Language) => free.filter((person) => person.language === language).reverse();
  const speakers = { en: speakersOf('en'), es: speakersOf('es'), fr: speakersOf('fr') };
  return TODAY.flatMap(({ minutesAgo, language, body }): Scene[] => {
    const speaker = speakers[language].shift();
    const at = new Date(end.getTime() - minutesAgo * MINUTE_MS);
    return speaker === undefined ? [] : [{ at, acts: [text(speaker.number, body, 'today')] }];
  });
}
