import { setTimeout as pause } from 'node:timers/promises';
import { isRefused } from '../domain/consent/prompts.ts';
import type { Scope, Suppression } from '../domain/consent/suppression.ts';
import type { Reading } from '../domain/words/reading.ts';
import { cancelAndDrain, drainClaimed, SLACK_MS } from '../sending/cancel-and-drain.ts';
import { FLAG_LEASE_MS, type Monotonic } from '../sending/gate.ts';
import type { ConsentEventDoc } from '../store/consent/consent-events.ts';
import { type ContactDoc, findContacts } from '../store/contacts/contacts.ts';
import { othersNow } from '../store/contacts/person-facts.ts';
import { isUnderWay } from '../store/deliveries/history.ts';
import type { Store } from '../store/store.ts';
import { inSession } from '../store/transaction.ts';
import type { AppContext } from './app-context.ts';
import type { BuiltChange } from './build-change.ts';

/** What a text made of a person, and the entries that it wrote. */
type Made = { person: Pick<BuiltChange['person'], 'prompts'>; events: Parameters<typeof closedIn>[0] };

/** True where a text ends something, so that its answer waits until that is over (`drainWhatClosed`). */
export const endsSomething = (made: Made, reading: Reading): boolean =>
  reading.kind === 'pause' || scopesClosed(made, reading).length > 0 || refuses(made, reading);

function scopesClosed({ events }: Made, reading: Reading): Scope[] {
  const { scopes } = closingOf(reading);
  return scopes.length > 0 ? scopes : closedIn(events);
}

const refuses = ({ person }: Made, { kind }: Reading): boolean =>
  mayClose(kind) && person.prompts.some(isRefused);

/**
 * When this resolves, what a text ends is over.
 * - An opt-out, by its words or as an answer to a question, and a hold: what they forbid is canceled or has settled (`quench`).
 * - A NO, or a birth date, that refuses a question and ends nothing: so is that question, which may not have left yet.
 * - PAUSE: offers under way to any number of the person have left or were put back.
 * False, and nothing done, where the text ends nothing.
 */
export async function drainWhatClosed(
  desk: AppContext,
  {
    contact,
    rev,
    personId,
    follows,
    person,
    change: { events },
  }: Pick<BuiltChange, 'contact' | 'rev' | 'personId' | 'follows' | 'person' | 'change'>,
  reading: Reading,
): Promise<boolean> {
  const made = { person, events };
  if (!endsSomething(made, reading)) return false;
  const scopes = scopesClosed(made, reading);
  if (scopes.length > 0 || refuses(made, reading)) {
    const { hold } = closingOf(reading);
    const { prompts } = person;
    await cancelAndDrain(
      desk.store,
      { contact, rev, scopes, hold, prompts, personId, follows },
      desk.monotonic,
    );
  } else await letOffersSettle(desk, contact, personId);
  return true;
}

/** Resolves when offers under way to any number of a person have left or were put back. */
export async function letOffersSettle(
  { store, monotonic }: AppContext,
  contact: string,
  personId: string | undefined,
): Promise<void> {
  const others = await othersNow(store, { _id: contact, personId });
  await drainClaimed(store, [contact, ...others.map(({ _id }) => _id)], monotonic);
}

/** A question of a contact whose message is not known to have left. */
export type UnderWay = { contact: string; prompt: string; issuedAt: Date };

/** Between two looks at a message that is under way, ms. */
const LOOK_MS = 25;

/**
 * Waits, as an opt-out does, until the message that puts a question has settled, or its lease has surely passed on this
 * process's own clock: a YES may be here before the answer of the carrier that took its question. One whose question waits
 * for its turn waits for nothing: it is older than that.
 */
export async function waitForPrompt(
  store: Store,
  asked: UnderWay | null,
  monotonic: Monotonic,
): Promise<void> {
  if (asked === null) return;
  const giveUp = monotonic() + FLAG_LEASE_MS + SLACK_MS;
  while (monotonic() < giveUp && (await isUnderWay(store, asked))) await pause(LOOK_MS);
}

/** Scopes that a reading closes; empty where it closes none. A hold stops everything until it is decided. */
export function scopesOf(reading: Reading): Scope[] {
  if (reading.kind === 'stop-all' || reading.kind === 'unsure') return ['all'];
  if (reading.kind !== 'stop-some') return [];
  return [
    ...reading.programs.map((program): Scope => `program:${program}`),
    ...reading.topics.map(({ program, topic }): Scope => `topic:${program}/${topic}`),
  ];
}

/** Readings that answer a question, and end what it was about: a program that the person is in, or a topic that is on. */
const ANSWERS = new Set<string>(['no', 'birth-date'] satisfies Reading['kind'][]);

/** True where only the person's state tells what a text of this kind closed. */
export const mayClose = (kind: string): boolean => ANSWERS.has(kind);

/** What the entries of one act closed; a topic that lapsed names no scope. */
export const closedIn = (events: readonly Pick<ConsentEventDoc, 'kind' | 'scope'>[]): Scope[] =>
  events.flatMap(({ kind, scope }) => (CLOSING.has(kind) && scope !== null ? [scope as Scope] : []));

const CLOSING = new Set<string>(['withdrawn', 'topic-off'] satisfies ConsentEventDoc['kind'][]);

/** What a text that reached us then closed, by the rows it raised. */
export const closedAt = (rows: readonly Suppression[], receivedAt: Date): Scope[] =>
  rows
    .filter(({ kind, since }) => kind === 'opt-out' && since.getTime() === receivedAt.getTime())
    .map(({ scope }) => scope);

/** What a reading closes, as `quench` takes it. */
export const closingOf = (reading: Reading): { scopes: Scope[]; hold: boolean } => ({
  scopes: scopesOf(reading),
  hold: reading.kind === 'unsure',
});

/** What an opt-out of a contact closed, and the number of its last entry in their ledger. */
export type EndedBefore = { contact: string; scopes: Scope[]; seq: number };

/**
 * Steps (b) and (c) of an opt-out that was decided before, once more: whoever decided it may have died before everything
 * under way had settled. Where the ledger says more since, what is under way is waited for and nothing is canceled: what
 * is planned may come of a later JOIN, and the gate asks how the person stands.
 */
export async function drainAgain({ store, monotonic }: AppContext, before: EndedBefore): Promise<void> {
  const [contact] = await inSession(store, (session) => findContacts(store, [before.contact], session));
  if (contact === undefined) return;
  if (contact.head.seq > before.seq) {
    await drainClaimed(store, await reachedBy(store, contact), monotonic, 'everything');
    return;
  }
  const { _id, rev, prompts, personId, follows } = contact;
  const { scopes } = before;
  await cancelAndDrain(store, { contact: _id, rev: rev + 1, scopes, prompts, personId, follows }, monotonic);
}

/** The contacts whose messages reach the person: their own, their other numbers', and whoever had the number just before. */
async function reachedBy(store: Store, { _id, personId, follows }: ContactDoc): Promise<string[]> {
  const others = await othersNow(store, { _id, personId });
  return [_id, ...(follows === undefined ? [] : [follows]), ...others.map((other) => other._id)];
}
