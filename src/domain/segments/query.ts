import { compileDid, compileDidNot, compileEngagement } from './clauses/activity.ts';
import { compileIgnored, compileReplied, compileSent } from './clauses/campaign-history.ts';
import { ageBounds, among, beginningWith, between, type Filter } from './clauses/clause.ts';
import { compileSubscription } from './clauses/consent.ts';
import { compileField } from './clauses/custom-field.ts';
import { compileAge, compileKnown, compileOneOf } from './clauses/person.ts';
import { compileNear } from './clauses/place.ts';
import { isGroup, type Resolved, type ResolvedLeaf } from './tree.ts';

/**
 * Compiles a resolved tree into one filter for `find` on contacts: those who hold their number now and belong to
 * the segment at `now`. Throws TypeError where a value is no scalar or a field's name could be a path, even in a
 * tree that was checked before.
 */
export function compile(tree: Resolved, now: Date): Filter {
  return { $and: [{ current: true }, filterOf(tree, now)] };
}

function filterOf(tree: Resolved, now: Date): Filter {
  if (!isGroup(tree)) return leafFilter(tree, now);
  const filters = tree.of.map((child) => filterOf(child, now));
  switch (tree.kind) {
    case 'all':
      return { $and: filters };
    case 'any':
      return { $or: filters };
    case 'none':
      return { $nor: filters };
  }
}

function leafFilter(leaf: ResolvedLeaf, now: Date): Filter {
  switch (leaf.kind) {
    case 'everyone':
      return {};
    case 'age':
      return compileAge(leaf, now);
    case 'zip-area':
      return beginningWith('profile.place.zip', leaf.oneOf);
    case 'near':
      return compileNear(leaf);
    case 'weak-zone':
      return { 'profile.zoneSure': { $ne: true } };
    case 'known':
      return compileKnown(leaf);
    case 'field':
      return compileField(leaf, now);
    case 'stage': {
      const since = between('profile.stage.since', ageBounds(leaf, now));
      return { ...among('profile.stage.name', leaf.oneOf), ...since };
    }
    case 'added':
      return between('createdAt', ageBounds(leaf, now));
    case 'subscription':
      return compileSubscription(leaf, now);
    case 'did':
      return compileDid(leaf, now);
    case 'did-not':
      return compileDidNot(leaf, now);
    case 'engagement':
      return compileEngagement(leaf, now);
    case 'sent':
      return compileSent(leaf, now);
    case 'replied':
      return compileReplied(leaf, now);
    case 'ignored':
      return compileIgnored(leaf);
    default:
      return compileOneOf(leaf);
  }
}
