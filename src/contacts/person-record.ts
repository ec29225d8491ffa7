import { z } from 'zod';
import type { AppContext } from '../consent/app-context.ts';
import { personSubject, recordAudit } from '../consent/audit/audit.ts';
import { openEntry } from '../consent/ledger/ledger.ts';
import { nameOf } from '../consent/review/decide-hold.ts';
import { pauseOfStaff } from '../consent/staff-pause.ts';
import type { Actor } from '../domain/access/actor.ts';
import type { Subscription } from '../domain/consent/consent-state.ts';
import { emptyConsentState } from '../domain/consent/consent-state.ts';
import type { EventKind } from '../domain/consent/decision.ts';
import { toldIn } from '../domain/consent/ledger-origin.ts';
import { isClosed, standingKind } from '../domain/consent/status-sentence.ts';
import type { ConsoleLanguage } from '../domain/console-time.ts';
import { handleOf } from '../domain/contacts/handle.ts';
import { type PersonAnswer, personAnswer, type StateSign } from '../domain/contacts/person-answer.ts';
import { type ActEntry, type AnswerCause, causeByEntry } from '../domain/contacts/person-cause.ts';
import type { Language, Program, Topic } from '../domain/program.ts';
import type { Failing } from '../domain/sending/last-messages.ts';
import { programVerdict } from '../domain/sending/message-plan.ts';
import { REASONS, type Reason } from '../domain/sending/send-rules.ts';
import { type ConsentEventDoc, endOfChain } from '../store/consent/consent-events.ts';
import { openHoldOf } from '../store/consent/suppressions.ts';
import { findContact, findNumbers } from '../store/contacts/contacts.ts';
import { unlessClosed } from '../store/contacts/open-contact.ts';
import { failingNow, sendFactsOf } from './contact-status.ts';
import { contactById, holderOf, type OpenedContact } from './find-contact.ts';

/** The state of one program, as lists name it. */
export const PROGRAM_STATES = {
  subscribed: { sign: 'good', word: 'Subscribed' },
  paused: { sign: 'wait', word: 'Paused' },
  pending: { sign: 'wait', word: 'Asked, no answer yet' },
  'on-hold': { sign: 'wait', word: 'On hold' },
  'opted-out': { sign: 'stop', word: 'Opted out' },
  refused: { sign: 'off', word: 'Said no' },
  expired: { sign: 'off', word: 'Ended' },
  never: { sign: 'off', word: 'Never joined' },
} as const satisfies Record<string, { sign: StateSign; word: string }>;
export type ProgramState = keyof typeof PROGRAM_STATES;

export type ProgramLine = {
  id: string;
  name: string;
  state: ProgramState;
  /** When the state began that is shown: a hold or a pause begins later than the subscription. */
  since: Date | null;
  /** Entry of the ledger that the state rests on; null where none says so. */
  entry: number | null;
  /** What the state rests on, in words; null where no entry says so. */
  cause: AnswerCause | null;
  topics: { name: Topic['name']; isOn: boolean }[];
  /** Why no marketing may be sent now, the rule that decides first; empty: it may. */
  reasons: Reason[];
};

/** Everything about one person that answers "may they be texted, and why". */
export type PersonRecord = {
  id: string;
  handle: string;
  /** The last four digits. */
  ending: string;
  language: Language | null;
  createdAt: Date;
  isCurrent: boolean;
  answer: PersonAnswer;
  programs: ProgramLine[];
  /** What the carrier's Lookup said of the line; null when it was not asked. */
  line: string | null;
  zone: string | null;
  pausedUntil: Date | null;
  /** The pause in force, where staff began it and may end it; `reason` only for a reader of evidence. */
  staffPause: { reason: string | null } | null;
  holdUntil: Date | null;
  others: { id: string; handle: string }[];
  /** The text of the person that waits for an answer of staff; null when none does. */
  inboxItem: string | null;
  /** The hold on the number that awaits a decision; null when none does. */
  openHold: string | null;
  /** The last messages, where they failed one after another; null where they did not. */
  failing: Failing | null;
};

export type RecordReader = {
  actor: Actor;
  readsEvidence: boolean;
  language: ConsoleLanguage;
  zone: string;
};

