import type { Actor } from '../domain/access/actor.ts';
import {
  isStanding,
  type Scope,
  type Suppression,
  type SuppressionKind,
  standingOf,
} from '../domain/consent/suppression.ts';
import { sourceOf } from '../domain/consent/suppression-origin.ts';
import { suppressionSentence } from '../domain/consent/suppression-sentence.ts';
import { cutPage, type Page, type PageRequest } from '../domain/page.ts';
import { type ProgramBook, programById } from '../domain/program.ts';
import {
  countSuppressedNumbers,
  countSuppressionRows,
  PAGE_MS,
  pageSuppressions,
} from '../store/consent/suppressions.ts';
import { findHolders } from '../store/contacts/contacts.ts';
import type { AppContext } from './app-context.ts';
import { recordAudit } from './audit/audit.ts';
import { type ContactRef, contactRef } from './contact-refs.ts';

/** Longest that finding one page of suppressions may take, seconds. Then the request fails. */
export const LONGEST_PAGE_S = PAGE_MS / 1000;

/** A suppression as answers show it. */
export type SuppressionView = {
  scope: Scope;
  kind: SuppressionKind;
  since: Date;
  generation: number;
  /** Whether it forbids messages of the programs that it was not lifted for. */
  stands: boolean;
  /** Ids of programs that it no longer binds; "*" for all. */
  liftedFor: string[];
  /** Whether it forbids now all that it is about, a part of it, or nothing. */
  standing: ReturnType<typeof standingOf>;
  /** The code of what raised it. */
  source: string;
  /** All of it in one sentence. */
  sentence: string;
};

export function viewSuppression(row: Suppression, book: ProgramBook): SuppressionView {
  const { scope, kind, since, generation, origin } = row;
  const lifts = Object.entries(row.lifts).filter(([, lifted]) => lifted >= generation);
  const liftedFor = lifts.map(([program]) => program);
  return {
    scope,
    kind,
    since,
    generation,
    stands: isStanding(row, null),
    liftedFor,
    standing: standingOf(row),
    source: sourceOf(origin),
    sentence: suppressionSentence(row, book),
  };
}

type ListedSuppression = SuppressionView & {
  /** When a hold ends in an opt-out; null for any other suppression. */
  until: Date | null;
  /** Names of the programs that it no longer binds, where it stands for others. */
  exceptFor: string[];
  /** Null when the number has no current holder that this process can open. */
  contact: ContactRef | null;
};

export type SuppressionFilter = { kind: SuppressionKind | null; scope: Scope | null };

/** Lists suppressions with the current holders of their numbers, in the order in which they were first written. */
export async function listSuppressions(
  context: Pick<AppContext, 'catalog' | 'ring' | 'store'>,
  { after, limit, kind, scope }: PageRequest & SuppressionFilter,
): Promise<Page<ListedSuppression>> {
  const found = await pageSuppressions(context.store, { after, limit: limit + 1, kind, scope });
  const { items, next } = cutPage(found, limit, ({ _id }) => _id);
  const holders = await findHolders(context.store, [...new Set(items.map(({ index }) => index))]);
  const contacts = new Map(holders.map((stored) => [stored.index, contactRef(context, stored)]));
  const { book } = context.catalog.current();
  const listed = items.map((row) => {
    const view = viewSuppression(row, book);
    return {
      ...view,
      until: row.until,
      exceptFor:
        view.standing === 'part' ? view.liftedFor.map((id) => programById(book, id)?.name ?? id) : [],
      contact: contacts.get(row.index) ?? null,
    };
  });
  return { items: listed, next };
}

/** Rows of one read of an export. */
const EXPORT_PAGE = 500;

type ExportOrder = Pick<SuppressionFilter, 'kind'> & { actor: Actor; format: string };

/** All suppressions of a kind, page by page, for an export, which is on record before its first row leaves. */
export async function* exportSuppressions(
  context: Pick<AppContext, 'audit' | 'catalog' | 'log' | 'ring' | 'store'>,
  { kind, actor, format }: ExportOrder,
): AsyncGenerator<ListedSuppression> {
  await recordAudit(context, {
    ...{ actor, act: 'suppressions-exported', subject: null },
    details: { format, kind },
  });
  let after: string | null = null;
  do {
    const filter: SuppressionFilter = { kind, scope: null };
    const page: Page<ListedSuppression> = await listSuppressions(context, {
      ...filter,
      ...{ after, limit: EXPORT_PAGE },
    });
    yield* page.items;
    after = page.next;
  } while (after !== null);
}

/** Most suppressions that are read to count the numbers they are about. */
const MOST_COUNTED = 200_000;

/**
 * How many numbers no program may text, and by how many suppressions. `isMore`: there are more than were counted. Null
 * when counting takes too long.
 */
export async function countSuppressed({
  store,
}: Pick<AppContext, 'store'>): Promise<{ numbers: number; rows: number; isMore: boolean } | null> {
  const counted = await countSuppressedNumbers(store, MOST_COUNTED);
  return counted === null ? null : { ...counted, isMore: counted.rows >= MOST_COUNTED };
}

/**
 * How many suppressions of a kind there are, how many of them forbid nothing any more, and how many come before the page
 * that begins after `after`. Null when counting takes too long.
 */
export const countListed = (
  { store }: Pick<AppContext, 'store'>,
  { kind, after }: { kind: SuppressionKind | null; after: string | null },
): ReturnType<typeof countSuppressionRows> => countSuppressionRows(store, { kind, upTo: after });
