import type { AppContext } from '../consent/app-context.ts';
import { compile } from '../domain/segments/query.ts';
import type { Resolved, Tree } from '../domain/segments/tree.ts';
import { type AskedValue, nobodySentence, valuesAsked } from '../domain/segments/values-asked.ts';
import { nearestWord } from '../domain/text/nearest-word.ts';
import { isEventTypeSeen, readEventTypes } from '../store/contacts/activity.ts';
import { commonValues, isAnybody } from '../store/contacts/audience.ts';
import { readListNames } from '../store/contacts/profiles.ts';
import type { Store } from '../store/store.ts';

/** A remark on one value of a tree. The tree can be used all the same. */
export type SegmentNote = { path: string; code: 'nobody-has'; sentence: string };

/** Values that are looked up for one tree: those that an index answers, and those for which contacts are scanned. */
const MOST_LOOKED_UP = { indexed: 20, scanned: 5 };

const INDEXED: ReadonlySet<AskedValue['leaf']['kind']> = new Set(['did', 'list', 'state', 'zip']);

/** Time limit of one scan, ms. A value that was not found by then gets no note: somebody may have it. */
const SCAN_MS = 100;

/**
 * Finds values of a tree that nobody has, which are mostly misspelt: such a clause matches nobody, and under `none` it
 * leaves nobody out. Of a long tree, the first values are looked up.
 */
export async function notesOnValues(
  context: Pick<AppContext, 'now' | 'store'>,
  tree: Tree,
  resolved: Resolved,
): Promise<SegmentNote[]> {
  const asked = valuesAsked(tree, resolved);
  const isIndexed = ({ leaf }: AskedValue): boolean => INDEXED.has(leaf.kind);
  const lookedUp = new Set([
    ...asked.filter(isIndexed).slice(0, MOST_LOOKED_UP.indexed),
    ...asked.filter((value) => !isIndexed(value)).slice(0, MOST_LOOKED_UP.scanned),
  ]);
  const notes = asked
    .filter((value) => lookedUp.has(value))
    .map(async (value): Promise<SegmentNote[]> => {
      if (await mayAnybodyHave(context, value)) return [];
      const meant = nearestWord(value.value, await knownValues(context.store, value));
      return [{ path: value.path, code: 'nobody-has', sentence: nobodySentence(value, meant) }];
    });
  return (await Promise.all(notes)).flat();
}

async function mayAnybodyHave(
  { store, now }: Pick<AppContext, 'now' | 'store'>,
  { leaf }: AskedValue,
): Promise<boolean> {
  if (leaf.kind === 'did' && (await isEventTypeSeen(store, leaf.event))) return true;
  const anybody = await isAnybody(store, compile(leaf, now()), SCAN_MS);
  // Every event that a profile counts is also stored as an event, so its index alone is an answer.
  return anybody ?? leaf.kind !== 'did';
}

/** Names that are compared with a misspelt one, and contacts whose values are read where no index has the names. */
const MOST_NAMES = 200;
const SAMPLE = 2000;

/** What somebody may have meant. A ZIP code or a state with one letter changed is another place, not a slip. */
async function knownValues(store: Store, { leaf }: AskedValue): Promise<string[]> {
  const page = { after: null, limit: MOST_NAMES };
  switch (leaf.kind) {
    case 'did':
      return (await readEventTypes(store, page)).map(({ type }) => type);
    case 'list':
      return readListNames(store, page);
    case 'city':
      return commonValues(store, 'profile.place.city', { of: SAMPLE, most: MOST_NAMES });
    case 'interest':
      return commonValues(store, 'profile.interests', { of: SAMPLE, most: MOST_NAMES });
    case 'field':
      return commonValues(store, `profile.fields.${leaf.name}`, { of: SAMPLE, most: MOST_NAMES });
    default:
      return [];
  }
}
