import type { AppContext } from '../consent/app-context.ts';
import { openEntry } from '../consent/ledger/ledger.ts';
import { isPlanned } from '../domain/campaigns/lifecycle.ts';
import { type ConsentState, isSubscribed } from '../domain/consent/consent-state.ts';
import { statusSentence } from '../domain/consent/status-sentence.ts';
import { isStanding, type Suppression } from '../domain/consent/suppression.ts';
import type { DELIVERY_STATES } from '../domain/sending/delivery-sentence.ts';
import { meaningWords, ruleSentence } from '../domain/words/reading-words.ts';
import { chainOf } from '../store/consent/consent-events.ts';
import { findInbound, type InboundDoc, textsUntil } from '../store/consent/inbound-texts.ts';
import { type CampaignRun, readHandsetMarks } from '../store/contacts/handset-marks.ts';
import { unlessClosed } from '../store/contacts/open-contact.ts';
import { type DeliveryDoc, deliveriesOf } from '../store/deliveries/delivery.ts';
import { causeOf } from './delivery-cause.ts';
import { holderOf, type OpenedContact } from './find-contact.ts';

/** What the rules saw of one text of a handset, and everything that followed from it. */
export type TextTrace = {
  /** How the text was read: the code, and the same in words. */
  kind: string;
  meaning: string;
  /** The rule that decided, as a sentence, and the version of the word lists. */
  rule: string;
  rules: string;
  /** A listed word stood alone: the person did not say it in words of their own. */
  isListedWord: boolean;
  /** From the arrival of the text until it was recorded, ms. */
  readMs: number;
  /** The entries of the ledger that the text caused. */
  entries: number[];
  /** How many messages waited for the person and were canceled because of the text. */
  canceled: number;
  /** `afterMs`: from the arrival of the text until the carrier accepted the first answer. Null: none has left yet. */
  answer: { planned: boolean; afterMs: number | null };
};

/** A message to a handset, and why it was sent or was not. */
export type MessageTrace = {
  id: string;
  at: Date;
  state: (typeof DELIVERY_STATES)[number];
  kind: DeliveryDoc['class'];
  language: string;
  /** What became of it, and why. */
  became: string;
  why: string;
};

/** How things stand with the person, in the fewest words. */
export type HandsetState = { sign: 'good' | 'wait' | 'stop' | 'off'; word: string; mayBeTexted: boolean };

export type Handset = {
  /** Null while nobody is known under the number. */
  contact: string | null;
  state: HandsetState;
  sentence: string;
  /** By the MessageSid of the text. */
  texts: ReadonlyMap<string, TextTrace>;
  /** The person's newest texts from before `earlierThan` that the handset does not show. */
  earlier: TextTrace[];
  /** By the carrier's id of the message. */
  messages: ReadonlyMap<string, MessageTrace>;
  /** Messages that were planned for the person and did not leave, oldest first. */
  unsent: MessageTrace[];
};

/** A campaign as it runs, for a page that follows it. */
export type CampaignTick = Pick<CampaignRun, 'state' | 'trip' | 'rows'> & { isPlanned: boolean };

/**
 * What changes whenever what `readHandset` answers about one of these numbers may have changed, in the order given, and
 * how far a campaign is. One query: an open page asks this, and reads a handset again only when its mark changed.
 */
export async function watchHandsets(
  { indexOf, store }: Pick<AppContext, 'indexOf' | 'store'>,
  { numbers, campaign }: { numbers: readonly string[]; campaign: string | null },
): Promise<{ marks: string[]; campaign: CampaignTick | null }> {
  const indexes = numbers.map(indexOf);
  const { marks, run } = await readHandsetMarks(store, indexes, campaign);
  return {
    marks: indexes.map((index) => marks.get(index) ?? ''),
    campaign: run && { state: run.state, trip: run.trip ?? null, rows: run.rows, isPlanned: isPlanned(run) },
  };
}

/** The messages that are read of one person, the newest ones. */
const MOST_MESSAGES = 60;
/** How many of a person's older texts, which the handset does not show, are read: the newest ones. */
const MOST_EARLIER = 30;

type HandsetRequest = {
  number: string;
  texts: readonly string[];
  carrierIds: readonly string[];
  since: Date | null;
  earlierThan: Date;
};

const NEVER_LEFT: readonly DeliveryDoc['state'][] = ['skipped', 'canceled', 'expired'];

/**
 * What the gateway knows about one handset: how each of its texts was read and what followed, why each message was
 * sent, and which messages were not. `texts` and `carrierIds` name what the handset shows; `since`: messages that did
 * not leave are listed from this moment on. `earlierThan`: texts before it are read although the handset does not show
 * them. Shows no words of the person.
 */
export async function readHandset(context: AppContext, asked: HandsetRequest): Promise<Handset> {
  const { contact, person } = await holderOf(context, asked.number);
  const now = context.now();
  const sentence = statusSentence(person, context.catalog.current().book, now);
  const state = stateOf(person, now);
  if (contact === null) {
    const nothing = { texts: new Map(), earlier: [], messages: new Map(), unsent: [] };
    return { contact: null, state, sentence, ...nothing };
  }
  const rows = await deliveriesOf(context.store, contact.id, MOST_MESSAGES);
  const shown = rows.filter(({ carrierSid = '' }) => asked.carrierIds.includes(carrierSid));
  const { since } = asked;
  const unsent = rows.filter(
    ({ state, createdAt }) => NEVER_LEFT.includes(state) && since !== null && createdAt >= since,
  );
  const traced = await Promise.all([...shown, ...unsent].map((row) => traceMessage(context, contact, row)));
  const texts = await traceTexts(context, contact, rows, asked);
  return {
    contact: contact.id,
    state,
    sentence,
    texts,
    earlier: [...texts].flatMap(([sid, trace]) => (asked.texts.includes(sid) ? [] : [trace])),
    messages: new Map(shown.map((row, at) => [row.carrierSid ?? '', traced[at] as MessageTrace])),
    unsent: traced.slice(shown.length).reverse(),
  };
}

