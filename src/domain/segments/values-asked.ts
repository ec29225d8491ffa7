import { didPredicate } from './clauses/activity.ts';
import { quoted } from './clauses/clause.ts';
import { listPredicate } from './clauses/person.ts';
import { isGroup, type LeafOf, type Resolved, type ResolvedLeaf, type Tree } from './tree.ts';

/** Kinds of clauses whose values people have, so that a misspelt value matches nobody. */
type ListedKind = 'list' | 'interest' | 'city' | 'state' | 'zip' | 'zone' | 'country' | 'area-code';

/** One value of a tree: the event of a `did`, one of the values of a list, the text that a field is compared with. */
export type AskedValue = {
  /** Where the value stands in the tree as it was written; for a value of a named segment, where that is named. */
  path: string;
  value: string;
  /** The clause with this value alone, about any time. */
  leaf: LeafOf<'did'> | LeafOf<ListedKind> | LeafOf<'field'>;
};

/** All values that a tree asks about, each once. `resolved`: the tree with every named segment replaced. */
export function valuesAsked(tree: Tree, resolved: Resolved): AskedValue[] {
  const all = valuesIn(resolved, { tree, path: '' });
  return [...new Map(all.map((asked) => [JSON.stringify(asked.leaf), asked])).values()];
}

/** `tree`: the node as it was written; null inside a named segment. */
type Written = { tree: Tree | null; path: string };

function valuesIn(resolved: Resolved, { tree, path }: Written): AskedValue[] {
  if (tree?.kind === 'segment') return valuesIn(resolved, { tree: null, path: `${path}/id` });
  if (!isGroup(resolved))
    return valuesOf(resolved).map(({ at, ...asked }) => ({
      ...asked,
      path: tree === null ? path : `${path}${at}`,
    }));
  return resolved.of.flatMap((child, at) => {
    const written = tree !== null && isGroup(tree) ? tree.of[at] : undefined;
    return valuesIn(
      child,
      written === undefined ? { tree: null, path } : { tree: written, path: `${path}/of/${at}` },
    );
  });
}

type Placed = Omit<AskedValue, 'path'> & { at: string };

function valuesOf(leaf: ResolvedLeaf): Placed[] {
  switch (leaf.kind) {
    case 'did':
    case 'did-not':
      return [{ at: '/event', value: leaf.event, leaf: { kind: 'did', event: leaf.event } }];
    case 'list':
    case 'interest':
    case 'city':
    case 'state':
    case 'zip':
    case 'zone':
    case 'country':
    case 'area-code':
      return leaf.oneOf.map((value, at) => ({
        at: `/oneOf/${at}`,
        value,
        leaf: { kind: leaf.kind, oneOf: [value] },
      }));
    case 'field':
      return valuesOfField(leaf);
    default:
      return [];
  }
}

function valuesOfField({ name, test }: LeafOf<'field'>): Placed[] {
  const placed = (value: string, at: string): Placed => ({
    at,
    value,
    leaf: { kind: 'field', name, test: { kind: 'is', value } },
  });
  if (test.kind === 'one-of') return test.values.map((value, at) => placed(value, `/test/values/${at}`));
  return test.kind === 'is' && typeof test.value === 'string' ? [placed(test.value, '/test/value')] : [];
}

/** Says that nobody has a value, with the value that was probably meant or the list of those that there are. */
export function nobodySentence({ leaf }: AskedValue, meant: string | null): string {
  const nobody = `Nobody ${phraseOf(leaf)}`;
  if (meant !== null) return `${nobody}; did you mean ${quoted(meant)}?`;
  if (leaf.kind === 'did') return `${nobody}. GET /event-types has what people did.`;
  return leaf.kind === 'list' ? `${nobody}. GET /lists has the lists that people are on.` : `${nobody}.`;
}

function phraseOf(leaf: AskedValue['leaf']): string {
  if (leaf.kind === 'did') return `ever ${didPredicate(leaf).is}`;
  if (leaf.kind !== 'field') return listPredicate(leaf).is;
  return `has ${quoted(leaf.test.kind === 'is' ? String(leaf.test.value) : '')} in the field “${leaf.name}”`;
}
