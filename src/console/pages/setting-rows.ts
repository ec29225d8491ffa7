import { saveCampaignSettings, showCampaignSettings } from '../../campaigns/approval.ts';
import type { AppContext } from '../../consent/app-context.ts';
import { reportRetention, setWordsDays } from '../../contacts/retention.ts';
import { saveVerificationRules, showVerificationRules } from '../../contacts/verification.ts';
import type { Actor } from '../../domain/access/actor.ts';
import type { Permission } from '../../domain/access/permissions.ts';
import type { AuditAct } from '../../domain/audit/acts.ts';
import { BREAKER_RULES, type BreakerRule, USUAL_LIMITS } from '../../domain/campaigns/auto-pause.ts';
import { readMicros, written } from '../../domain/campaigns/cost.ts';
import {
  LEAST_DAYS_TO_NEW_HOLDER,
  type LineType,
  REFUSED_LINES,
  USUAL_VERIFICATION,
  type VerificationRules,
} from '../../domain/hygiene/number-verification.ts';
import { USUAL_WORDS_DAYS, WORDS_DAYS } from '../../domain/retention.ts';
import type { PageCall } from '../page.ts';

/** What reading and writing a setting needs. */
export type SettingContext = Pick<AppContext, 'audit' | 'log' | 'lookup' | 'now' | 'store'>;

/** How a value is typed. A value is text: of several choices, their codes with commas between them. */
type SettingInput =
  | {
      kind: 'number';
      unit: string;
      least: number;
      most: number;
      /** Most places after the point. */
      places: number;
      /** What an empty field means; null: the field may not be empty. */
      none: string | null;
    }
  | { kind: 'one' | 'some'; choices: readonly { value: string; label: string }[] };

/** A setting that somebody may change on its own page. */
export type ChangeableSetting = {
  id: string;
  /** The stored setting, and which part of it this is. */
  storedAs: { setting: string; part: string };
  name: string;
  meaning: string;
  input: SettingInput;
  /** What holds while nobody changed it. */
  usual: string;
  permission: Permission;
  /** The act by which the audit trail has its changes. */
  act: AuditAct;
  read: (context: SettingContext) => Promise<string>;
  write: (context: SettingContext, actor: Actor, value: string) => Promise<void>;
  /** What else holds for it at present. */
  detail?: (context: SettingContext, t: PageCall['t']) => Promise<string>;
};

const WHOLE = { kind: 'number', places: 0, none: null } as const;

const WORDS: ChangeableSetting = {
  id: 'words-days',
  storedAs: { setting: 'retention days', part: 'days' },
  name: 'Words of texts are kept',
  meaning:
    'After that time the words go and the facts stay. Fewer days delete words at the next nightly run, for good.',
  input: { ...WHOLE, unit: 'days', ...WORDS_DAYS },
  usual: String(USUAL_WORDS_DAYS),
  permission: 'jobs:manage',
  act: 'retention-set',
  read: async (context) => String((await reportRetention(context)).wordsDays),
  write: (context, actor, value) => setWordsDays(context, { actor, days: Number(value) }),
};

const APPROVAL: ChangeableSetting = {
  id: 'approval-over',
  storedAs: { setting: 'campaign rules', part: 'approvalOver' },
  name: 'A second person approves campaigns to more than',
  meaning: 'Empty: no campaign needs a second person.',
  input: { ...WHOLE, unit: 'people', least: 0, most: 100_000_000, none: 'no limit' },
  usual: '',
  permission: 'campaigns:limit',
  act: 'campaign-rules-saved',
  read: async (context) => String((await showCampaignSettings(context)).approvalOver ?? ''),
  write: async (context, actor, value) => {
    const settings = await showCampaignSettings(context);
    const approvalOver = value === '' ? null : Number(value);
    await saveCampaignSettings(context, { actor, settings: { ...settings, approvalOver } });
  },
};

const HUNDREDTHS = 100;

