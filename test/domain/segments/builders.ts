import { STAGES } from '../../../src/domain/contacts/profile-changes.ts';
import type { SavedSegment, SegmentContext } from '../../../src/domain/segments/clauses/clause.ts';
import type { Leaf, LeafOf, Tree } from '../../../src/domain/segments/tree.ts';
import { NOW } from './vocabulary.ts';

/** Short ways to write clauses in tables, and what they may speak of. */
export const all = (...of: Tree[]): Tree => ({ kind: 'all', of });
export const any = (...of: Tree[]): Tree => ({ kind: 'any', of });
export const none = (...of: Tree[]): Tree => ({ kind: 'none', of });
export const segment = (id: string): Tree => ({ kind: 'segment', id });
export const is = (name: string, value: string | number | boolean): Leaf => ({
  kind: 'field',
  name,
  test: { kind: 'is', value },
});
export const female: Leaf = { kind: 'gender', oneOf: ['female'] };
export const adult: Leaf = { kind: 'age', from: 21 };
export const bought = (days?: number): Leaf => ({
  kind: 'did',
  event: 'purchase',
  ...(days === undefined ? {} : { days }),
});
export const notBought = (days?: number): Leaf => ({
  kind: 'did-not',
  event: 'purchase',
  ...(days === undefined ? {} : { days }),
});
type Purchase = Omit<LeafOf<'did'>, 'kind' | 'event'>;
export const did = (asked: Purchase): Leaf => ({ kind: 'did', event: 'purchase', ...asked });
export const didNot = (asked: Pick<Purchase, 'days' | 'since' | 'before'>): Leaf => ({
  kind: 'did-not',
  event: 'purchase',
  ...asked,
});
export const near = (zip: string, miles: number): Leaf => ({ kind: 'near', zip, miles });
export const zips = (...oneOf: string[]): Leaf => ({ kind: 'zip', oneOf });
export const zipAreas = (...oneOf: string[]): Leaf => ({ kind: 'zip-area', oneOf });
export const countries = (...oneOf: string[]): Leaf => ({ kind: 'country', oneOf });
export const points = (low: number, high: number): Leaf => ({
  kind: 'field',
  name: 'points',
  test: { kind: 'between', low, high },
});
export const renewal = (kind: 'before' | 'after', date: string): Leaf => ({
  kind: 'field',
  name: 'renewal',
  test: { kind, date },
});
export const dietBegins = (value: string): Leaf => ({
  kind: 'field',
  name: 'diet',
  test: { kind: 'starts-with', value },
});
export const states = (...oneOf: string[]): Leaf => ({ kind: 'state', oneOf });

export const SAVED: SavedSegment[] = [
  { id: 'women', name: 'Women', tree: female },
  { id: 'adults', name: 'Adult women', tree: all(adult, segment('women')) },
  { id: 'loop-a', name: 'Loop A', tree: any(female, segment('loop-b')) },
  { id: 'loop-b', name: 'Loop B', tree: none(segment('loop-a')) },
  { id: 'stale', name: 'Stale', tree: all(adult, is('gone', 'x')) },
  { id: 'mine', name: 'Mine', tree: female },
  { id: 'of-mine', name: 'Of mine', tree: all(segment('mine')) },
  { id: 'forty', name: 'Forty', tree: any(...Array.from({ length: 40 }, () => adult)) },
  { id: 'many', name: 'Many', tree: any(...Array.from({ length: 40 }, () => segment('forty'))) },
  {
    id: 'wide',
    name: 'Wide',
    tree: { kind: 'city', oneOf: Array.from({ length: 1000 }, (_, at) => `c${at}`) },
  },
  ...Array.from({ length: 26 }, (_, at) => ({
    id: `deep-${at}`,
    name: 'Deep',
    tree: at === 0 ? adult : segment(`deep-${at - 1}`),
  })),
];
export const KNOWN: SegmentContext = {
  fields: [
    { name: 'diet', type: 'text', label: 'Diet', identifies: null },
    { name: 'points', type: 'number', label: 'Points', identifies: null },
    { name: 'member', type: 'boolean', label: 'Member', identifies: null },
    { name: 'renewal', type: 'date', label: 'Renewal', identifies: null },
    { name: 'mail', type: 'text', label: 'E-mail', identifies: 'mailbox' },
    { name: 'card', type: 'text', label: 'Card', identifies: 'person' },
  ],
  programs: [
    { id: 'deals', name: 'Deals', topics: [{ id: 'sales' }] },
    { id: 'orders', name: 'Orders', topics: [{ id: 'news' }] },
  ],
  segments: SAVED,
  campaigns: [
    { id: 'spring', name: 'Spring sale' },
    ...['weekly', 'weekly.2603010900', 'weekly-2'].map((id) => ({ id, name: 'Weekly' })),
  ],
  stages: new Set([...STAGES, 'trial']),
  self: 'mine',
  now: NOW,
};
