import { lastOfAct } from '../../consent/audit/audit-trail.ts';
import { may } from '../../domain/access/permissions.ts';
import type { AuditAct } from '../../domain/audit/acts.ts';
import { showTime } from '../../domain/console-time.ts';
import { definePage, type PageCall, refuse } from '../page.ts';
import { actorOf } from '../viewer.ts';
import { FRESH, type Shown, type Typed, typedIn } from './queue.ts';
import { type ChangeableSetting, SETTINGS, valueWords } from './setting-rows.ts';
import { SETTINGS_ELSEWHERE } from './settings-elsewhere.ts';

/** Settings that are saved together share the time and the name of their last change. */
async function lastChanges({ context, viewer }: PageCall): Promise<ReadonlyMap<AuditAct, string>> {
  const acts = [...new Set([...SETTINGS, ...SETTINGS_ELSEWHERE].map(({ act }) => act))];
  const found = await Promise.all(acts.map(async (act) => [act, await lastOfAct(context, act)] as const));
  return new Map(
    found.flatMap(([act, last]) =>
      last === null
        ? []
        : [[act, `${last.who}, ${showTime(last.at, viewer.zone, viewer.language)}`] as const],
    ),
  );
}

type LastChanges = Awaited<ReturnType<typeof lastChanges>>;

async function shownSetting(call: PageCall, setting: ChangeableSetting, last: LastChanges) {
  const { context, viewer, t } = call;
  const [value, detail] = await Promise.all([setting.read(context), setting.detail?.(context, t) ?? '']);
  return {
    id: setting.id,
    name: t(setting.name),
    meaning: `${t(setting.meaning)} ${detail}`.trim(),
    value: valueWords(call, setting, value),
    usual: valueWords(call, setting, setting.usual),
    isUsual: value === setting.usual,
    last: last.get(setting.act) ?? null,
    mayChange: may(viewer.role, setting.permission),
  };
}

/** Settings that are changed on other pages or by the API, with where. */
async function shownElsewhere({ context, options, t }: PageCall, last: LastChanges) {
  const shown = SETTINGS_ELSEWHERE.filter(({ needsAccounts }) => options.hasAccounts || !needsAccounts);
  return Promise.all(
    shown.map(async ({ id, name, meaning, usual, change, act, read }) => {
      const value = await read(context, t);
      return {
        ...{ id, name: t(name), meaning: t(meaning), usual: t(usual), isUsual: value === null },
        value: value ?? t(usual),
        last: last.get(act) ?? null,
        page: 'page' in change ? { href: change.page, label: t(change.label) } : null,
        route: 'route' in change ? change.route : null,
      };
    }),
  );
}

const list = definePage({
  method: 'get',
  path: '/settings',
  permission: 'programs:read',
  handle: async (call) => {
    const last = await lastChanges(call);
    const settings = await Promise.all(SETTINGS.map((setting) => shownSetting(call, setting, last)));
    const elsewhere = await shownElsewhere(call, last);
    await call.show('setup/settings', {
      title: call.t('Settings'),
      changed: [...settings, ...elsewhere].filter(({ isUsual }) => !isUsual).length,
      ...{ settings, elsewhere },
    });
  },
});

const settingOf = ({ request }: PageCall): ChangeableSetting | undefined =>
  SETTINGS.find(({ id }) => id === request.params.id);

async function showForm(call: PageCall, { typed, fault, status }: Shown = FRESH): Promise<void> {
  const { context, show, t } = call;
  const setting = settingOf(call);
  if (setting === undefined) return show('not-found', { title: t('Nothing is here') }, 404);
  if (!may(call.viewer.role, setting.permission)) return refuse(call, setting.permission);
  const value = await setting.read(context);
  const { input } = setting;
  const chosen = new Set((typed.value ?? value).split(','));
  const choices = input.kind === 'number' ? [] : input.choices;
  await show(
    'setup/setting',
    {
      title: t(setting.name),
      id: setting.id,
      meaning: t(setting.meaning),
      now: valueWords(call, setting, value),
      usual: valueWords(call, setting, setting.usual),
      unit: input.kind === 'number' ? input.unit : null,
      inputType: input.kind === 'one' ? 'radio' : 'checkbox',
      choices: choices.map(({ value: code, label }) => ({
        value: code,
        label: t(label),
        isChosen: chosen.has(code),
      })),
      value: typed.value ?? value,
      was: value,
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

/** What was typed or chosen, as text. Several ticked boxes come as a list. */
function chosenIn({ request }: PageCall): string {
  const { value } = (request.body ?? {}) as { value?: unknown };
  if (typeof value === 'string') return value.trim();
  return Array.isArray(value) ? value.filter((code) => typeof code === 'string').join(',') : '';
}

type ReadValue = { value: string; fault?: undefined } | { fault: string };

/** The value that was typed, or what is wrong with it. */
function readValue({ t }: Pick<PageCall, 't'>, { input }: ChangeableSetting, text: string): ReadValue {
  if (input.kind !== 'number') {
    const codes = text === '' ? [] : text.split(',');
    const known = input.choices.map(({ value }) => value).filter((code) => codes.includes(code));
    const fits = known.length === codes.length && (input.kind === 'some' || known.length === 1);
    return fits ? { value: known.join(',') } : { fault: t('Choose from the list.') };
  }
  const { least, most, places, none } = input;
  const typed = text.replaceAll(',', '');
  if (typed === '' && none !== null) return { value: '' };
  const isNumber = new RegExp(places === 0 ? '^\\d{1,9}$' : `^\\d{1,3}(\\.\\d{1,${places}})?$`).test(typed);
  const value = Number(typed);
  if (isNumber && value >= least && value <= most) return { value: String(value) };
  const range = { least: least.toLocaleString('en-US'), most: most.toLocaleString('en-US'), places };
  return {
    fault:
      places === 0
        ? t('Type a whole number from {least} to {most}.', range)
        : t('Type a number from {least} to {most}, with {places} places at most.', range),
  };
}

/** Prices are stored with two places at least, so equal numbers may be different texts. */
const isSame = ({ input }: ChangeableSetting, a: string, b: string): boolean =>
  a === b || (input.kind === 'number' && a !== '' && b !== '' && Number(a) === Number(b));

const save = definePage({
  method: 'post',
  path: '/settings/:id',
  permission: 'programs:write',
  handle: async (call) => {
    const { context, viewer, t, go, show } = call;
    const setting = settingOf(call);
    if (setting === undefined) return show('not-found', { title: t('Nothing is here') }, 404);
    if (!may(viewer.role, setting.permission)) return refuse(call, setting.permission);
    const typed: Typed = { ...typedIn(call), value: chosenIn(call) };
    const refused = (fault: string) => showForm(call, { typed, fault, status: 422 });
    const read = readValue(call, setting, typed.value ?? '');
    if (read.fault !== undefined) return refused(read.fault);
    const current = await setting.read(context);
    if (isSame(setting, current, read.value))
      return go('/console/settings', { kind: 'good', text: t('It was so already.') });
    if (!isSame(setting, current, typed.was ?? ''))
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