/** When a campaign pauses by itself, and what counts for it. */
const BREAKER_WORDS: Readonly<Record<BreakerRule, { name: string; meaning: string }>> = {
  'sender-refused': {
    name: 'Pause a campaign when the carrier refuses our number for more than',
    meaning: 'Counts messages that the carrier did not take because of the number they came from.',
  },
  filtered: {
    name: 'Pause a campaign when carriers filter out more than',
    meaning: 'Counts messages that a carrier took for spam.',
  },
  'opt-outs': {
    name: 'Pause a campaign when more than this share opts out',
    meaning: 'Counts people who opted out after the message.',
  },
  failures: {
    name: 'Pause a campaign when delivery fails for more than',
    meaning: 'Counts all messages that did not arrive, whatever the cause.',
  },
  unknown: {
    name: 'Pause a campaign when nobody knows what became of more than',
    meaning: 'Counts messages whose outcome the carrier did not tell.',
  },
  complaints: {
    name: 'Pause a campaign when more than this share complains',
    meaning: 'Counts people who complained in a text after the message.',
  },
};

const breakerSetting = (rule: BreakerRule): ChangeableSetting => ({
  id: `pause-${rule}`,
  storedAs: { setting: 'campaign rules', part: rule },
  ...BREAKER_WORDS[rule],
  input: { kind: 'number', unit: '% of messages', least: 0, most: 100, places: 2, none: null },
  usual: String(USUAL_LIMITS[rule].most / HUNDREDTHS),
  permission: 'campaigns:limit',
  act: 'campaign-rules-saved',
  read: async (context) => String((await showCampaignSettings(context)).breaker[rule].most / HUNDREDTHS),
  write: async (context, actor, value) => {
    const settings = await showCampaignSettings(context);
    const limit = { ...settings.breaker[rule], most: Math.round(Number(value) * HUNDREDTHS) };
    const breaker = { ...settings.breaker, [rule]: limit };
    await saveCampaignSettings(context, { actor, settings: { ...settings, breaker } });
  },
  detail: async (context, t) => {
    const { least, leastHits, windowMinutes } = (await showCampaignSettings(context)).breaker[rule];
    const counted = t('Of the last 1 minute || Of the last {count} minutes', { count: windowMinutes });
    const from = t('from 1 message on || from {count} messages on', { count: least });
    const cases = t('at least 1 case || at least {count} cases', { count: leastHits });
    return t('{counted}, {from}, {cases}; PUT /campaign-rules changes these.', { counted, from, cases });
  },
});

type VerificationWords = Pick<ChangeableSetting, 'id' | 'name' | 'meaning' | 'input'>;

/** A setting that is one of the rules of verification. `of` and `as` turn the rule into text and back. */
function verificationSetting<Rule extends keyof VerificationRules>(
  rule: Rule,
  words: VerificationWords,
  of: (rule: VerificationRules[Rule]) => string,
  as: (text: string) => VerificationRules[Rule],
): ChangeableSetting {
  return {
    ...words,
    storedAs: { setting: 'verification rules', part: rule },
    usual: of(USUAL_VERIFICATION[rule]),
    permission: 'programs:write',
    act: 'verification-rules-saved',
    read: async (context) => of((await showVerificationRules(context)).rules[rule]),
    write: async (context, actor, value) => {
      const { rules } = await showVerificationRules(context);
      await saveVerificationRules(context, { ...rules, [rule]: as(value) }, actor);
    },
  };
}

/** What the carrier or the numbering plan says of a line, as staff reads it. */
export const LINE_WORDS: Readonly<Record<LineType, string>> = {
  mobile: 'Mobile phone',
  landline: 'Landline',
  'fixed-voip': 'Internet line of a building',
  'non-fixed-voip': 'Internet phone',
  personal: 'Number that forwards to another',
  'toll-free': 'Toll-free number',
  premium: 'Premium-rate number',
  'shared-cost': 'Shared-cost number',
  company: 'Number of a company',
  voicemail: 'Voice mailbox',
  pager: 'Pager',
  unknown: 'Kind of line not known',
};

const ROUTES_THAT_ASK = {
  none: { opt_ins: 'plan', contacts: 'plan' },
  opt_ins: { opt_ins: 'lookup', contacts: 'plan' },
  contacts: { opt_ins: 'plan', contacts: 'lookup' },
  both: { opt_ins: 'lookup', contacts: 'lookup' },
} as const satisfies Record<string, VerificationRules['doors']>;
type RoutesThatAsk = keyof typeof ROUTES_THAT_ASK;