/** `erased`: the contact exists, and everything about the person was erased. Null when there is no such contact. */
export async function showPerson(
  context: Pick<AppContext, 'audit' | 'catalog' | 'log' | 'now' | 'ring' | 'store'>,
  id: string,
  reader: RecordReader,
): Promise<PersonRecord | { kind: 'erased'; answer: PersonAnswer } | null> {
  const stored = await findContact(context.store, id);
  if (stored === null) return null;
  const contact = await contactById(context, id);
  if (contact === null) return { kind: 'erased', answer: answerOfNobody(context, 'erased', reader) };
  const { person } = contact;
  const entries = await entriesFor(context, contact, reader);
  const programs = await Promise.all(
    programsFor(context, contact).map((program) =>
      programLine(context, contact, { program, entries, reader }),
    ),
  );
  if (reader.readsEvidence) {
    await recordReading(context, id, reader);
  }
  const now = context.now();
  return {
    id,
    handle: handleOf(id),
    ending: contact.number.slice(-4),
    language: person.language,
    createdAt: stored.createdAt,
    isCurrent: stored.current,
    answer: personAnswer(await factsOf(context, contact, entries), reader),
    programs,
    line: stored.verified?.line ?? null,
    zone: stored.profile?.place.zone ?? null,
    pausedUntil: person.pausedUntil !== null && person.pausedUntil > now ? person.pausedUntil : null,
    staffPause: await staffPauseOf(context, contact, reader),
    holdUntil: standingKind(person, 'hold')?.until ?? null,
    others: await otherNumbers(context, contact),
    inboxItem: stored.inboxItem?.text ?? null,
    openHold: await openHoldName(context, contact),
    failing: (await failingNow(context, contact)).failing,
  };
}

const recordReading = (
  context: Pick<AppContext, 'audit' | 'log' | 'store'>,
  id: string,
  { actor }: RecordReader,
) =>
  recordAudit(context, {
    ...{ actor, act: 'evidence-read', subject: personSubject(id), details: { of: 'record' } },
  });

/** The answer about a number that nobody holds. */
export async function answerAboutNumber(
  context: Pick<AppContext, 'catalog' | 'indexOf' | 'now' | 'ring' | 'store'>,
  phone: string,
  reader: Pick<RecordReader, 'language' | 'zone'>,
): Promise<PersonAnswer> {
  const { person } = await holderOf(context, phone);
  return answerOfNobody(context, 'nobody', reader, person);
}

function answerOfNobody(
  { catalog, now }: Pick<AppContext, 'catalog' | 'now'>,
  known: 'erased' | 'nobody',
  reader: Pick<RecordReader, 'language' | 'zone'>,
  person = emptyConsentState(),
): PersonAnswer {
  const { book } = catalog.current();
  const facts = { known, person, book, now: now(), entries: [], isReassigned: false, quiet: null };
  return personAnswer(facts, reader);
}

async function factsOf(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  contact: OpenedContact,
  entries: readonly ActEntry[],
) {
  const { stored, person } = contact;
  const { book } = context.catalog.current();
  const now = context.now();
  const joined = person.subscriptions.find(({ state }) => state === 'subscribed');
  const program = book.programs.find(({ id }) => id === joined?.program);
  const hold = program === undefined ? null : (await sendFactsOf(context, contact, program, now)).hold;
  return {
    known: stored.current ? ('holder' as const) : ('former' as const),
    ...{ person, book, now, entries },
    isReassigned: stored.holderCheck?.answer === 'yes',
    quiet: hold === null ? null : { until: hold.where.noHour ? null : hold.until, zone: hold.where.zone },
  };
}

/** The running programs, and those that the person has a subscription of. */
function programsFor({ catalog }: Pick<AppContext, 'catalog'>, { person }: OpenedContact): Program[] {
  const known = new Set(person.subscriptions.map(({ program }) => program));
  return catalog.current().book.programs.filter(({ id, status }) => status === 'active' || known.has(id));
}

type LineOf = { program: Program; entries: readonly ActEntry[]; reader: RecordReader };

async function programLine(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  contact: OpenedContact,
  { program, entries, reader }: LineOf,
): Promise<ProgramLine> {
  const { person } = contact;
  const subscription = person.subscriptions.find(({ program: of }) => of === program.id) ?? null;
  const now = context.now();
  const state = stateOf(contact, subscription, now);
  const verdict = programVerdict(person, await sendFactsOf(context, contact, program, now));
  const entry = entryOf(entries, program.id, state);
  return {
    id: program.id,
    name: program.name,
    state,
    since: sinceOf(contact, subscription, state),
    entry: entry?.seq ?? null,
    cause: entry === null ? null : causeByEntry(entry, reader),
    topics: program.topics.map(({ id, name }) => ({
      name,
      isOn: subscription?.topics.includes(id) ?? false,
    })),
    reasons: verdict.allowed ? [] : [...verdict.reasons],
  };
}

