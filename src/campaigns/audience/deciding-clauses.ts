import type { DecidingClause } from '../../domain/campaigns/why-sentence.ts';
import { compile } from '../../domain/segments/compile/compile.ts';
import { isGroup, type Resolved, type Tree } from '../../domain/segments/tree.ts';
import { fitsContact } from '../../store/campaigns/audience.ts';
import type { Store } from '../../store/store.ts';

type Asked = { store: Store; contact: string; at: Date; say: (tree: Tree) => string };

/**
 * The clauses that keep one contact out of a segment; empty where it fits. Each question is one look at one document.
 * Of an `any` of which nothing is true the whole is named: each alone would do.
 */
export async function decidingClauses(asked: Asked, tree: Resolved): Promise<DecidingClause[]> {
  if (await fits(asked, tree)) return [];
  if (!isGroup(tree) || tree.kind === 'any') return [{ clause: said(asked, tree), how: 'must-fit' }];
  const found: DecidingClause[] = [];
  for (const child of tree.of) {
    if (tree.kind === 'all') found.push(...(await decidingClauses(asked, child)));
    else if (await fits(asked, child)) found.push({ clause: said(asked, child), how: 'leaves-out' });
  }
  return found;
}

const fits = ({ store, contact, at }: Asked, tree: Resolved): Promise<boolean> =>
  fitsContact(store, contact, compile(tree, at));

/** "Everyone who lives in CA." as "lives in CA". */
export const said = ({ say }: Pick<Asked, 'say'>, tree: Resolved): string =>
  say(tree).replace(/^Everyone who (.*)\.$/, '$1');
