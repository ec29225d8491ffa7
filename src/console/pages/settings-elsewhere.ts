import { readTeam } from '../../access/staff.ts';
import { showPriceTable } from '../../campaigns/cost.ts';
import type { AppContext } from '../../consent/app-context.ts';
import { showStageSettings } from '../../contacts/events.ts';
import type { AuditAct } from '../../domain/audit/acts.ts';
import { countClassedCodes } from '../../receipts/unknown-codes.ts';
import { listQualityRules } from '../../reports/list-quality.ts';
import type { PageCall } from '../page.ts';

/** A setting that is shown here and changed elsewhere. */
type SettingElsewhere = {
  id: string;
  /** The stored setting. */
  storedAs: string;
  name: string;
  meaning: string;
  usual: string;
  /** Where it is changed: a page, or else a route of the API. */
  change: { page: string; label: string } | { route: string };
  act: AuditAct;
  /** Whether it is there only where members have accounts. */
  needsAccounts?: true;
  /** The value in words; null while it is as usual. */
  read: (context: Pick<AppContext, 'now' | 'store'>, t: PageCall['t']) => Promise<string | null>;
};

export const SETTINGS_ELSEWHERE: readonly SettingElsewhere[] = [
  {
    id: 'prices',
    storedAs: 'prices',
    name: 'Prices of messages',
    meaning: 'What one part costs by the carrier’s contract. Estimates and costs of campaigns use it.',
    usual: 'none, so no cost is shown',
    change: { page: '/console/prices', label: 'Prices' },
    act: 'prices-saved',
    read: async (context, t) => {
      const table = await showPriceTable(context);
      if (table === null) return null;
      return t('1 price in {currency} || {count} prices in {currency}', {
        count: table.prices.length,
        currency: table.currency,
      });
    },
  },
  {
    id: 'second-factor',
    storedAs: 'second factor required',
    name: 'Second factor at the sign-in',
    meaning: 'Where everybody needs one, whoever has none adds it on their next page.',
    usual: 'optional',
    change: { page: '/console/team', label: 'Team' },
    act: 'second-factor-rule-set',
    needsAccounts: true,
    read: async (context, t) =>
      (await readTeam(context)).isSecondFactorRequired ? t('everybody needs one') : null,
  },
  {
    id: 'quality',
    storedAs: 'quality rules',
    name: 'Limits of the quality of the list',
    meaning: 'From which share on a measure of the list warns or fails.',
    usual: 'as Assent came',
    change: { route: 'PUT /quality/rules/{rule}' },
    act: 'thresholds-set',
    read: async (context, t) => {
      const rules = await listQualityRules(context);
      const own = rules.filter(({ rule: { usual }, thresholds }) =>
        [
          usual.warn !== thresholds.warn,
          usual.fail !== thresholds.fail,
          usual.days !== thresholds.days,
        ].includes(true),
      );
      if (own.length === 0) return null;
      const names = own.map(({ rule }) => rule.id).join(', ');
      return t('other limits for {names}', { names });
    },
  },
  {
    id: 'stages',
    storedAs: 'own stages',
    name: 'Stages of customers',
    meaning: 'Names for where a customer stands, and rules that move people on who did nothing for long.',
    usual: 'the usual stages, without rules',
    change: { route: 'PUT /stages' },
    act: 'stages-defined',
    read: async (context, t) => {
      const { own, rules } = await showStageSettings(context);
      if (own.length === 0 && rules.length === 0) return null;
      const count = t('1 rule || {count} rules', { count: rules.length });
      return own.length === 0 ? count : t('also {names}; {rules}', { names: own.join(', '), rules: count });
    },
  },
  {
    id: 'error-codes',
    storedAs: 'error classes',
    name: 'Error codes that Assent does not know',
    meaning: 'What a person said that an unknown code of the carrier means.',
    usual: 'none classed',
    change: { route: 'POST /error-codes/{code}/classify' },
    act: 'error-code-classed',
    read: async (context, t) => {
      const count = await countClassedCodes(context);
      return count === 0 ? null : t('1 code classed || {count} codes classed', { count });
    },
  },
];
