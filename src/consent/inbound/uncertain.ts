import { nextFetchAt } from '../../domain/certain-form.ts';
import { HOUR_MS, MINUTE_MS } from '../../domain/durations.ts';
import { urgencyOf } from '../../domain/inbox.ts';
import { addressed, type InboundSms } from '../../sending/inbound-sms.ts';
import type { InboundLookup, ListedInbound, MessageList } from '../../sending/twilio/message-list.ts';
import { optOutTypeOf } from '../../sending/twilio/webhook-forms.ts';
import { findInbound, type InboundDoc, insertInbound } from '../../store/consent/inbound-texts.ts';
import type { Settled, UncertainText } from '../../store/consent/uncertain-texts.ts';
import {
  fetchNextAt,
  openDoubtItem,
  settleUncertain,
  takeFetchTurn,
  uncertainBy,
  uncertainSince,
  uncertainToFetch,
} from '../../store/consent/uncertain-texts.ts';
import { openByRing } from '../../store/sealing/keys.ts';
import type { AppContext } from '../app-context.ts';
import { endsMore, recordAndReply } from './handle-inbound.ts';
import { readSms, withReceivingNumber } from './interpret.ts';

/** At most `most` texts are fetched from Twilio in `everyMs`, by all processes together. */
const FETCHES = { most: 5, everyMs: 1000 };

/** Uncertain forms read in one run. Several may claim the same id. */
const MOST_FORMS = 100;

/**
 * Twilio's list shows a text within this time after its form came, ms. A text that it does not show by then was never
 * sent.
 */
const LISTED_WITHIN_MS = 10 * MINUTE_MS;

/** Largest difference between Twilio's time of a text and the arrival of its form, ms. */
const APART_MS = 10 * MINUTE_MS;

/** Maximum number of forms that one run settles by Twilio's message list. */
const MOST_BY_LIST = 1000;

/**
 * Fetches due uncertain texts from Twilio and settles those that Twilio has. Returns true when more are due. A text
 * that is not found, or could not be fetched, waits for its next time: "not found" is no proof.
 */
export async function fetchUncertain(context: AppContext, lookUp: InboundLookup): Promise<boolean> {
  const due = await uncertainToFetch(context.store, context.now(), MOST_FORMS);
  if (due.length === 0 || !(await takeFetchTurn(context.store, context.now(), FETCHES.everyMs))) return false;
  const claims = [...new Set(due.flatMap(({ claimed }) => claimed ?? []))];
  const asked = claims.slice(0, FETCHES.most);
  const theirs = due.filter(({ claimed }) => claimed === null || asked.includes(claimed));
  // Scheduled before the fetch, so that another process makes the next try if this one dies.
  await fetchNextAt(
    context.store,
    theirs.map(({ _id, receivedAt }) => ({ _id, fetchAt: nextFetchAt(receivedAt, context.now()) })),
  );
  await Promise.all(asked.map((claimed) => fetchOne(context, lookUp, claimed)));
  return claims.length > asked.length;
}

async function fetchOne(context: AppContext, lookUp: InboundLookup, claimed: string): Promise<void> {
  try {
    const found = await lookUp(claimed);
    if (found === null) return;
    for (const text of await uncertainBy(context.store, [claimed])) {
      if (found === 'not-inbound') await deny(context, text);
      else await settleByCopy(context, text, found);
    }
  } catch (error) {
    context.log.warn(
      { sid: claimed, error },
      'an uncertain text could not be checked with the carrier; the next run tries again',
    );
  }
}

/**
 * Settles an uncertain text by Twilio's copy of it. Sender, recipient, words and time come from Twilio; the text
 * dates from its first arrival or from Twilio's time, whichever is earlier. An opt-out that counted from the form and
 * is not in the copy becomes an inbox item.
 */
export async function settleByCopy(
  context: AppContext,
  text: UncertainText,
  copy: ListedInbound,
): Promise<void> {
  const message = messageFrom(context, text, copy);
  const [known] = await findInbound(context.store, [copy.sid]);
  const [counted] = await findInbound(context.store, [text._id]);
  const bearsOut =
    counted !== undefined && isOf(context, text, message) && endsAsMuch(context, message, counted);
  if (known === undefined) {
    await recordAndReply(context, bearsOut ? { ...message, countedBefore: true } : message);
  } else if (bearsOut && endsMore(counted.reading.kind, known.reading.kind)) {
    // The claimed id belongs to a text with other words, so this opt-out is recorded, and confirmed, under an id of
    // ours.
    await recordAndReply(context, {
      ...message,
      sid: `${text._id}.${message.receivedAt.getTime()}`,
      countedBefore: true,
    });
  }
  if (counted !== undefined && !bearsOut) return deny(context, text);
  await settleUncertain(context.store, text._id, 'confirmed', context.now());
}

/** Whether Twilio names the same sender as the form. The form is compared as received. */
const isOf = (context: Pick<AppContext, 'ring'>, text: UncertainText, { from }: InboundSms): boolean => {
  const form = formOf(context, text);
  return addressed(first(form.From), first(form.To)).from === from;
};

function endsAsMuch(context: Pick<AppContext, 'catalog'>, message: InboundSms, counted: InboundDoc): boolean {
  const catalog = context.catalog.current();
  const { kind } = readSms(withReceivingNumber(message, catalog), catalog);
  return !endsMore(counted.reading.kind, kind);
}