const routesOf = ({ opt_ins: joins, contacts }: VerificationRules['doors']): RoutesThatAsk => {
  if (joins === 'lookup') return contacts === 'lookup' ? 'both' : 'opt_ins';
  return contacts === 'lookup' ? 'contacts' : 'none';
};

const isRoutes = (text: string): text is RoutesThatAsk => Object.hasOwn(ROUTES_THAT_ASK, text);

/** The rules by which numbers are verified. */
export const VERIFICATION_SETTINGS: readonly ChangeableSetting[] = [
  verificationSetting(
    'doors',
    {
      id: 'lookup-routes',
      name: 'New numbers that the carrier is asked about',
      meaning: 'Others are judged by the numbering plan alone, which costs nothing and knows less.',
      input: {
        kind: 'one',
        choices: [
          { value: 'both', label: 'those of requests to join and of saved contacts' },
          { value: 'opt_ins', label: 'those of requests to join' },
          { value: 'contacts', label: 'those of contacts that are saved one by one' },
          { value: 'none', label: 'none' },
        ],
      },
    },
    routesOf,
    (text) => ROUTES_THAT_ASK[isRoutes(text) ? text : 'none'],
  ),
  verificationSetting(
    'accepted',
    {
      id: 'lookup-lines',
      name: 'Lines that are accepted although they usually get no texts',
      meaning:
        'Some landlines do get texts. Numbers of the kinds that are not chosen are refused, and their consent ends.',
      input: {
        kind: 'some',
        choices: REFUSED_LINES.map((line) => ({ value: line, label: LINE_WORDS[line] })),
      },
    },
    (lines) => REFUSED_LINES.filter((line) => lines.includes(line)).join(','),
    (text) => REFUSED_LINES.filter((line) => text.split(',').includes(line)),
  ),
  verificationSetting(
    'cacheDays',
    {
      id: 'lookup-days',
      name: 'The carrier’s answer about a number is good for',
      meaning: 'After that the number may be asked about again.',
      input: { ...WHOLE, unit: 'days', least: 1, most: 366 },
    },
    String,
    Number,
  ),
  verificationSetting(
    'dailyBudget',
    {
      id: 'lookup-budget',
      name: 'Questions to the carrier about numbers, at most',
      meaning: 'Each costs money. What is over waits until the next day, in UTC.',
      input: { ...WHOLE, unit: 'a day', least: 0, most: 10_000_000 },
    },
    String,
    Number,
  ),
  verificationSetting(
    'questionMicros',
    {
      id: 'lookup-price',
      name: 'Price of a question about a number',
      meaning: 'By the carrier’s contract, in the currency of the price table. Empty: no cost is shown.',
      input: { kind: 'number', unit: 'each', least: 0, most: 100, places: 6, none: 'not known' },
    },
    (micros) => (micros === null ? '' : written(micros)),
    (text) => (text === '' ? null : readMicros(text)),
  ),
  verificationSetting(
    'reassignedAfterDays',
    {
      id: 'holder-days',
      name: 'Ask about a new holder after this time without a proof',
      meaning: 'A text of the person is a proof. Numbers that changed hands lose their consent.',
      input: { ...WHOLE, unit: 'days', least: LEAST_DAYS_TO_NEW_HOLDER, most: 366 },
    },
    String,
    Number,
  ),
];

/** Every setting that has a page to change it. */
export const SETTINGS: readonly ChangeableSetting[] = [
  WORDS,
  APPROVAL,
  ...BREAKER_RULES.map(breakerSetting),
  ...VERIFICATION_SETTINGS,
];

/** A value in words. */
export function valueWords({ t }: Pick<PageCall, 't'>, { input }: ChangeableSetting, value: string): string {
  if (input.kind !== 'number') {
    const chosen = new Set(value.split(','));
    const labels = input.choices.filter((choice) => chosen.has(choice.value)).map(({ label }) => t(label));
    return labels.length === 0 ? t('none') : labels.join(', ');
  }
  if (value === '') return t(input.none ?? 'none');
  return `${Number(value).toLocaleString('en-US', { maximumFractionDigits: 6 })} ${input.unit}`;
}
