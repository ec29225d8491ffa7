/** What is measured of some people, for the rules. */
export const MEASURES = [
  'complete',
  'zone',
  'fresh',
  'verified',
  'language',
  'duplicates',
  'bounces',
] as const;
export type Measure = (typeof MEASURES)[number];

/** Where a rule warns and where it fails, as shares from 0 to 1. `days`: how far back the rule looks. */
export type Thresholds = { warn: number; fail: number; days: number | null };

export type QualityRule = {
  id: Measure;
  /** What the share is of, as the end of "the share of ...". */
  share: string;
  better: 'higher' | 'lower';
  usual: Thresholds;
  /** Weight in the score. */
  weight: number;
  /** The team that is responsible. */
  owner: 'marketing' | 'compliance' | 'operations' | 'support';
  todo: string;
  /** Null: our own choice. */
  source: string | null;
  /** What to ask or do where numbers are entered, so that the rule is met. */
  entry: readonly string[];
};

export const QUALITY_RULES: readonly QualityRule[] = [
  {
    id: 'bounces',
    share: 'messages that failed because the number is disconnected, takes no texts or was out of reach',
    better: 'lower',
    usual: { warn: 0.02, fail: 0.05, days: 30 },
    weight: 3,
    owner: 'operations',
    todo: 'Check which source adds them (GET /quality) and how numbers are entered there, and verify its numbers.',
    source: null,
    entry: [
      'Write the number with + and the country code, as in +1 212 555 0123: no extension, no "tel:", one number alone.',
      'Ask for a mobile number. Landlines, toll-free numbers and short codes get no texts.',
      'Read the number back to the person, or let them type it twice.',
      'Prefer opt-ins that the phone itself sends: a keyword or a QR code cannot mistype its own number.',
    ],
  },
  {
    id: 'zone',
    share: 'people whose time zone is sure',
    better: 'higher',
    usual: { warn: 0.8, fail: 0.5, days: null },
    weight: 2,
    owner: 'marketing',
    todo: 'Ask for the ZIP code; without one the strictest hours of every place they may be in hold.',
    source: '47 CFR 64.1200(c)(1)',
    entry: [
      'Ask for the ZIP or postal code. An area code tells where a number is from, not where its person is.',
      'Where a system knows the time zone, send it as `place.zone`, a name such as America/Chicago.',
    ],
  },
  {
    id: 'fresh',
    share: 'people who confirmed or texted us',
    better: 'higher',
    usual: { warn: 0.8, fail: 0.5, days: 540 },
    weight: 2,
    owner: 'compliance',
    todo: 'Ask for consent again while it is valid, and remove people who do not answer.',
    source: null,
    entry: ['Ask people to join when they mean it. Consent from long ago is not made fresh by an import.'],
  },
  {
    id: 'verified',
    share: 'people whose number was verified',
    better: 'higher',
    usual: { warn: 0.8, fail: 0.3, days: 365 },
    weight: 1,
    owner: 'operations',
    todo: 'Run a verification of the list, and verify numbers where they are added.',
    source: null,
    entry: [
      'Let forms verify numbers at once: a wrong number is corrected while its person is there.',
      'After a list (POST /contacts/bulk) begin a verification of it: POST /verifications.',
    ],
  },
  {
    id: 'complete',
    share: 'people with a known name, ZIP code and birth date',
    better: 'higher',
    usual: { warn: 0.5, fail: 0.2, days: null },
    weight: 1,
    owner: 'marketing',
    todo: 'Ask for what is missing where people join, or save it with POST /contacts.',
    source: null,
    entry: [
      'Ask for a name (`first_name` or `last_name`), `place.zip` and `birth_date`, and say what each is for. Leave empty what the person does not say; never guess.',
      'Write a birth date as 1990-02-28.',
    ],
  },
  {
    id: 'language',
    share: 'people whose language is not known',
    better: 'lower',
    usual: { warn: 0.1, fail: 0.3, days: null },
    weight: 1,
    owner: 'marketing',
    todo: 'Give each language a keyword of its own, and send `language` with opt-ins of forms.',
    source: null,
    entry: ['Send the language of the form that the person read: `en`, `es` or `fr`.'],
  },
  {
    id: 'duplicates',
    share: 'people who seem to have a second number in the list',
    better: 'lower',
    usual: { warn: 0.02, fail: 0.05, days: null },
    weight: 1,
    owner: 'support',
    todo: 'Go through GET /people/candidates and merge those who are one person.',
    source: null,
    entry: [
      'Look a person up before adding them. Merge a new number of a known person; do not add a second contact.',
    ],
  },
];

/** Throws a RangeError when there is no such rule. */
export function ruleOf(id: Measure): QualityRule {
  const rule = QUALITY_RULES.find((qualityRule) => qualityRule.id === id);
  if (rule === undefined) throw new RangeError('there is no such rule');
  return rule;
}

const MOST_DAYS = 1095;

/** Faults of thresholds for a rule; empty when they are valid. */
export function faultsIn(
  rule: QualityRule,
  { warn, fail, days }: Thresholds,
): { field: keyof Thresholds; message: string }[] {
  const faults: { field: keyof Thresholds; message: string }[] = [];
  for (const [field, value] of [
    ['warn', warn],
    ['fail', fail],
  ] as const) {
    if (!(value >= 0 && value <= 1)) faults.push({ field, message: 'It must be a share from 0 to 1.' });
  }
  if (rule.better === 'higher' ? fail >= warn : fail <= warn) {
    const side = rule.better === 'higher' ? 'below' : 'above';
    faults.push({
      field: 'fail',
      message: `It must lie ${side} the warning level, because ${side} is worse here.`,
    });
  }
  if (rule.usual.days === null && days !== null)
    faults.push({ field: 'days', message: 'The rule has no period. Leave "days" out.' });
  if (rule.usual.days !== null && (days === null || !Number.isInteger(days) || days < 1 || days > MOST_DAYS))
    faults.push({ field: 'days', message: `It must be a whole number of days from 1 to ${MOST_DAYS}.` });
  return faults;
}

type Guideline = { rule: Measure; aim: string; owner: string; entry: readonly string[] };

/** What to do where numbers are entered, derived from the rules in force. */
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
      `## ${rule}\n\n${aim} Responsible: ${owner}.\n\n${entry.map((step) => `- ${step}`).join('\n')}\n`,
  );
  return [`# ${TITLE}\n`, `${INTRODUCTION}\n`, ...parts].join('\n');
}
