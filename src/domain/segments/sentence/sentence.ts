import { isGroup, type Tree } from '../tree.ts';
import { predicate } from './predicates.ts';
import type { Names } from './wording.ts';

/** One group of what must hold: parts are clauses as predicates, or groups joined by the other word. */
type Said = { join: 'and' | 'or'; parts: (string | Said)[] };

/**
 * The segment as one English sentence: "Everyone who lives in CA or NV, is 21 to 35, and did not buy in the last 90
 * days." A clause turned round by `none` says "not known to be" where people of whom nothing is known belong too.
 */
export function sentenceOf(tree: Tree, names: Names = UNNAMED): string {
  const said = say(tree, true, names);
  const parts = said.parts.filter((part) => part !== EVERYONE);
  if (parts.length === 0) return 'Everyone.';
  if (said.join === 'or' && parts.length < said.parts.length) return 'Everyone.';
  return `Everyone who ${joined({ ...said, parts })}.`;
}

const UNNAMED: Names = { fields: [], programs: [], segments: [], campaigns: [] };
const EVERYONE = 'is anyone at all';

function say(tree: Tree, holds: boolean, names: Names): Said {
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

/** Groups inside a group stand in brackets; a comma sets off what is not two simple parts. */
function joined({ join, parts }: Said): string {
  const texts = parts.map((part) => (typeof part === 'string' ? part : `(${joined(part)})`));
  const last = texts.at(-1) ?? '';
  if (texts.length <= 2) return texts.join(` ${join} `);
  return `${texts.slice(0, -1).join(', ')}, ${join} ${last}`;
}
