import { DoneInPart } from '../../domain/reports/done-in-part.ts';
import type { ListedInbound, MessageList } from '../../sending/carrier/message-list.ts';
import { findInbound } from '../../store/consent/inbound.ts';
import { forgetUntaken, keepUntaken, readUntaken, type Untaken } from '../../store/consent/untaken-texts.ts';
import { isDatabaseAway } from '../../store/database-failure.ts';
import { readMark, writeMark } from '../../store/marks.ts';
import type { Desk } from '../desk.ts';
import { scopesOf } from '../scopes.ts';
import { listInParts } from './list-in-parts.ts';
import { type InboundMessage, readingOf } from './message.ts';
import { take } from './take-in.ts';

/** How far each look goes back before the last one, ms: webhooks and lists arrive late. */
const OVERLAP_MS = 600_000;

/** How far the first look goes back, ms. */
const FIRST_LOOK_MS = 86_400_000;

/** Younger texts may still be on their way by webhook, which can answer them at once; an opt-out is not left waiting. */
const WEBHOOK_GRACE_MS = 20_000;

/**
 * People whose texts are taken in side by side. An opt-out among them waits for what is under way to its person: one after
 * the other, a thousand texts took minutes, and whoever came last went on being texted.
 */
const PEOPLE_AT_ONCE = 16;

/** A text that could not be taken is given up where the carrier has not listed it for so long after it came, ms. */
const LISTED_MS = 259_200_000;

type ListInbound = MessageList['listInbound'];

/**
 * Texts the carrier has and we do not: its webhook found nobody. They go through the same use-case, judged by when
 * they came. Returns how many were taken in. Every number is looked at, part of its list by part while there is time, and at
 * least until one is new; the mark moves with each. Rejects at the end where a list could not be read or a text not be taken.
 */
export async function catchUp(desk: Desk, list: ListInbound, goOn: () => boolean): Promise<number> {
  const failures: unknown[] = [];
  let found = 0;
  for (const { number } of desk.catalog.current().book.senders) {
    const kept = await readUntaken(desk.store, number);
    const looked = await catchUpOn(desk, number, list, goOn).catch((error: unknown) => {
      return { found: 0, failures: [error] };
    });
    found += looked.found;
    failures.push(...looked.failures, ...(await takeUntaken(desk, number, list, kept)));
  }
  if (failures.length > 0) throw new DoneInPart({ found }, failures[0]);
  return found;
}

async function catchUpOn(desk: Desk, number: string, list: ListInbound, goOn: () => boolean) {
  const id = `inbound list ${number}`;
  const mark = await readMark(desk.store, id);
  const now = desk.now();
  // A mark from a clock that was ahead says nothing of the time between.
  const lastEnd = Math.min(mark?.at.getTime() ?? now.getTime() - FIRST_LOOK_MS, now.getTime());
  const since = new Date(lastEnd - OVERLAP_MS);
  const looked: { found: number; failures: unknown[] } = { found: 0, failures: [] };
  for await (const { listed, until } of listInParts(list, number, since, now)) {
    const { taken, failures } = await takeMissing(desk, number, listed);
    looked.found += taken.length;
    looked.failures.push(...failures);
    // Up to where the last look ended parts are read whatever time is left: else short ones would never come past it.
    if (until.getTime() <= lastEnd && until < now) continue;
    await writeMark(desk.store, { _id: id, at: until, value: null });
    if (!goOn()) break;
  }
  return looked;
}

/** Texts that could not be taken before, once more. Resolves with why that failed again; they stay to be tried. */
async function takeUntaken(
  desk: Desk,
  number: string,
  list: ListInbound,
  kept: readonly Untaken[],
): Promise<unknown[]> {
  const failures: unknown[] = [];
  try {
    for (const { sid, sentAt } of kept) {
      const listed = (await list(number, sentAt, sentAt)).filter((one) => one.sid === sid);
      const again = await takeMissing(desk, number, listed);
      failures.push(...again.failures);
      const lost = listed.length === 0 && desk.now().getTime() - sentAt.getTime() > LISTED_MS;
      if (lost) desk.log.error({ sid }, 'the carrier no longer lists a text that could not be taken in');
      if (lost || (listed.length > 0 && again.failures.length === 0)) {
        await forgetUntaken(desk.store, number, sid);
      }
    }
  } catch (error) {
    failures.push(error);
  }
  return failures;
}

