import type { Behaviour } from '../../src/simulator/behaviours.ts';
import { FILTERED_DAY, OUTAGE_DAYS } from './calendar.ts';
import { FAILING, type MonthCast, type Newcomer } from './cast.ts';
import type { NumberEvent } from './number-event.ts';

/** Of a hundred messages, those the carriers filter on the day on which they do. */
const FILTERED = 0.03;

/**
 * What the carrier does on one day, to whom. Error codes as Twilio reports them: its error dictionary, 30003 to 30008,
 * 21211.
 */
export function carrierOn({ members, newcomers }: MonthCast, day: number): Behaviour[] {
  const rules: Behaviour[] = [QUIETLY];
  for (const { number, event } of members) {
    const code = codeOf(event, day);
    if (code !== null) rules.push(undelivered({ number }, code));
    const line = lineOf(event, day);
    if (line !== null) rules.push({ match: { number }, on: 'lookup', effect: { kind: 'line', ...line } });
  }
  for (const newcomer of newcomers) if (newcomer.day <= day) rules.push(...ruleOfNewcomer(newcomer));
  if (day === FILTERED_DAY) rules.push(undelivered({ share: FILTERED }, 30007));
  if (!OUTAGE_DAYS.includes(day)) return rules;
  const cut = [...members, ...newcomers].filter(({ network }) => network === FAILING);
  return [...rules, ...cut.map(({ number }) => undelivered({ number }, 30003))];
}

/** Half of all receipts say that a message is on its way; whoever wants to know how it ends does without. */
const QUIETLY: Behaviour = { match: { status: 'sending' }, on: 'status', effect: { kind: 'lose' } };

const undelivered = (match: Behaviour['match'], code: number): Behaviour => ({
  ...{ match, on: 'create' },
  effect: { kind: 'errorCallback', code },
});

/** What Lookup says of a number, where it is asked. */
function lineOf(event: NumberEvent, day: number): { type: 'landline' } | { reassigned: 'yes' } | null {
  if (event.kind === 'landline' && day >= event.from) return { type: 'landline' };
  if (event.kind === 'reassigned' && event.known && day >= event.on) return { reassigned: 'yes' };
  return null;
}

function codeOf(event: NumberEvent, day: number): number | null {
  switch (event.kind) {
    case 'dead':
      return day >= event.from ? 30005 : null;
    case 'landline':
      return day >= event.from ? 30006 : null;
    case 'blocks':
      return day >= event.from ? 30004 : null;
    case 'off':
      return day >= event.from && day < event.to ? 30003 : null;
    case 'ported':
      return day === event.on ? 30008 : null;
    case 'reassigned':
      return event.listed && day >= listedOn(event.on) && day < event.on ? 30005 : null;
    default:
      return null;
  }
}

function ruleOfNewcomer({ number, kind }: Newcomer): Behaviour[] {
  if (kind === 'good') return [];
  if (kind === 'landline') return [undelivered({ number }, 30006)];
  return [{ match: { number }, on: 'create', effect: { kind: 'errorSync', code: 21211 } }];
}

/** A number may have a new holder three days after it was given up. Source: Infobip, "Number deactivation". */
const AGEING_DAYS = 3;
const listedOn = (reassigned: number): number => reassigned - AGEING_DAYS;

/** Numbers that the carriers' deactivation file of one day names. */
export function deactivatedOn({ members }: MonthCast, day: number): string[] {
  const isListed = (event: NumberEvent): boolean =>
    (event.kind === 'dead' && event.listed && event.from === day) ||
    (event.kind === 'reassigned' && event.listed && listedOn(event.on) === day);
  return members.filter(({ event }) => isListed(event)).map(({ number }) => number);
}
