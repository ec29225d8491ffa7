import type { FieldDefinition } from '../../audience/profile.ts';
import { type Fault, type GroupKind, isGroup, MOST_DEPTH, type Resolved, type Tree } from '../tree.ts';
import { contradictions } from './contradictions.ts';
import { leafFaults } from './leaf.ts';
import { type Looking, newLooking } from './looking.ts';

/** A segment that others may name. Its tree has been read, and checked at the time. `archived`: it was put aside. */
export type SavedSegment = { id: string; name: string; tree: Tree; archived?: boolean };

/** What a tree may speak of. `self` is the id of the segment it is, or is to be; null for one not kept. */
export type Known = {
  fields: readonly FieldDefinition[];
  programs: readonly { id: string; name: string; topics: readonly { id: string }[] }[];
  segments: readonly SavedSegment[];
  campaigns: readonly { id: string; name: string }[];
  /** Stages that somebody can be put in, or is in although they were taken away. */
  stages: ReadonlySet<string>;
  self: string | null;
  /** When it is asked: some times lie too far ahead or behind. */
  now: Date;
  /** It is only kept now, and asked at some later time. */
  isAskedLater?: true;
};

export type Checked = { ok: true; tree: Resolved } | { ok: false; faults: Fault[] };

/** Most clauses once every named segment stands in the place of its name, and most values they list. */
const MOST_RESOLVED = { clauses: 1000, values: 20_000, depth: 3 * MOST_DEPTH };

/** The tree with every named segment put in place, or all that is wrong with it, each with its place. */
export function check(tree: Tree, known: Known, looking: Looking = newLooking()): Checked {
  const size = { clauses: 0, values: 0, over: false };
  const faults: Fault[] = [];
  const trail = known.self === null ? [] : [known.self];
  const resolved = resolve(tree, { path: '', depth: 1, trail }, { known, size, faults, looking });
  if (size.over) return { ok: false, faults: [TOO_LARGE] };
  return resolved === null || faults.length > 0 ? { ok: false, faults } : { ok: true, tree: resolved };
}

const TOO_LARGE: Fault = {
  path: '',
  problem: `With the segments it names this has more than ${MOST_RESOLVED.clauses} clauses, ${MOST_RESOLVED.depth} levels or ${MOST_RESOLVED.values} values.`,
};

type Place = { path: string; depth: number; trail: readonly string[] };
type Work = {
  known: Known;
  size: { clauses: number; values: number; over: boolean };
  faults: Fault[];
  looking: Looking;
};

/** Null where nothing can stand in its place; the reason is then among the faults, or the size is over. */
function resolve(tree: Tree, place: Place, work: Work): Resolved | null {
  const { size, faults, looking } = work;
  size.clauses += 1;
  size.values += valuesOf(tree, looking);
  size.over ||=
    size.clauses > MOST_RESOLVED.clauses ||
    size.values > MOST_RESOLVED.values ||
    place.depth > MOST_RESOLVED.depth;
  if (size.over) return null;
  if (tree.kind === 'segment') return resolveSegment(tree.id, place, work);
  if (!isGroup(tree)) {
    for (const { path, problem } of leafFaults(tree, work.known)) {
      faults.push({ path: `${place.path}${path}`, problem });
    }
    return tree;
  }
  if (tree.of.length === 0) faults.push({ path: `${place.path}/of`, problem: EMPTY[tree.kind] });
  const before = faults.length;
  const of = tree.of.map((child, at) =>
    resolve(child, { ...place, path: `${place.path}/of/${at}`, depth: place.depth + 1 }, work),
  );
  const whole = of.filter((child) => child !== null);
  if (whole.length < of.length) return null;
  const resolved = { kind: tree.kind, of: whole };
  if (faults.length === before) {
    for (const { path, problem } of contradictions(resolved, looking)) {
      faults.push({ path: `${place.path}${path}`, problem });
    }
  }
  return resolved;
}

function valuesOf(tree: Tree, { zipsNear }: Looking): number {
  if ('oneOf' in tree) return tree.oneOf.length;
  if (tree.kind === 'near') return zipsNear(tree.zip, tree.miles).length;
  if (tree.kind === 'subscription') return tree.topics?.length ?? 0;
  return tree.kind === 'field' && tree.test.kind === 'one-of' ? tree.test.values.length : 0;
}

const EMPTY: Record<GroupKind, string> = {
  all: 'This “all” holds no clause; “everyone” says it plainly.',
  any: 'This “any” holds no clause, so nobody can match it.',
  none: 'This “none” holds no clause; “everyone” says it plainly.',
};

/** Whatever is wrong inside a named segment is a fault of the clause that names it. */
function resolveSegment(id: string, place: Place, work: Work): Resolved | null {
  const path = `${place.path}/id`;
  if (place.trail.includes(id)) {
    work.faults.push({
      path,
      problem: 'This leads back to where it came from: a segment cannot hold itself.',
    });
    return null;
  }
  const saved = work.known.segments.find((one) => one.id === id);
  if (!saved) {
    work.faults.push({ path, problem: 'There is no such segment.' });
    return null;
  }
  const inner: Work = { ...work, faults: [] };
  const trail = [...place.trail, id];
  const resolved = resolve(saved.tree, { path: '', depth: place.depth + 1, trail }, inner);
  const [first] = inner.faults;
  if (first) {
    const where = first.path === '' ? '' : ` at ${first.path}`;
    work.faults.push({
      path,
      problem: `The segment “${saved.name}” is at fault itself${where}: ${first.problem}`,
    });
  }
  return resolved;
}
