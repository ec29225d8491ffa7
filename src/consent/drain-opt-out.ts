import { setTimeout as pause } from 'node:timers/promises';
import { isRefused } from '../domain/consent/prompts.ts';
import type { Scope, Suppression } from '../domain/consent/suppression.ts';
import type { Reading } from '../domain/words/reading.ts';
import { cancelAndDrain, DRAIN_LIMIT_MS, drainClaimed } from '../sending/cancel-and-drain.ts';
import type { Monotonic } from '../sending/gate.ts';
import type { ConsentEventDoc } from '../store/consent/consent-events.ts';
import { type ContactDoc, findContacts } from '../store/contacts/contacts.ts';
import { othersNow } from '../store/contacts/person-facts.ts';
import { isUnderWay } from '../store/deliveries/history.ts';
import type { Store } from '../store/store.ts';
import { inSession } from '../store/transaction.ts';
import type { AppContext } from './app-context.ts';
import type { BuiltChange } from './build-change.ts';

/** The person after a text, and the ledger entries that the text wrote. */
type Made = { person: Pick<BuiltChange['person'], 'prompts'>; events: Parameters<typeof closedIn>[0] };

/** True when a text ends something, so that its reply waits until that is drained (`drainWhatClosed`). */
export const endsSomething = (made: Made, reading: Reading): boolean =>
  reading.kind === 'pause' || scopesClosed(made, reading).length > 0 || refuses(made, reading);

function scopesClosed({ events }: Made, reading: Reading): Scope[] {
  const { scopes } = closingOf(reading);
  return scopes.length > 0 ? scopes : closedIn(events);
}

const refuses = ({ person }: Made, { kind }: Reading): boolean =>
  mayClose(kind) && person.prompts.some(isRefused);

/**
 * Resolves when what a text ends has been drained. Returns false, and does nothing, when the text ends nothing.
 * - An opt-out (by its words or as an answer to a prompt) or a hold: the deliveries that it forbids are canceled or
 *   have settled (`cancelAndDrain`).
 * - A NO or a birth date that refuses a prompt and ends nothing: the delivery of that prompt, which may not have been
 *   sent yet, is canceled or has settled.
 * - PAUSE: claimed marketing to any number of the person was sent or released.
 */
export async function drainWhatClosed(
  context: Pick<AppContext, 'monotonic' | 'store'>,
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
      context.store,
      { contact, rev, scopes, hold, prompts, personId, follows },
      context.monotonic,
    );
  } else await letOffersSettle(context, contact, personId);
  return true;
}

/** Resolves when claimed marketing to any number of a person was sent or released. */
export async function letOffersSettle(
  { store, monotonic }: Pick<AppContext, 'monotonic' | 'store'>,
  contact: string,
  personId: string | undefined,
): Promise<void> {
  const others = await othersNow(store, { _id: contact, personId });
  await drainClaimed(store, [contact, ...others.map(({ _id }) => _id)], monotonic);
}

/** A prompt whose delivery is not known to have been sent. */
export type UnderWay = { contact: string; prompt: string; issuedAt: Date };

/** Poll interval while waiting for a claimed delivery, ms. */
const LOOK_MS = 25;

/**
 * Waits, as an opt-out does, until the delivery of a prompt has settled or its lease has surely passed on this
 * process's own clock: a YES may arrive before the carrier's response to the prompt's create call. A prompt that is
 * not claimed is not waited for: this YES cannot be its answer.
 */
export async function waitForPrompt(
  store: Store,
  asked: UnderWay | null,
  monotonic: Monotonic,
): Promise<void> {
  if (asked === null) return;
  const giveUp = monotonic() + DRAIN_LIMIT_MS;
  while (monotonic() < giveUp && (await isUnderWay(store, asked))) await pause(LOOK_MS);
}

/** Scopes that a reading closes; empty when it closes none. A hold stops everything until it is decided. */
export function scopesOf(reading: Reading): Scope[] {
  if (reading.kind === 'stop-all' || reading.kind === 'unsure') return ['all'];
  if (reading.kind !== 'stop-some') return [];
  return [
    ...reading.programs.map((program): Scope => `program:${program}`),
    ...reading.topics.map(({ program, topic }): Scope => `topic:${program}/${topic}`),
  ];
}

/** Readings that answer a prompt. They may end a program that the person is in or a topic that is on. */
const ANSWERS = new Set<string>(['no', 'birth-date'] satisfies Reading['kind'][]);

/** True when only the person's state shows what a text of this kind closed. */
export const mayClose = (kind: string): boolean => ANSWERS.has(kind);

/** Scopes that the entries of one act closed. A topic that lapsed has no scope. */
export const closedIn = (events: readonly Pick<ConsentEventDoc, 'kind' | 'scope'>[]): Scope[] =>
  events.flatMap(({ kind, scope }) => (CLOSING.has(kind) && scope !== null ? [scope as Scope] : []));

const CLOSING = new Set<string>(['withdrawn', 'topic-off'] satisfies ConsentEventDoc['kind'][]);

/** Scopes that the text received at this moment closed, found by the suppressions that it created. */
export const closedAt = (rows: readonly Suppression[], receivedAt: Date): Scope[] =>
  rows
    .filter(({ kind, since }) => kind === 'opt-out' && since.getTime() === receivedAt.getTime())
    .map(({ scope }) => scope);

/** What a reading closes, in the form that `cancelAndDrain` takes. */
export const closingOf = (reading: Reading): { scopes: Scope[]; hold: boolean } => ({
  scopes: scopesOf(reading),
  hold: reading.kind === 'unsure',
});

/** Scopes that an opt-out of a contact closed, and the sequence number of its last ledger entry. */
export type EndedBefore = { contact: string; scopes: Scope[]; seq: number };

/**
 * Drains an earlier opt-out again: the process that decided it may have died before everything had settled. When the
 * ledger has newer entries, claimed deliveries are waited for and nothing is canceled: planned deliveries may belong
 * to a later JOIN, and the gate checks the person's consent.
 */
export async function drainOptOutAgain(
  { store, monotonic }: Pick<AppContext, 'monotonic' | 'store'>,
  before: EndedBefore,
): Promise<void> {
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

/**
 * Contacts whose messages reach the person: their own, those of their other numbers, and the previous holder of the
 * number.
 */
async function reachedBy(store: Store, { _id, personId, follows }: ContactDoc): Promise<string[]> {
  const others = await othersNow(store, { _id, personId });
  return [_id, ...(follows === undefined ? [] : [follows]), ...others.map((other) => other._id)];
}