/**
 * Builds the message from Twilio's copy of an uncertain text. When sender, recipient and words equal those of the
 * form, the other fields of the form are kept. Its OptOutType counts only if it opens nothing, because the copy lacks
 * that field.
 */
function messageFrom(
  context: Pick<AppContext, 'ring'>,
  text: UncertainText,
  copy: ListedInbound,
): InboundSms {
  const { sid, from, to, body, sentAt } = copy;
  const claimed = formOf(context, text);
  const is = { MessageSid: sid, From: from, To: to, Body: body };
  const same = first(claimed.From) === from && first(claimed.To) === to && first(claimed.Body) === body;
  const type = same ? optOutTypeOf(claimed) : null;
  return {
    sid,
    ...addressed(from, to),
    body,
    otherBodies: [],
    optOutType: type === 'START' ? null : type,
    receivedAt: new Date(Math.min(sentAt.getTime(), text.receivedAt.getTime())),
    door: 'fetch',
    form: same ? { ...claimed, ...is } : is,
  };
}

const formOf = ({ ring }: Pick<AppContext, 'ring'>, { _id, sealed }: UncertainText): InboundSms['form'] =>
  sealed === null ? {} : JSON.parse(openByRing(ring, `inbound:${_id}`, sealed).toString('utf8'));

const first = (value: string | string[] | undefined): string => [value ?? ''].flat()[0] ?? '';

/** Twilio's record shows that there is no such text. An opt-out that was counted becomes an inbox item for staff. */
const deny = (context: Pick<AppContext, 'log' | 'now' | 'store'>, text: UncertainText): Promise<void> =>
  settleInDoubt(context, text, 'denied');

async function settleInDoubt(
  context: Pick<AppContext, 'log' | 'now' | 'store'>,
  text: UncertainText,
  settled: Exclude<Settled, 'confirmed'>,
): Promise<void> {
  const [counted] = await findInbound(context.store, [text._id]);
  context.log.warn({ text: text._id, doubt: text.doubt, settled, counted: counted !== undefined }, IN_DOUBT);
  if (counted !== undefined) await openDoubtItem(context.store, counted, settled);
  else if (settled === 'unsettled') await keepUnsettled(context, text);
  await settleUncertain(context.store, text._id, settled, context.now());
}

const IN_DOUBT = "the carrier's record does not confirm an uncertain text";

/** Stores a text that Twilio's record did not settle within an hour as an inbox item without a contact. */
async function keepUnsettled(
  { store, now }: Pick<AppContext, 'now' | 'store'>,
  text: UncertainText,
): Promise<void> {
  await insertInbound(store, {
    ...{ _id: text._id, contact: null, rev: 0, to: text.to },
    ...{ receivedAt: text.receivedAt, recordedAt: now(), door: 'webhook', uncertain: true },
    reading: { kind: 'unreadable', rule: 'unsettled', rules: '' },
    ...{ inbox: 'open', urgency: urgencyOf(null), inDoubt: 'unsettled' },
    ...{ sealed: null, unreadable: text.sealed, answers: [] },
  });
}

/**
 * Settles by Twilio's message list what fetches did not: forms that claim no id, and forms whose id Twilio did not
 * know. A text missing from a completely read list ten minutes after its form came was never sent. A text that no
 * list settled within an hour becomes an inbox item. Resolves with the reasons why lists could not be read.
 */
export async function settleByList(
  context: AppContext,
  list: MessageList['listInbound'],
): Promise<unknown[]> {
  const waiting = await uncertainSince(context.store, MOST_BY_LIST);
  const left = waiting.filter(({ fetchAt }) => fetchAt === null);
  const failures: unknown[] = [];
  for (const { number } of context.catalog.current().book.senders) {
    const theirs = left.filter(({ to }) => addressed('', to).to === number);
    await settleOfNumber(context, number, theirs, list).catch((error: unknown) => failures.push(error));
  }
  const late = context.now().getTime() - HOUR_MS;
  for (const text of await uncertainSince(context.store, MOST_BY_LIST)) {
    if (text.receivedAt.getTime() > late) break;
    await settleInDoubt(context, text, 'unsettled');
  }
  return failures;
}

async function settleOfNumber(
  context: AppContext,
  number: string,
  texts: readonly UncertainText[],
  list: MessageList['listInbound'],
): Promise<void> {
  const [oldest, newest] = [texts[0], texts.at(-1)];
  if (oldest === undefined || newest === undefined) return;
  const since = new Date(oldest.receivedAt.getTime() - APART_MS);
  const listed = await list(number, since, new Date(newest.receivedAt.getTime() + APART_MS));
  for (const text of texts) {
    const copy = listed.find((listedInbound) => isCopyOf(context, listedInbound, text));
    if (copy !== undefined) await settleByCopy(context, text, copy);
    else if (context.now().getTime() - text.receivedAt.getTime() > LISTED_WITHIN_MS)
      await deny(context, text);
  }
}

/** Matches by id. A form that claims no id matches by sender, recipient, words and approximate time. */
function isCopyOf(
  context: Pick<AppContext, 'ring'>,
  listedInbound: ListedInbound,
  text: UncertainText,
): boolean {
  if (text.claimed !== null) return listedInbound.sid === text.claimed;
  if (Math.abs(listedInbound.sentAt.getTime() - text.receivedAt.getTime()) > APART_MS) return false;
  const form = formOf(context, text);
  return (
    first(form.From) === listedInbound.from &&
    first(form.To) === listedInbound.to &&
    first(form.Body) === listedInbound.body
  );
}