async function traceMessage(
  context: AppContext,
  contact: OpenedContact,
  row: DeliveryDoc,
): Promise<MessageTrace> {
  const { became, sentence: why } = await causeOf(context, row, { holder: contact, readsEvidence: false });
  const { _id: id, createdAt: at, state, class: kind, language } = row;
  return { id, at, state, kind, language, became, why };
}

async function traceTexts(
  { store }: Pick<AppContext, 'store'>,
  { id, keys }: OpenedContact,
  rows: readonly DeliveryDoc[],
  { texts: sids, earlierThan }: HandsetRequest,
): Promise<Map<string, TextTrace>> {
  const [shown, earlier, chain] = await Promise.all([
    findInbound(store, [...sids]),
    textsUntil(store, id, { until: earlierThan, limit: MOST_EARLIER }),
    chainOf(store, id),
  ]);
  const texts = [...shown, ...earlier.filter(({ _id }) => !sids.includes(_id))];
  const ofText = new Map<string, number[]>();
  for (const entry of chain) {
    const sid = unlessClosed(() => openEntry(entry, keys.evidence))?.messageSid?.[1];
    if (sid !== undefined) ofText.set(sid, [...(ofText.get(sid) ?? []), entry.seq]);
  }
  const own = texts.filter(({ contact }) => contact === id).sort((a, b) => a.rev - b.rev);
  return new Map(
    own.map((text, at) => {
      const canceled = canceledBy(text, own.slice(0, at), rows);
      return [text._id, traceText(text, { rows, entries: ofText.get(text._id) ?? [], canceled })];
    }),
  );
}

type Followed = { rows: readonly DeliveryDoc[]; entries: number[]; canceled: number };

function traceText(
  { _id: sid, reading, receivedAt, recordedAt }: InboundDoc,
  { rows, entries, canceled }: Followed,
): TextTrace {
  const answers = rows.filter(({ answers }) => answers?.sid === sid);
  const accepted = answers.flatMap(({ acceptedAt }) => acceptedAt?.getTime() ?? []);
  const after = Math.min(...accepted) - receivedAt.getTime();
  return {
    kind: reading.kind,
    meaning: meaningWords(reading),
    rule: ruleSentence(reading),
    rules: reading.rules,
    isListedWord: reading.rule.startsWith('exact:'),
    readMs: Math.max(0, recordedAt.getTime() - receivedAt.getTime()),
    entries,
    canceled,
    answer: { planned: answers.length > 0, afterMs: accepted.length === 0 ? null : Math.max(0, after) },
  };
}

/** Readings that cancel what waits for the person. */
const CANCELING: readonly string[] = ['stop-all', 'stop-some', 'unsure', 'no'];

/** A canceled message names no text: it was planned before the text that canceled it, and after the one before that. */
function canceledBy(text: InboundDoc, earlier: readonly InboundDoc[], rows: readonly DeliveryDoc[]): number {
  if (!CANCELING.includes(text.reading.kind)) return 0;
  const last = earlier.findLast(({ reading }) => CANCELING.includes(reading.kind));
  return rows.filter(
    ({ state, createdAt }) =>
      state === 'canceled' &&
      createdAt < text.recordedAt &&
      (last === undefined || createdAt >= last.recordedAt),
  ).length;
}

/** How things stand with a person, what forbids messages first. */
function stateOf(person: ConsentState, now: Date): HandsetState {
  const forbidden = (sign: 'wait' | 'stop' | 'off', word: string) => ({ sign, word, mayBeTexted: false });
  const standing = (kind: Suppression['kind']) =>
    person.suppressions.some((row) => row.kind === kind && isStanding(row, null));
  const joined = person.subscriptions.filter(({ program }) => isSubscribed(person, program));
  const open = joined.filter(
    ({ program }) => !person.suppressions.some((row) => endsAll(row) && isStanding(row, program)),
  );
  if (standing('hygiene')) return forbidden('stop', 'Takes no texts');
  if (standing('carrier')) return forbidden('stop', 'Blocked at the carrier');
  if (standing('hold')) return forbidden('wait', 'On hold');
  if (open.length > 0) {
    if (person.pausedUntil !== null && person.pausedUntil > now) return forbidden('wait', 'Paused');
    return { sign: 'good', word: 'Subscribed', mayBeTexted: true };
  }
  if (person.subscriptions.some(({ state }) => state === 'pending'))
    return forbidden('wait', 'Asked for a YES');
  if (person.suppressions.some((row) => endsAll(row) && isStanding(row, null)))
    return forbidden('stop', 'Opted out');
  const left = person.subscriptions.some(({ state }) => state === 'unsubscribed');
  return left ? forbidden('stop', 'Left') : forbidden('off', 'Never joined');
}

const endsAll = ({ kind, scope }: Suppression): boolean => kind === 'opt-out' && scope === 'all';
