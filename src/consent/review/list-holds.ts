import type { Actor } from '../../domain/access/actor.ts';
import { isWithinLimit, type StaffLimit } from '../../domain/access/program-limits.ts';
import { isSubscribed } from '../../domain/consent/consent-state.ts';
import { sourceOf } from '../../domain/consent/suppression-origin.ts';
import { cutPage, type Page, type PageRequest } from '../../domain/page.ts';
import type { ProgramBook } from '../../domain/program.ts';
import { optOutScore } from '../../domain/words/ordinary-language.ts';
import { wordRulesAt } from '../../domain/words/word-rules.ts';
import { findUnsure, type InboundDoc } from '../../store/consent/inbound-texts.ts';
import { findHold, type HoldRow, pageHolds } from '../../store/consent/suppressions.ts';
import { findHolders } from '../../store/contacts/contacts.ts';
import { type OpenContact, openHolder, unlessClosed } from '../../store/contacts/open-contact.ts';
import type { AppContext } from '../app-context.ts';
import { personSubject, recordAudit } from '../audit/audit.ts';
import { type DescribedContact, describeContact, openContacts } from '../contact-refs.ts';
import { wordsOf } from '../inbound/inbound-record.ts';
import { openTextsFrom, type TextPosition, type TextView } from '../inbound/text-view.ts';
import { type ConversationEntry, conversationAround } from './conversation.ts';
import { type HoldRef, heldContact, isLost, nameOf, textOf } from './decide-hold.ts';

/** A hold that awaits a decision, without the words that raised it. */
type ListedHold = {
  id: string;
  /** Null when nobody holds the number any more, and when the keys of this process cannot open the contact. */
  about: DescribedContact | null;
  heldAt: Date;
  /** When the timer ends the hold in an opt-out. */
  endsAt: Date;
  /** The rule that read the words as a possible opt-out. */
  rule: string;
  /** Names of the programs that the person is in: what an opt-out would end. */
  programs: string[];
  /** Score of the words by the rules of that day; null when a sign other than words raised the hold. */
  score: number | null;
};

/** The position of a hold in the list: the end of its timer, then its id. */
type HoldPosition = { until: Date; id: string };

/** Lists the holds that await a decision. The hold whose timer ends first comes first. */
export async function listHolds(
  context: Pick<AppContext, 'catalog' | 'now' | 'ring' | 'store'>,
  { after, limit, within = [] }: HoldRequest,
): Promise<Page<ListedHold, HoldPosition>> {
  const isLimited = within.length > 0;
  const found = await pageHolds(context.store, after, isLimited ? MOST_LOOKED_AT : limit + 1);
  const own = isLimited ? await heldWithin(context, found, within) : found;
  const { items, next } = cutPage(own, limit, positionOf);
  const last = isLimited && found.length === MOST_LOOKED_AT ? found.at(-1) : undefined;
  const then = next ?? (last === undefined ? null : positionOf(last));
  return { items: await describeHolds(context, items), next: then };
}

type HoldRequest = PageRequest<HoldPosition> & {
  /** Programs whose people's holds are listed; empty: all holds. */
  within?: StaffLimit;
};

/** Most holds that are looked at in search of those of a few programs. */
const MOST_LOOKED_AT = 500;

const positionOf = ({ until, _id: id }: HoldRow): HoldPosition => ({ until: until ?? new Date(0), id });

/** The holds on people of some programs. */
async function heldWithin(
  { store }: Pick<AppContext, 'store'>,
  rows: readonly HoldRow[],
  within: StaffLimit,
): Promise<HoldRow[]> {
  const holders = await findHolders(
    store,
    rows.map(({ index }) => index),
  );
  const own = holders.filter(({ subscriptions }) =>
    isWithinLimit(
      within,
      subscriptions.map(({ program }) => program),
    ),
  );
  const indexes = new Set(own.map(({ index }) => index));
  return rows.filter(({ index }) => indexes.has(index));
}

/** A hold that awaits a decision; null when it is over, and when there is none of this name. */
export async function readHold(
  context: Pick<AppContext, 'catalog' | 'now' | 'ring' | 'store'>,
  { row: id, generation }: HoldRef,
): Promise<ListedHold | null> {
  const row = await findHold(context.store, id);
  if (row === null || row.generation !== generation || row.until === null) return null;
  const [hold] = await describeHolds(context, [row]);
  return hold ?? null;
}

