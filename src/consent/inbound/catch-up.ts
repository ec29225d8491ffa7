import { z } from 'zod';
import { DAY_MS, HOUR_MS } from '../../domain/durations.ts';
import { DoneInPart } from '../../domain/reports/job-counts.ts';
import type { InboundSms } from '../../sending/inbound-sms.ts';
import { type ListedInbound, ListTooLong, type MessageList } from '../../sending/twilio/message-list.ts';
import { smsFromList } from '../../sending/twilio/webhook-forms.ts';
import { perPersonInParallel, yieldingEach } from '../../store/batching.ts';
import {
  findKnownSids,
  forgetUntaken,
  keepUntaken,
  readUntaken,
  type Untaken,
} from '../../store/consent/inbound-texts.ts';
import { findSuppressions } from '../../store/consent/suppressions.ts';
import { uncertainBy } from '../../store/consent/uncertain-texts.ts';
import { isDatabaseAway } from '../../store/database-errors.ts';
import { defineSetting } from '../../store/settings.ts';
import type { AppContext } from '../app-context.ts';
import { closedAt, mayClose, scopesOf } from '../drain-opt-out.ts';
import { recordAndReply } from './handle-inbound.ts';
import { isFullOptOut, readSms } from './interpret.ts';
import { settleByCopy, settleByList } from './uncertain.ts';

/** How far each scan reaches back before the end of the last one, ms: webhooks and list entries arrive late. */
const OVERLAP_MS = 600_000;

/** How far the first scan reaches back, ms. */
const FIRST_LOOK_MS = DAY_MS;

/**
 * Texts younger than this are left to the webhook, which may still bring them and answers sooner. Opt-outs are
 * imported at once.
 */
const WEBHOOK_GRACE_MS = 20_000;

/** A text that could not be imported is given up when Twilio no longer lists it this long after it came, ms. */
const LISTED_MS = 259_200_000;

type ListInbound = MessageList['listInbound'];

/**
 * Imports texts that Twilio lists and we lack because no webhook request reached us. They pass through the same use
 * case and are judged by the time at which they came. Returns how many were imported. Every number is scanned, part
 * by part while `goOn` allows, and at least until a part contains something new; the watermark moves with each part.
 * Rejects at the end when a list could not be read or a text could not be imported.
 */
export async function catchUp(context: AppContext, list: ListInbound, goOn: () => boolean): Promise<number> {
  const looks: NumberScan[] = [];
  for (const { number } of context.catalog.current().book.senders)
    looks.push(await beginLook(context, number, list));
  for (const look of looks) {
    await goThrough(context, look, goOn).catch((error: unknown) => look.failures.push(error));
    look.failures.push(...(await takeUntaken(context, look.number, list, look.kept)));
  }
  const found = looks.reduce((sum, look) => sum + look.found, 0);
  const unsettled = await settleByList(context, list);
  const [failure] = [...looks.flatMap(({ failures }) => failures), ...unsettled];
  if (failure !== undefined) throw new DoneInPart({ found }, failure);
  return found;
}

/**
 * The scan of one number's list. `kept`: texts that could not be imported before. `lastEnd`: where the last scan
 * ended. `first`: the first part, reduced to missing texts because it stays in memory until the scans of all numbers
 * have begun.
 */