export type Taken = { taken: InboundMessage[]; failures: unknown[] };

/**
 * Takes in what of a number's list we have not: whoever opts out of everything first, some people side by side and each one's
 * texts in turn. What could not be taken is told, and kept by its SID to be tried again. Rejects where the database is away, or
 * where too many are kept so.
 */
export async function takeMissing(
  desk: Desk,
  number: string,
  listed: readonly ListedInbound[],
): Promise<Taken> {
  const now = desk.now();
  const due = listed.map(messageFrom).filter((one) => isDue(one, desk, now));
  const people = byPerson(inOrder(desk, await unknownOf(desk, due)));
  const took: Took = { taken: [], failures: [], untaken: [] };
  for (let at = 0; at < people.length; at += PEOPLE_AT_ONCE) {
    // Asked anew: the webhook may have brought them while those before were worked on.
    const missing = byPerson(await unknownOf(desk, people.slice(at, at + PEOPLE_AT_ONCE).flat()));
    const ends = await Promise.allSettled(missing.map((texts) => takeTexts(desk, texts, took)));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }
  const { taken, failures, untaken } = took;
  if (!(await keepUntaken(desk.store, number, untaken, now))) throw failures[0];
  return { taken, failures };
}

type Took = Taken & { untaken: Untaken[] };

/** Of one person, in order. Rejects where the database is away. */
async function takeTexts(desk: Desk, texts: readonly InboundMessage[], took: Took): Promise<void> {
  for (const one of texts) {
    let failed = false;
    await take(desk, one).catch((error: unknown) => {
      if (isDatabaseAway(error)) throw error;
      failed = true;
      took.failures.push(error);
      took.untaken.push({ sid: one.sid, sentAt: one.receivedAt });
    });
    if (!failed) took.taken.push(one);
  }
}

function byPerson(texts: readonly InboundMessage[]): InboundMessage[][] {
  const people = new Map<string, InboundMessage[]>();
  for (const one of texts) {
    const before = people.get(one.from);
    if (before === undefined) people.set(one.from, [one]);
    else before.push(one);
  }
  return [...people.values()];
}

function isDue(message: InboundMessage, desk: Desk, now: Date): boolean {
  if (message.receivedAt.getTime() <= now.getTime() - WEBHOOK_GRACE_MS) return true;
  return scopesOf(readingOf(message, desk.catalog.current())).length > 0;
}

/**
 * In the order they came, but opt-outs of everything in front: what is older than one does nothing then, and no question to a
 * JOIN from before it leaves. The list has whole seconds only: within one its own order, newest first, tells.
 */
function inOrder(desk: Desk, listed: readonly InboundMessage[]): InboundMessage[] {
  const came = listed.toReversed().sort((a, b) => a.receivedAt.getTime() - b.receivedAt.getTime());
  const ending = new Set(came.filter((one) => endsAll(desk, one)));
  return [...ending, ...came.filter((one) => !ending.has(one))];
}

async function unknownOf(desk: Desk, listed: readonly InboundMessage[]): Promise<InboundMessage[]> {
  const sids = listed.map((one) => one.sid);
  const known = new Set((await findInbound(desk.store, sids)).map((one) => one._id));
  return listed.filter((one) => !known.has(one.sid));
}

/** False where it cannot be read: that fails, and is told, where it is taken in. */
function endsAll({ catalog }: Desk, message: InboundMessage): boolean {
  try {
    return readingOf(message, catalog.current()).kind === 'stop-all';
  } catch {
    return false;
  }
}

function messageFrom(one: ListedInbound): InboundMessage {
  const { sid, from, to, body } = one;
  const form = { MessageSid: sid, From: from, To: to, Body: body };
  const odd = { otherBodies: [], optOutType: null };
  return { sid, from, to, body, ...odd, receivedAt: one.sentAt, door: 'list', form };
}