async function describeHolds(
  context: Pick<AppContext, 'catalog' | 'now' | 'ring' | 'store'>,
  items: readonly HoldRow[],
): Promise<ListedHold[]> {
  const stored = await findHolders(
    context.store,
    items.map(({ index }) => index),
  );
  const living = stored.filter(({ sealed }) => sealed !== null);
  const holders = new Map((await openContacts(context, living)).map((holder) => [holder.index, holder]));
  const texts = await findUnsure(
    context.store,
    living.map(({ _id }) => _id),
  );
  return items.map((row) => {
    const holder = holders.get(row.index) ?? null;
    const own = texts.filter(({ contact }) => contact === holder?.id);
    return listedHold(context, row, holder, textOf(row, own));
  });
}

/** The hold that staff should decide now: the hold whose timer ends first. Null when there is none. */
export async function nextHold(
  { store }: Pick<AppContext, 'store'>,
  within: StaffLimit = [],
): Promise<string | null> {
  const isLimited = within.length > 0;
  const found = await pageHolds(store, null, isLimited ? MOST_LOOKED_AT : 1);
  const [row] = isLimited ? await heldWithin({ store }, found, within) : found;
  return row === undefined ? null : nameOf({ row: row._id, generation: row.generation });
}

function listedHold(
  context: Pick<AppContext, 'catalog' | 'now'>,
  row: HoldRow,
  holder: OpenContact | null,
  text: InboundDoc | null,
): ListedHold {
  const { generation, since, until, origin } = row;
  return {
    id: nameOf({ row: row._id, generation }),
    about: holder === null ? null : describeContact(context, holder),
    heldAt: since,
    endsAt: until ?? since,
    programs: holder === null ? [] : joinedPrograms(context.catalog.current().book, holder),
    rule: text?.reading.rule ?? sourceOf(origin),
    score: holder === null || text === null ? null : scoreOf(text, holder),
  };
}

const joinedPrograms = ({ programs }: ProgramBook, { person }: OpenContact): string[] =>
  programs.filter(({ id }) => isSubscribed(person, id)).map(({ name }) => name);

function scoreOf(text: InboundDoc, { keys }: OpenContact): number | null {
  const words = unlessClosed(() => wordsOf(text, keys.profile));
  const sum = words === null ? 0 : optOutScore(words.body, wordRulesAt(text.receivedAt));
  // A text whose words score nothing was held because of another sign.
  return sum === 0 ? null : sum;
}

type HeldTextsRequest = PageRequest<TextPosition> & {
  hold: HoldRef;
  reason: string;
  actor: Actor;
  /** Whether to open what was said around these texts, too. */
  withConversation?: boolean;
};

type HeldTexts =
  | {
      kind: 'read';
      contact: string;
      texts: Page<TextView, TextPosition>;
      conversation: ConversationEntry[];
    }
  | { kind: 'unknown' }
  /** No process can open the contact any more: the key that sealed it is lost. */
  | { kind: 'lost' };

/**
 * Opens one page of what a person wrote: the held text and everything after it. Each reading writes an audit entry.
 */
export async function readHeldTexts(
  context: Pick<AppContext, 'audit' | 'log' | 'ring' | 'store'>,
  { hold, reason, actor, withConversation = false, ...page }: HeldTextsRequest,
): Promise<HeldTexts> {
  const found = await heldContact(context, hold.row);
  if (found === null) return { kind: 'unknown' };
  const { contact, row } = found;
  if (await isLost(context, contact)) return { kind: 'lost' };
  const holder = openHolder(context.ring, contact, []);
  const held = textOf(row, await findUnsure(context.store, [holder.id]));
  const subject = personSubject(holder.id);
  const details = { hold: nameOf(hold) };
  await recordAudit(context, { actor, act: 'held-words-read', subject, reason, details });
  const from = held ?? row.since;
  const texts = await openTextsFrom(context, holder, from, page);
  const conversation = withConversation ? await conversationAround(context, holder, from) : [];
  return { kind: 'read', contact: holder.id, texts, conversation };
}
