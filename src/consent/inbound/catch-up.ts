import { DAY_MS } from '../../domain/durations.ts';
import { DoneInPart } from '../../domain/reports/done-in-part.ts';
import type { ListedInbound, MessageList } from '../../sending/carrier/message-list.ts';
import { findKnownSids } from '../../store/consent/inbound.ts';
import { uncertainBy } from '../../store/consent/inbound-uncertain.ts';
import { forgetUntaken, keepUntaken, readUntaken, type Untaken } from '../../store/consent/untaken-texts.ts';
import { isDatabaseAway } from '../../store/database-failure.ts';
import { inTurns } from '../../store/in-turns.ts';
import { readMark, writeMark } from '../../store/marks.ts';
import { sideBySide } from '../../store/side-by-side.ts';
import type { Desk } from '../desk.ts';
import { scopesOf } from '../scopes.ts';
import { goesFirst } from './goes-first.ts';
import { listInParts, type Part } from './list-in-parts.ts';
import { addressed, type InboundMessage, readingOf } from './message.ts';
import { receive } from './receive.ts';
import { settleByCopy, settleByList } from './uncertain.ts';

/** How far each look goes back before the last one, ms: webhooks and lists arrive late. */
const OVERLAP_MS = 600_000;

/** How far the first look goes back, ms. */
const FIRST_LOOK_MS = DAY_MS;

/** Younger texts may still be on their way by webhook, which can answer them at once; an opt-out is not left waiting. */
const WEBHOOK_GRACE_MS = 20_000;

/** A text that could not be taken is given up where the carrier has not listed it for so long after it came, ms. */
const LISTED_MS = 259_200_000;

type ListInbound = MessageList['listInbound'];

/**
 * Texts the carrier has and we do not: its webhook found nobody. They go through the same use-case, judged by when
 * they came. Returns how many were taken in. Every number is looked at, part of its list by part while there is time, and at
 * least until one is new; the mark moves with each. Rejects at the end where a list could not be read or a text not be taken.
 */
export async function catchUp(desk: Desk, list: ListInbound, goOn: () => boolean): Promise<number> {
  const looks: Look[] = [];
  for (const { number } of desk.catalog.current().book.senders)
    looks.push(await beginLook(desk, number, list));
  for (const look of looks) {
    await goThrough(desk, look, goOn).catch((error: unknown) => look.failures.push(error));
    look.failures.push(...(await takeUntaken(desk, look.number, list, look.kept)));
  }
  const found = looks.reduce((sum, look) => sum + look.found, 0);
  const unsettled = await settleByList(desk, list);
  const [failure] = [...looks.flatMap(({ failures }) => failures), ...unsettled];
  if (failure !== undefined) throw new DoneInPart({ found }, failure);
  return found;
}

/**
 * One number's list as it is looked at. `kept`: what could not be taken before. `lastEnd`: where the last look ended. `first`:
 * of the first part no more than we have not, since it is held until every number's look has begun.
 */
type Look = {
  number: string;
  kept: Untaken[];
  now: Date;
  lastEnd: number;
  parts: AsyncGenerator<Part>;
  first: Part | null;
  found: number;
  failures: unknown[];
};

/**
 * Reads the first part of a number's list and takes what goes first of it: before any JOIN in the list of another number,
 * which may be of the same person. What fails of these is tried, and told, with the rest of the part.
 */
async function beginLook(desk: Desk, number: string, list: ListInbound): Promise<Look> {
  const [kept, mark] = [await readUntaken(desk.store, number), await readMark(desk.store, markOf(number))];
  const now = desk.now();
  // A mark from a clock that was ahead says nothing of the time between.
  const lastEnd = Math.min(mark?.at.getTime() ?? now.getTime() - FIRST_LOOK_MS, now.getTime());
  const parts = listInParts(list, number, new Date(lastEnd - OVERLAP_MS), now);
  const look: Look = { number, kept, now, lastEnd, parts, first: null, found: 0, failures: [] };
  try {
    const part = await nextOf(parts);
    if (part !== null) look.first = { ...part, listed: await unknownOf(desk, part.listed) };
  } catch (error) {
    look.failures.push(error);
  }
  const first: ListedInbound[] = [];
  for await (const one of inTurns(look.first?.listed ?? []))
    if (goesFirst(desk, messageFrom(one))) first.push(one);
  const took = first.length === 0 ? null : await takeMissing(desk, number, first).catch(() => null);
  look.found = took?.taken.length ?? 0;
  return look;
}

