import { saveCampaignSettings, showCampaignSettings } from '../../campaigns/approval.ts';
import type { AppContext } from '../../consent/app-context.ts';
import { lastOfAct } from '../../consent/audit/audit-trail.ts';
import { reportRetention, setWordsDays } from '../../contacts/retention.ts';
import { saveVerificationRules, showVerificationRules } from '../../contacts/verification.ts';
import type { Actor } from '../../domain/access/actor.ts';
import { may, type Permission } from '../../domain/access/permissions.ts';
import type { AuditAct } from '../../domain/audit/acts.ts';
import { BREAKER_RULES, type BreakerRule, USUAL_LIMITS } from '../../domain/campaigns/auto-pause.ts';
import { showTime } from '../../domain/console-time.ts';
import {
  LEAST_DAYS_TO_NEW_HOLDER,
  USUAL_VERIFICATION,
  type VerificationRules,
} from '../../domain/hygiene/number-verification.ts';
import { USUAL_WORDS_DAYS, WORDS_DAYS } from '../../domain/retention.ts';
import { definePage, type PageCall, refuse } from '../page.ts';
import { actorOf } from '../viewer.ts';
import { FRESH, type Shown, typedIn } from './queue.ts';

/** What reading and writing a setting needs. */
type SettingContext = Pick<AppContext, 'audit' | 'log' | 'lookup' | 'now' | 'store'>;

/** A setting of one number that somebody may change here. */
type NumberSetting = {
  id: string;
  name: string;
  meaning: string;
  unit: string;
  least: number;
  most: number;
  /** Places after the point. */
  places: 0 | 2;
  /** What holds while nobody changed it. Null: no limit. */
  usual: number | null;
  /** Whether an empty field means that there is no limit. */
  mayBeNone: boolean;
  permission: Permission;
  /** The act by which the audit trail has its changes. */
  act: AuditAct;
  read: (context: SettingContext) => Promise<number | null>;
  write: (context: SettingContext, actor: Actor, value: number | null) => Promise<void>;
};

const COUNT = { places: 0, mayBeNone: false, permission: 'programs:write' } as const;

const WORDS: NumberSetting = {
  ...COUNT,
  id: 'words-days',
  name: 'Words of texts are kept',
  meaning:
    'After that time the words go and the facts stay. Fewer days delete words at the next nightly run, for good.',
  unit: 'days',
  ...WORDS_DAYS,
  usual: USUAL_WORDS_DAYS,
  permission: 'jobs:manage',
  act: 'retention-set',
  read: async (context) => (await reportRetention(context)).wordsDays,
  write: (context, actor, value) => setWordsDays(context, { actor, days: value ?? USUAL_WORDS_DAYS }),
};

const APPROVAL: NumberSetting = {
  ...COUNT,
  id: 'approval-over',
  name: 'A second person approves campaigns to more than',
  meaning: 'Empty: no campaign needs a second person.',
  unit: 'people',
  least: 0,
  most: 100_000_000,
  usual: null,
  mayBeNone: true,
  act: 'campaign-rules-saved',
  read: async (context) => (await showCampaignSettings(context)).approvalOver,
  write: async (context, actor, value) => {
    const settings = await showCampaignSettings(context);
    await saveCampaignSettings(context, { actor, settings: { ...settings, approvalOver: value } });
  },
};

const HUNDREDTHS = 100;

const breakerSetting = (rule: BreakerRule): NumberSetting => ({
  ...COUNT,
  id: `pause-${rule}`,
  name: `A campaign pauses by itself above this share of ${rule.replaceAll('-', ' ')}`,
  meaning: `Counted over the last ${USUAL_LIMITS[rule].windowMinutes} minutes, unless PUT /campaign-rules set another time.`,
  unit: '%',
  least: 0,
  most: 100,
  places: 2,
  usual: USUAL_LIMITS[rule].most / HUNDREDTHS,
  act: 'campaign-rules-saved',
  read: async (context) => (await showCampaignSettings(context)).breaker[rule].most / HUNDREDTHS,
  write: async (context, actor, value) => {
    const settings = await showCampaignSettings(context);
    const limit = { ...settings.breaker[rule], most: Math.round((value ?? 0) * HUNDREDTHS) };
    const breaker = { ...settings.breaker, [rule]: limit };
    await saveCampaignSettings(context, { actor, settings: { ...settings, breaker } });
  },
});

type RuleOfNumbers = 'cacheDays' | 'dailyBudget' | 'reassignedAfterDays';

const numberRule = (
  rule: RuleOfNumbers,
  words: Pick<NumberSetting, 'id' | 'name' | 'meaning' | 'unit' | 'least' | 'most'>,
): NumberSetting => ({
  ...COUNT,
  ...words,
  usual: USUAL_VERIFICATION[rule],
  act: 'verification-rules-saved',
  read: async (context) => (await showVerificationRules(context)).rules[rule],
  write: async (context, actor, value) => {
    const { rules } = await showVerificationRules(context);
    const changed: VerificationRules = { ...rules, [rule]: value ?? USUAL_VERIFICATION[rule] };
    await saveVerificationRules(context, changed, actor);
  },
});

