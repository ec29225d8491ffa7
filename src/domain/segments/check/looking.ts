import type { Resolved, ResolvedLeaf } from '../tree.ts';
import { zipsNear } from '../zips-near.ts';
import { type Reaches, reachesOf } from './reaches.ts';

/** Pairs of clauses that one check compares: all of a tree that names no segment, which has at most 19,900, and more. */
const MOST_PAIRS = 50_000;

/** What one check of a tree works out, each once, with however many others a clause is compared. */
export type Looking = {
  zipsNear: typeof zipsNear;
  reachesOf: (leaf: ResolvedLeaf) => Reaches;
  /** The same of two clauses that are written alike. */
  textOf: (tree: Resolved) => string;
  /** Whether one more pair may be compared; it is counted. */
  mayCompare: () => boolean;
};

export function newLooking(walk: typeof zipsNear = zipsNear): Looking {
  const [near, reaches, texts] = [new Map<string, string[]>(), new WeakMap(), new WeakMap()];
  let compared = 0;
  const looking: Looking = {
    zipsNear: (zip, miles) => once(near, `${zip} ${miles}`, () => walk(zip, miles)),
    reachesOf: (leaf) => once(reaches, leaf, () => reachesOf(leaf, looking.zipsNear)),
    textOf: (tree) => once(texts, tree, () => JSON.stringify(tree)),
    mayCompare: () => {
      compared += 1;
      return compared <= MOST_PAIRS;
    },
  };
  return looking;
}

type Kept<K, V> = { get: (key: K) => V | undefined; set: (key: K, value: V) => unknown };

function once<K, V>(kept: Kept<K, V>, key: K, work: () => V): V {
  const known = kept.get(key);
  if (known !== undefined) return known;
  const value = work();
  kept.set(key, value);
  return value;
}