type NumberScan = {
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
 * Reads the first part of a number's list and imports the full opt-outs in it. They come before any JOIN in the list
 * of another number, which may be from the same person. A failure here is tried again, and reported, with the rest of
 * the part.
 */
async function beginLook(context: AppContext, number: string, list: ListInbound): Promise<NumberScan> {
  const [kept, mark] = [await readUntaken(context.store, number), await listMark(number).find(context.store)];
  const now = context.now();
  // A watermark written by a clock that was ahead says nothing about the time in between.
  const lastEnd = Math.min(mark?.at.getTime() ?? now.getTime() - FIRST_LOOK_MS, now.getTime());
  const parts = listInSlices(list, number, new Date(lastEnd - OVERLAP_MS), now);
  const look: NumberScan = { number, kept, now, lastEnd, parts, first: null, found: 0, failures: [] };
  try {
    const part = await nextOf(parts);
    if (part !== null) look.first = { ...part, listed: await missingOf(context, part.listed) };
  } catch (error) {
    look.failures.push(error);
  }
  const first: ListedInbound[] = [];
  for await (const listedInbound of yieldingEach(look.first?.listed ?? []))
    if (isFullOptOut(context, smsFromList(listedInbound))) first.push(listedInbound);
  const took = first.length === 0 ? null : await importMissingSms(context, number, first).catch(() => null);
  look.found = took?.taken.length ?? 0;
  return look;
}

/** Imports what is missing of a number's list, starting with the part that `beginLook` read. */
async function goThrough(context: AppContext, look: NumberScan, goOn: () => boolean): Promise<void> {
  const { number, now, lastEnd, parts } = look;
  const mark = listMark(number);
  for (let part = look.first; part !== null; part = await nextOf(parts)) {
    const { taken, failures } = await importMissingSms(context, number, part.listed);
    look.found += taken.length;
    look.failures.push(...failures);
    // Parts up to the end of the last scan are read whatever time is left: otherwise short runs would never get past
    // them.
    if (part.until.getTime() <= lastEnd && part.until < now) continue;
    // kill point: list-ends
    await mark.write(context.store, null, part.until);
    if (!goOn()) break;
  }
}

/** Its time is the end of what was read of the list. */
const listMark = (number: string) => defineSetting(`inbound list ${number}`, z.null(), null);

async function nextOf(parts: AsyncGenerator<Part>): Promise<Part | null> {
  const { done, value } = await parts.next();
  return done === true ? null : value;
}

/**
 * Tries the texts again that could not be imported before. Resolves with the new failures; those texts stay for the
 * next run.
 */
async function takeUntaken(
  context: AppContext,
  number: string,
  list: ListInbound,
  kept: readonly Untaken[],
): Promise<unknown[]> {
  const failures: unknown[] = [];
  try {
    for (const { sid, sentAt } of kept) {
      const listed = (await list(number, sentAt, sentAt)).filter(
        (listedInbound) => listedInbound.sid === sid,
      );
      const again = await importMissingSms(context, number, listed);
      failures.push(...again.failures);
      const lost = listed.length === 0 && context.now().getTime() - sentAt.getTime() > LISTED_MS;
      if (lost) context.log.error({ sid }, 'the carrier no longer lists a text that could not be processed');
      if (lost || (listed.length > 0 && again.failures.length === 0)) {
        await forgetUntaken(context.store, number, sid);
      }
    }
  } catch (error) {
    failures.push(error);
  }
  return failures;
}

type Taken = { taken: InboundSms[]; failures: unknown[] };

/**
 * Imports the texts of a number's list that we lack: full opt-outs first, several people in parallel, each person's
 * texts in order. A text that could not be imported is reported in `failures` and kept by its SID for another try.
 * Rejects when the database is unavailable or too many such texts are kept.
 */
async function importMissingSms(
  context: AppContext,
  number: string,
  listed: readonly ListedInbound[],
): Promise<Taken> {
  const now = context.now();
  const due = (await missingOf(context, listed))
    .map(smsFromList)
    .filter((inboundSms) => isDue(inboundSms, context, now));
  const [taken, failures, untaken]: [InboundSms[], unknown[], Untaken[]] = [[], [], []];
  const takeOne = async (inboundSms: InboundSms): Promise<void> => {
    let failed = false;
    // kill point: list-takes
    await importListedSms(context, inboundSms, listed).catch((error: unknown) => {
      if (isDatabaseAway(error)) throw error;
      failed = true;
      failures.push(error);
      untaken.push({ sid: inboundSms.sid, sentAt: inboundSms.receivedAt });
    });
    if (!failed) taken.push(inboundSms);
  };
  // An opt-out waits for the claimed deliveries of its person. One after the other, a thousand texts took minutes, and
  // the last people to opt out went on being texted. Before each batch of sixteen people, texts that the webhook
  // brought meanwhile are dropped.
  await perPersonInParallel(
    await inOrder(context, due),
    ({ from }) => from,
    takeOne,
    (some) => missingOf(context, some),
  );
  if (!(await keepUntaken(context.store, number, untaken, now))) throw failures[0];
  return { taken, failures };
}

/** Settles uncertain forms that claim this SID by the listed copy before importing the text. */
async function importListedSms(
  context: AppContext,
  message: InboundSms,
  listed: readonly ListedInbound[],
): Promise<void> {
  const copy = listed.find(({ sid }) => sid === message.sid);
  for (const text of copy === undefined ? [] : await uncertainBy(context.store, [copy.sid]))
    await settleByCopy(context, text, copy as ListedInbound);
  await recordAndReply(context, message);
}

function isDue(message: InboundSms, context: Pick<AppContext, 'catalog'>, now: Date): boolean {
  if (message.receivedAt.getTime() <= now.getTime() - WEBHOOK_GRACE_MS) return true;
  return scopesOf(readSms(message, context.catalog.current())).length > 0;
}

/**
 * Sorts by arrival, with full opt-outs in front. The list has whole seconds only; within a second its own order
 * (newest first) decides.
 */
async function inOrder(
  context: Pick<AppContext, 'catalog'>,
  listed: readonly InboundSms[],
): Promise<InboundSms[]> {
  const came = listed.toReversed().sort((a, b) => a.receivedAt.getTime() - b.receivedAt.getTime());
  const first = new Set<InboundSms>();
  for await (const inboundSms of yieldingEach(came))
    if (isFullOptOut(context, inboundSms)) first.add(inboundSms);
  return [...first, ...came.filter((inboundSms) => !first.has(inboundSms))];
}

async function missingOf<T extends { sid: string }>(
  context: Pick<AppContext, 'store'>,
  listed: readonly T[],
): Promise<T[]> {
  const sids = listed.map((text) => text.sid);
  const known = new Set((await findKnownSids(context.store, sids).toArray()).map((sid) => sid._id));
  return listed.filter((text) => !known.has(text.sid));
}

/**
 * Lengths of parts, ms. Twilio answers a page in about a second, so a part of any length may hold 30,000 texts before
 * its list takes too long.
 */
const PARTS_MS = [1_800_000, 300_000, 60_000];

/** What Twilio lists up to `until`, from the end of the part before. */
type Part = { listed: ListedInbound[]; until: Date };

/**
 * Reads what Twilio lists since a moment: in one call when that finishes in time, otherwise in parts, oldest first,
 * that get shorter when one takes too long. The last part has no end because Twilio's clock may be ahead. Rejects
 * when a part cannot be read.
 */
export async function* listInSlices(
  list: MessageList['listInbound'],
  to: string,
  since: Date,
  now: Date,
): AsyncGenerator<Part> {
  let length = Number.POSITIVE_INFINITY;
  for (let from = since; ; ) {
    const left = now.getTime() - from.getTime();
    const until = length < left ? new Date(from.getTime() + length) : now;
    const shorter = PARTS_MS.find((part) => part < Math.min(length, left));
    const listed = await list(to, from, ...(until < now ? [until] : [])).catch((error: unknown) => {
      if (error instanceof ListTooLong && shorter !== undefined) return null;
      throw error;
    });
    if (listed === null) {
      length = shorter ?? length;
      continue;
    }
    yield { listed, until };
    if (until >= now) return;
    from = until;
  }
}

/** How far a reconciliation reaches back, ms: covers late list entries and a missed night. */
const WINDOW_MS = 72 * HOUR_MS;

/** Setting with the last of our numbers that a run compared before it ran out of time. The next run begins after it. */
const LAST_NUMBER = defineSetting('reconcile', z.string(), null);

type Reconciled = {
  listed: number;
  found: number;
  opt_outs: number;
  not_repaired: number;
  left: number;
};

/**
 * Compares Twilio's list of inbound texts over three days with our records, number by number, and imports what is
 * missing as if the webhook had brought it. `found`: imported texts. `opt_outs`: imported texts that are opt-outs or
 * a NO that ended a program. `not_repaired`: texts that could not be imported. `left`: sender numbers not compared in
 * full for lack of time. Safe to run anywhere, twice, or half. Rejects at the end when a list could not be read.
 */
export async function reconcile(
  context: AppContext,
  list: MessageList['listInbound'],
  goOn: () => boolean,
): Promise<Reconciled> {
  const counts = { listed: 0, found: 0, opt_outs: 0, not_repaired: 0, left: 0 };
  const unread: unknown[] = [];
  let begun: string | null = null;
  for (const number of await numbersInTurn(context)) {
    const isDue = goOn();
    if (isDue) begun = number;
    const isWhole = isDue && (await compare(context, { number, list, goOn }, counts, unread));
    if (!isWhole) counts.left += 1;
  }
  // A run that began with no number leaves the mark as it is.
  if (begun !== null && counts.left > 0) await LAST_NUMBER.write(context.store, begun, context.now());
  if (unread.length > 0) throw new DoneInPart(counts, unread[0]);
  return counts;
}

/** Our numbers, starting after the last one that the unfinished run compared, so that every number gets its turn. */
async function numbersInTurn(context: Pick<AppContext, 'catalog' | 'store'>): Promise<string[]> {
  const numbers = context.catalog.current().book.senders.map(({ number }) => number);
  const begun = await LAST_NUMBER.read(context.store);
  const next = begun === null ? 0 : numbers.indexOf(begun) + 1;
  return [...numbers.slice(next), ...numbers.slice(0, next)];
}

type Comparing = { number: string; list: MessageList['listInbound']; goOn: () => boolean };

/** False when time ran out before the whole list was compared. A failure to read the list is added to `unread`. */
async function compare(
  context: AppContext,
  { number, list, goOn }: Comparing,
  counts: Reconciled,
  unread: unknown[],
): Promise<boolean> {
  const now = context.now();
  const since = new Date(now.getTime() - WINDOW_MS);
  try {
    for await (const { listed, until } of listInSlices(list, number, since, now)) {
      const { taken, failures } = await importMissingSms(context, number, listed);
      counts.listed += listed.length;
      counts.found += taken.length;
      for (const inboundSms of taken) counts.opt_outs += (await isOptOut(context, inboundSms)) ? 1 : 0;
      counts.not_repaired += failures.length;
      if (until < now && !goOn()) return false;
    }
  } catch (error) {
    unread.push(error);
  }
  return true;
}

/**
 * Whether a text was an opt-out. For a NO only the suppressions that it created show that. A held text is no opt-out
 * until somebody decides.
 */
async function isOptOut(
  context: Pick<AppContext, 'catalog' | 'indexOf' | 'store'>,
  message: InboundSms,
): Promise<boolean> {
  const reading = readSms(message, context.catalog.current());
  if (reading.kind !== 'unsure' && scopesOf(reading).length > 0) return true;
  if (!mayClose(reading.kind)) return false;
  const rows = await findSuppressions(context.store, [context.indexOf(message.from)]);
  return closedAt(rows, message.receivedAt).length > 0;
}
