import { type Measure, QUALITY_RULES, type QualityRule, type Thresholds } from './rules.ts';

type Guideline = { rule: Measure; aim: string; owner: string; entry: readonly string[] };

/** What to do where numbers are entered, from the rules that the list is judged by. */
export function guidelinesOf(inForce: ReadonlyMap<Measure, Thresholds>): Guideline[] {
  return QUALITY_RULES.map((rule) => ({
    rule: rule.id,
    aim: aimOf(rule, inForce.get(rule.id) ?? rule.usual),
    owner: rule.owner,
    entry: rule.entry,
  }));
}

function aimOf({ share, better, source }: QualityRule, { warn, fail, days }: Thresholds): string {
  const [least, bound] = better === 'higher' ? ['at least', 'below'] : ['at most', 'above'];
  const within = days === null ? '' : ` in ${days} days`;
  const because = source === null ? '' : ` It rests on ${source}.`;
  return `The share of ${share}${within} is ${least} ${percent(warn)}; ${bound} ${percent(fail)} it fails.${because}`;
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;

const TITLE = 'Entering numbers';
const INTRODUCTION =
  'How to ask for numbers so that the list stays clean. Made from the rules of quality; do not edit.';

export function asMarkdown(guidelines: readonly Guideline[]): string {
  const parts = guidelines.map(
    ({ rule, aim, owner, entry }) =>
      `## ${rule}\n\n${aim} Seen to by ${owner}.\n\n${entry.map((one) => `- ${one}`).join('\n')}\n`,
  );
  return [`# ${TITLE}\n`, `${INTRODUCTION}\n`, ...parts].join('\n');
}