/** Takes what is missing of a number's list, from the part that was read on. */
async function goThrough(desk: Desk, look: Look, goOn: () => boolean): Promise<void> {
  const { number, now, lastEnd, parts } = look;
  const id = markOf(number);
  for (let part = look.first; part !== null; part = await nextOf(parts)) {
    const { taken, failures } = await takeMissing(desk, number, part.listed);
    look.found += taken.length;
    look.failures.push(...failures);
    // Up to where the last look ended parts are read whatever time is left: else short ones would never come past it.
    if (part.until.getTime() <= lastEnd && part.until < now) continue;
    // kill point: list-ends
    await writeMark(desk.store, { _id: id, at: part.until, value: null });
    if (!goOn()) break;
  }
}

const markOf = (number: string): string => `inbound list ${number}`;

async function nextOf(parts: AsyncGenerator<Part>): Promise<Part | null> {
  const { done, value } = await parts.next();
  return done === true ? null : value;
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
  const due = (await unknownOf(desk, listed)).map(messageFrom).filter((one) => isDue(one, desk, now));
  const [taken, failures, untaken]: [InboundMessage[], unknown[], Untaken[]] = [[], [], []];
  const takeOne = async (one: InboundMessage): Promise<void> => {
    let failed = false;
    // kill point: list-takes
    await takeListed(desk, one, listed).catch((error: unknown) => {
      if (isDatabaseAway(error)) throw error;
      failed = true;
      failures.push(error);
      untaken.push({ sid: one.sid, sentAt: one.receivedAt });
    });
    if (!failed) taken.push(one);
  };
  // An opt-out waits for what is under way to its person: one after the other, a thousand texts took minutes, and whoever
  // came last went on being texted. Asked anew of each sixteen: the webhook may have brought them meanwhile.
  await sideBySide(
    await inOrder(desk, due),
    ({ from }) => from,
    takeOne,
    (some) => unknownOf(desk, some),
  );
  if (!(await keepUntaken(desk.store, number, untaken, now))) throw failures[0];
  return { taken, failures };
}

/** One whose uncertain form came before is settled by what is listed of it. */
async function takeListed(
  desk: Desk,
  message: InboundMessage,
  listed: readonly ListedInbound[],
): Promise<void> {
  const copy = listed.find(({ sid }) => sid === message.sid);
  for (const text of copy === undefined ? [] : await uncertainBy(desk.store, [copy.sid]))
    await settleByCopy(desk, text, copy as ListedInbound);
  await receive(desk, message);
}

function isDue(message: InboundMessage, desk: Desk, now: Date): boolean {
  if (message.receivedAt.getTime() <= now.getTime() - WEBHOOK_GRACE_MS) return true;
  return scopesOf(readingOf(message, desk.catalog.current())).length > 0;
}

/**
 * In the order they came, but opt-outs of everything in front. The list has whole seconds only: within one its own order,
 * newest first, tells.
 */
async function inOrder(desk: Desk, listed: readonly InboundMessage[]): Promise<InboundMessage[]> {
  const came = listed.toReversed().sort((a, b) => a.receivedAt.getTime() - b.receivedAt.getTime());
  const first = new Set<InboundMessage>();
  for await (const one of inTurns(came)) if (goesFirst(desk, one)) first.add(one);
  return [...first, ...came.filter((one) => !first.has(one))];
}

async function unknownOf<T extends { sid: string }>(desk: Desk, listed: readonly T[]): Promise<T[]> {
  const sids = listed.map((one) => one.sid);
  const known = new Set((await findKnownSids(desk.store, sids).toArray()).map((one) => one._id));
  return listed.filter((one) => !known.has(one.sid));
}

function messageFrom(one: ListedInbound): InboundMessage {
  const { sid, from, to, body } = one;
  const form = { MessageSid: sid, From: from, To: to, Body: body };
  const odd = { otherBodies: [], optOutType: null };
  return { sid, ...addressed(from, to), body, ...odd, receivedAt: one.sentAt, door: 'list', form };
}
