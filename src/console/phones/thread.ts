import type { AppContext } from '../../consent/app-context.ts';
import { type Handset, type MessageTrace, readHandset, type TextTrace } from '../../contacts/handset.ts';
import { PHONES, type Phone } from './cast.ts';
import { causalLine, durationWords } from './causal-line.ts';
import type { HandsetText } from './simulator-client.ts';

/** One bubble, or a message that was not sent. */
export type ThreadItem = {
  /** Names the item on the page. */
  key: string;
  kind: 'theirs' | 'ours' | 'unsent';
  body: string | null;
  at: Date;
  /** Under the bubble, and what it opens: a label and sentences. */
  under: string;
  /** How long reading took, for the place in `under`; null for what was not read. */
  took: string | null;
  more: { label: string; lines: string[] } | null;
  /** Language of a message of ours; null: what somebody typed. */
  language: string | null;
};

/** A handset as the page shows it. */
export type PhoneView = Phone & {
  contact: string | null;
  state: Handset['state'];
  sentence: string;
  items: ThreadItem[];
  texts: { at: Date; trace: TextTrace | null }[];
  /** Texts that the database knows and the simulator forgot, because it started anew. */
  earlier: TextTrace[];
};

/** The newest bubbles of a handset that are shown. */
const MOST_ITEMS = 14;

/** `all`: what the handset sent and got, oldest first. `openedAt`: when the simulator was seen first. */
export async function readPhone(
  context: AppContext,
  phone: Phone,
  { texts: all, openedAt }: { texts: readonly HandsetText[]; openedAt: Date },
): Promise<PhoneView> {
  const shown = all.slice(-MOST_ITEMS);
  const sids = (direction: HandsetText['direction'], of: readonly HandsetText[]): string[] =>
    of.filter((text) => text.direction === direction).map(({ sid }) => sid);
  const handset = await readHandset(context, {
    number: phone.number,
    texts: sids('in', all),
    carrierIds: sids('out', shown),
    since: shown[0]?.at ?? null,
    earlierThan: openedAt,
  });
  const items = [
    ...shown.map((text) => itemOf(text, handset)),
    ...handset.unsent.map((message) => unsentItem(message)),
  ].sort((a, b) => a.at.getTime() - b.at.getTime());
  const texts = all
    .filter(({ direction }) => direction === 'in')
    .map(({ at, sid }) => ({ at, trace: handset.texts.get(sid) ?? null }));
  const { contact, state, sentence, earlier } = handset;
  return { ...phone, contact, state, sentence, items: items.slice(-MOST_ITEMS), texts, earlier };
}

function itemOf({ direction, body, at, sid, status }: HandsetText, handset: Handset): ThreadItem {
  const base = { key: sid, body, at, took: null };
  if (direction === 'in') {
    const trace = handset.texts.get(sid) ?? null;
    return { ...base, kind: 'theirs', language: null, ...underText(trace) };
  }
  const message = handset.messages.get(sid) ?? null;
  const why = message === null ? null : { label: 'why this was sent', lines: [message.why, message.became] };
  return { ...base, kind: 'ours', language: message?.language ?? null, under: status, more: why };
}

function underText(trace: TextTrace | null): Pick<ThreadItem, 'under' | 'took' | 'more'> {
  if (trace === null) return { under: 'not taken in yet', took: null, more: null };
  const lines = [
    `Read as ${trace.meaning}.`,
    trace.rule,
    `Word lists of version ${trace.rules}.`,
    trace.entries.length === 0
      ? 'It wrote nothing into the ledger.'
      : `It wrote entry ${trace.entries.join(', ')} of the ledger.`,
  ];
  return {
    under: 'read in {time}',
    took: durationWords(trace.readMs),
    more: { label: 'what the rules saw', lines },
  };
}

function unsentItem({ id, at, became, why, language }: MessageTrace): ThreadItem {
  const more = { label: 'why it was not sent', lines: [why, became] };
  return {
    key: id,
    kind: 'unsent',
    body: null,
    at,
    under: 'An offer was not sent',
    took: null,
    more,
    language,
  };
}

/** The handset whose person texted last, and when; null while nobody has. */
export function lastTexted(phones: readonly PhoneView[]): PhoneView | null {
  const newest = (phone: PhoneView): number => phone.texts.at(-1)?.at.getTime() ?? 0;
  const [last] = phones.toSorted((a, b) => newest(b) - newest(a));
  return last === undefined || newest(last) === 0 ? null : last;
}

/** What followed from the newest text; null while nobody has texted. */
export function whatJustHappened(phones: readonly PhoneView[]): string[] | null {
  const last = lastTexted(phones);
  return last === null ? null : causalLine({ ...last, trace: last.texts.at(-1)?.trace ?? null });
}

/** Whether each of the three steps has happened. */
export function stepsDone(phones: readonly PhoneView[]): [join: boolean, yes: boolean, stop: boolean] {
  const traces = (of: readonly PhoneView[]): TextTrace[] =>
    of.flatMap(({ earlier, texts }) => [...earlier, ...texts.flatMap(({ trace }) => trace ?? [])]);
  const anas = traces(phones.filter(({ id }) => id === 'ana'));
  return [
    anas.some(({ kind }) => kind === 'join'),
    anas.some(({ kind, entries }) => kind === 'yes' && entries.length > 0),
    traces(phones).some(({ kind, isListedWord }) => ['stop-all', 'unsure'].includes(kind) && !isListedWord),
  ];
}

export const phoneNamed = (id: unknown): Phone | null => PHONES.find((phone) => phone.id === id) ?? null;