const SETTINGS: readonly NumberSetting[] = [
  WORDS,
  APPROVAL,
  ...BREAKER_RULES.map(breakerSetting),
  numberRule('dailyBudget', {
    id: 'lookup-budget',
    name: 'Questions to the carrier about numbers, at most',
    meaning: 'Each costs money. What is over waits until the next day, in UTC.',
    unit: 'a day',
    least: 0,
    most: 10_000_000,
  }),
  numberRule('cacheDays', {
    id: 'lookup-days',
    name: 'The carrier’s answer about a number is good for',
    meaning: 'After that the number may be asked about again.',
    unit: 'days',
    least: 1,
    most: 366,
  }),
  numberRule('reassignedAfterDays', {
    id: 'holder-days',
    name: 'Ask about a new holder after this time without a proof',
    meaning: 'A text of the person is a proof. Numbers that changed hands lose their consent.',
    unit: 'days',
    least: LEAST_DAYS_TO_NEW_HOLDER,
    most: 366,
  }),
];

type Read = { setting: NumberSetting; value: number | null };

async function readAll(context: SettingContext): Promise<Read[]> {
  return Promise.all(SETTINGS.map(async (setting) => ({ setting, value: await setting.read(context) })));
}

const valueWords = ({ t }: Pick<PageCall, 't'>, { unit }: NumberSetting, value: number | null): string =>
  value === null ? t('no limit') : `${value.toLocaleString('en-US')} ${unit}`;

/** Settings that are saved together share the time and the name of their last change. */
async function lastChanges({ context, viewer }: PageCall): Promise<ReadonlyMap<AuditAct, string>> {
  const acts = [...new Set(SETTINGS.map(({ act }) => act))];
  const found = await Promise.all(acts.map(async (act) => [act, await lastOfAct(context, act)] as const));
  return new Map(
    found.flatMap(([act, last]) =>
      last === null
        ? []
        : [[act, `${last.who}, ${showTime(last.at, viewer.zone, viewer.language)}`] as const],
    ),
  );
}

const list = definePage({
  method: 'get',
  path: '/settings',
  permission: 'programs:read',
  handle: async (call) => {
    const { context, show, t, viewer } = call;
    const [read, last] = [await readAll(context), await lastChanges(call)];
    const changed = read.filter(({ setting, value }) => value !== setting.usual).length;
    await show('setup/settings', {
      title: t('Settings'),
      changed,
      settings: read.map(({ setting, value }) => ({
        id: setting.id,
        name: t(setting.name),
        meaning: t(setting.meaning),
        value: valueWords(call, setting, value),
        usual: valueWords(call, setting, setting.usual),
        isUsual: value === setting.usual,
        last: last.get(setting.act) ?? null,
        mayChange: may(viewer.role, setting.permission),
      })),
    });
  },
});

const settingOf = ({ request }: PageCall): NumberSetting | undefined =>
  SETTINGS.find(({ id }) => id === request.params.id);

async function showForm(call: PageCall, { typed, fault, status }: Shown = FRESH): Promise<void> {
  const { context, show, t } = call;
  const setting = settingOf(call);
  if (setting === undefined) return show('not-found', { title: t('Nothing is here') }, 404);
  if (!may(call.viewer.role, setting.permission)) return refuse(call, setting.permission);
  const value = await setting.read(context);
  await show(
    'setup/setting',
    {
      title: t(setting.name),
      id: setting.id,
      meaning: t(setting.meaning),
      now: valueWords(call, setting, value),
      usual: valueWords(call, setting, setting.usual),
      unit: setting.unit,
      value: typed.value ?? value ?? '',
      was: value ?? '',
      fault,
    },
    status,
  );
}

const edit = definePage({
  method: 'get',
  path: '/settings/:id',
  permission: 'programs:write',
  handle: (call) => showForm(call),
});

/** The number that was typed, or what is wrong with it. */
function readValue({ t }: Pick<PageCall, 't'>, setting: NumberSetting, text: string) {
  const { least, most, places, mayBeNone } = setting;
  const typed = text.trim().replaceAll(',', '');
  if (typed === '' && mayBeNone) return { value: null };
  const isNumber = places === 0 ? /^\d{1,9}$/.test(typed) : /^\d{1,3}(\.\d{1,2})?$/.test(typed);
  const value = Number(typed);
  if (isNumber && value >= least && value <= most) return { value };
  const range = { least: least.toLocaleString('en-US'), most: most.toLocaleString('en-US') };
  return {
    fault:
      places === 0
        ? t('Type a whole number from {least} to {most}.', range)
        : t('Type a number from {least} to {most}, with two places at most.', range),
  };
}

const save = definePage({
  method: 'post',
  path: '/settings/:id',
  permission: 'programs:write',
  handle: async (call) => {
    const { context, viewer, t, go, show } = call;
    const setting = settingOf(call);
    if (setting === undefined) return show('not-found', { title: t('Nothing is here') }, 404);
    if (!may(viewer.role, setting.permission)) return refuse(call, setting.permission);
    const typed = typedIn(call);
    const refused = (fault: string) => showForm(call, { typed, fault, status: 422 });
    const read = readValue(call, setting, typed.value ?? '');
    if (read.fault !== undefined) return refused(read.fault);
    const current = await setting.read(context);
    if (current === read.value)
      return go('/console/settings', { kind: 'good', text: t('It was so already.') });
    if (String(current ?? '') !== typed.was)
      return refused(t('Somebody changed it meanwhile. Look at it again, then save.'));
    await setting.write(context, actorOf(viewer), read.value);
    const values = {
      before: valueWords(call, setting, current),
      after: valueWords(call, setting, read.value),
    };
    go('/console/settings', { kind: 'good', text: t('Changed from {before} to {after}.', values) });
  },
});

/** What an operator may set, with its meaning, its value and who changed it. */
export const SETTING_PAGES = [list, edit, save];