/** A hold, a pause or an opt-out of everything that covers a subscription began when it came, not with the consent. */
function sinceOf(
  { person }: OpenedContact,
  subscription: Subscription | null,
  state: ProgramState,
): Date | null {
  if (subscription === null) return null;
  if (state === 'paused') return person.pausedAt ?? subscription.since;
  if (subscription.state !== 'subscribed' || state === 'subscribed') return subscription.since;
  return standingKind(person, state === 'on-hold' ? 'hold' : 'opt-out')?.since ?? subscription.since;
}

function stateOf({ person }: OpenedContact, subscription: Subscription | null, now: Date): ProgramState {
  if (subscription === null) return 'never';
  const { state, program } = subscription;
  if (state === 'subscribed' && isClosed(person, program)) {
    return standingKind(person, 'opt-out') === undefined ? 'on-hold' : 'opted-out';
  }
  if (state === 'subscribed')
    return person.pausedUntil !== null && person.pausedUntil > now ? 'paused' : state;
  return state === 'unsubscribed' ? 'opted-out' : state;
}

/** The kinds of entries by which a program came into a state. */
const KINDS_OF: Record<ProgramState, readonly EventKind[]> = {
  subscribed: ['confirmed'],
  paused: ['paused'],
  pending: ['prompted'],
  'on-hold': ['held'],
  'opted-out': ['withdrawn'],
  refused: ['refused'],
  expired: ['expired', 'ended'],
  never: [],
};

/** The newest entry that says so, about the program or about everything. */
function entryOf(entries: readonly ActEntry[], program: string, state: ProgramState): ActEntry | null {
  const isAbout = (entry: ActEntry): boolean =>
    entry.program === program ||
    entry.scope === 'all' ||
    entry.scope === `program:${program}` ||
    (entry.program === null && entry.scope === null);
  return entries.findLast((entry) => KINDS_OF[state].includes(entry.kind) && isAbout(entry)) ?? null;
}

/** Entries at the end of a ledger among which the cause of an answer is looked for. */
const LAST_ENTRIES = 500;

/**
 * The end of the ledger as an answer quotes it. Words are opened only for a reader of evidence, and only when they are
 * read: the answer quotes one entry of many.
 */
async function entriesFor(
  { store }: Pick<AppContext, 'store'>,
  contact: OpenedContact,
  { readsEvidence }: RecordReader,
): Promise<ActEntry[]> {
  const wordsOf = (entry: ConsentEventDoc): string | null => {
    const opened = readsEvidence ? unlessClosed(() => openEntry(entry, contact.keys.evidence)) : null;
    return opened?.words?.[1] ?? toldIn(entry, opened?.origin?.[1]);
  };
  const last = await endOfChain(store, contact.id, LAST_ENTRIES);
  return last.map((entry) => ({
    ...entry,
    get words() {
      return wordsOf(entry);
    },
  }));
}

/** Why staff paused marketing, where they did; null where no pause of theirs is in force. */
async function staffPauseOf(
  { now, store }: Pick<AppContext, 'now' | 'store'>,
  { id, keys, person }: OpenedContact,
  { readsEvidence }: RecordReader,
): Promise<PersonRecord['staffPause']> {
  if (person.pausedUntil === null || person.pausedUntil <= now()) return null;
  const entry = await pauseOfStaff(store, id, now());
  if (entry === null) return null;
  const origin = readsEvidence
    ? (unlessClosed(() => openEntry(entry, keys.evidence))?.origin?.[1] ?? null)
    : null;
  const { reason } = z.looseObject({ reason: z.string().optional() }).parse(JSON.parse(origin ?? '{}'));
  return { reason: reason ?? null };
}

async function openHoldName(
  { store }: Pick<AppContext, 'store'>,
  { index, person }: OpenedContact,
): Promise<string | null> {
  if (standingKind(person, 'hold') === undefined) return null;
  const row = await openHoldOf(store, index);
  return row === null ? null : nameOf({ row: row._id, generation: row.generation });
}

async function otherNumbers(
  { store }: Pick<AppContext, 'store'>,
  { id, stored }: OpenedContact,
): Promise<PersonRecord['others']> {
  if (stored.personId === undefined) return [];
  const numbers = await findNumbers(store, [stored.personId]);
  return numbers.flatMap(({ _id }) => (_id === id ? [] : { id: _id, handle: handleOf(_id) }));
}

/** The rule that decides first, in words; null where nothing forbids it. */
export const decidingRule = ([reason]: readonly Reason[]): string | null =>
  reason === undefined ? null : REASONS[reason];
