import { setTimeout as pause } from 'node:timers/promises';
import { isRefused } from '../domain/consent/questions/answering.ts';
import type { Scope } from '../domain/consent/suppression.ts';
import type { Reading } from '../domain/words/reading.ts';
import { FLAG_LEASE_MS, type Monotonic } from '../sending/gate.ts';
import { letSettle, quench, SLACK_MS } from '../sending/quench.ts';
import { isUnderWay } from '../store/deliveries/confirmations.ts';
import { othersNow } from '../store/people/joined.ts';
import type { Store } from '../store/store.ts';
import type { Desk } from './desk.ts';
import type { Prepared } from './prepare.ts';
import { closedIn, closingOf, mayClose } from './scopes.ts';

/** What a text made of a person, and the entries that it wrote. */
type Made = { person: Pick<Prepared['person'], 'prompts'>; events: Parameters<typeof closedIn>[0] };

/** True where a text ends something, so that its answer waits until that is over (`letEnd`). */
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
export async function letEnd(
  desk: Desk,
  {
    contact,
    rev,
    personId,
    follows,
    person,
    change: { events },
  }: Pick<Prepared, 'contact' | 'rev' | 'personId' | 'follows' | 'person' | 'change'>,
  reading: Reading,
): Promise<boolean> {
  const made = { person, events };
  if (!endsSomething(made, reading)) return false;
  const scopes = scopesClosed(made, reading);
  if (scopes.length > 0 || refuses(made, reading)) {
    const { hold } = closingOf(reading);
    const { prompts } = person;
    await quench(desk.store, { contact, rev, scopes, hold, prompts, personId, follows }, desk.monotonic);
  } else await letOffersSettle(desk, contact, personId);
  return true;
}

/** Resolves when offers under way to any number of a person have left or were put back. */
export async function letOffersSettle(
  { store, monotonic }: Desk,
  contact: string,
  personId: string | undefined,
): Promise<void> {
  const others = await othersNow(store, { _id: contact, personId });
  await letSettle(store, [contact, ...others.map(({ _id }) => _id)], monotonic);
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
