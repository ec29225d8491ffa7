import { didPredicate, engagementPredicate } from './clauses/activity.ts';
import { ignoredPredicate, repliedPredicate, sentPredicate } from './clauses/campaign-history.ts';
import { amongWords, type Predicate, quoted, type SentenceNames, unknownToo } from './clauses/clause.ts';
import { consentPredicate } from './clauses/consent.ts';
import { fieldPredicate } from './clauses/custom-field.ts';
import { agePhrase, listPredicate, spent, WHAT, when } from './clauses/person.ts';
import { milesOf } from './clauses/place.ts';
import { isGroup, type Leaf, type Tree } from './tree.ts';

/** The phrase of a clause after "Everyone who", and its negation. */
function predicate(leaf: Exclude<Leaf, { kind: 'everyone' }>, names: SentenceNames): Predicate {
  switch (leaf.kind) {
    case 'age':
      return unknownToo('is', agePhrase(leaf), 'be');
    case 'known':
      return { is: `has a known ${WHAT[leaf.what]}`, isNot: `has no known ${WHAT[leaf.what]}` };
    case 'field':
      return fieldPredicate(leaf, names);
    case 'stage': {
      const where = `in the stage ${amongWords(leaf.oneOf.map(quoted))}${spent(leaf)}`;
      return { is: `is ${where}`, isNot: `is not ${where}` };
    }
    case 'added':
      return { is: `was added ${when(leaf)}`, isNot: `was not added ${when(leaf)}` };
    case 'subscription':
      return consentPredicate(leaf, names);
    case 'did':
    case 'did-not':
      return didPredicate(leaf);
    case 'sent':
      return sentPredicate(leaf, names);
    case 'replied':
      return repliedPredicate(leaf);
    case 'ignored':
      return ignoredPredicate(leaf);
    case 'engagement':
      return engagementPredicate(leaf);
    case 'near':
      return unknownToo('lives', `within ${milesOf(leaf.miles)} of ${leaf.zip}`, 'live');
    case 'weak-zone':
      return {
        is: 'is in a time zone that is not sure',
        isNot: 'is in a time zone that is sure',
      };
    case 'segment': {
      const name = quoted(names.segments.find(({ id }) => id === leaf.id)?.name ?? leaf.id);
      return { is: `is in ${name}`, isNot: `is not in ${name}` };
    }
    default:
      return listPredicate(leaf);
  }
}

/** One group of conditions: phrases of clauses, or groups joined by the other word. */
type Said = { join: 'and' | 'or'; parts: (string | Said)[] };

/**
 * Describes a segment in one English sentence: "Everyone who lives in CA or NV, is 21 to 35, and did not buy in the
 * last 90 days." A clause negated by `none` says "not known to be" where people whose value is unknown match, too.
 */
export function sentenceOf(tree: Tree, names: SentenceNames = UNNAMED): string {
  const said = say(tree, true, names);
  const parts = said.parts.filter((part) => part !== EVERYONE);
  if (parts.length === 0) return 'Everyone.';
  if (said.join === 'or' && parts.length < said.parts.length) return 'Everyone.';
  return `Everyone who ${joined({ ...said, parts })}.`;
}

const UNNAMED: SentenceNames = { fields: [], programs: [], segments: [], campaigns: [] };
const EVERYONE = 'is anyone at all';

function say(tree: Tree, holds: boolean, names: SentenceNames): Said {
  if (!isGroup(tree)) {
    const { is, isNot } =
      tree.kind === 'everyone' ? { is: EVERYONE, isNot: 'is nobody' } : predicate(tree, names);
    return { join: 'and', parts: [holds ? is : isNot] };
  }
  const join = (tree.kind === 'any') === holds ? 'or' : 'and';
  const each = tree.kind === 'none' ? !holds : holds;
  const parts = tree.of.flatMap((child): (string | Said)[] => {
    const said = say(child, each, names);
    return said.join === join || said.parts.length === 1 ? said.parts : [said];
  });
  const [only] = parts;
  return parts.length === 1 && typeof only === 'object' ? only : { join, parts };
}

/** Puts nested groups in brackets, and commas between three or more parts. */
function joined({ join, parts }: Said): string {
  const texts = parts.map((part) => (typeof part === 'string' ? part : `(${joined(part)})`));
  const last = texts.at(-1) ?? '';
  if (texts.length <= 2) return texts.join(` ${join} `);
  return `${texts.slice(0, -1).join(', ')}, ${join} ${last}`;
}
