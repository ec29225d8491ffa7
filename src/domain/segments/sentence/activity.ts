import { dateAfter } from '../../hours/local-time.ts';
import { dayWords } from '../../hours/moment-words.ts';
import type { LeafOf } from '../tree.ts';
import { amongWords, type Names, type Predicate, quoted, within } from './wording.ts';

const ACTS: ReadonlyMap<string, [past: string, verb: string]> = new Map([
  ['purchase', ['bought', 'buy']],
  ['click', ['clicked a link', 'click a link']],
]);

export function didPredicate(leaf: LeafOf<'did'> | LeafOf<'did-not'>): Predicate {
  const { event } = leaf;
  const [past, verb] = ACTS.get(event) ?? [`did ${quoted(event)}`, `do ${quoted(event)}`];
  const rest = [...(leaf.kind === 'did' ? [...often(leaf), ...worth(leaf)] : []), ...during(leaf)];
  const [did, didNot] = [[past, ...rest].join(' '), [`did not ${verb}`, ...rest].join(' ')];
  return leaf.kind === 'did' ? { is: did, isNot: didNot } : { is: didNot, isNot: did };
}

/** Whoever did it at most so often did it once: "1 to 3 times" says that, "at most 3 times" does not. */
function often({ times = 1, timesAtMost: most }: LeafOf<'did'>): string[] {
  if (most === undefined) return times > 1 ? [`at least ${times} times`] : [];
  if (times < most) return [`${times} to ${most} times`];
  return [most === 1 ? 'exactly once' : `exactly ${most} times`];
}

function worth({ sum, sumAtMost: most }: LeafOf<'did'>): string[] {
  if (sum === undefined && most === undefined) return [];
  if (most === undefined) return [`for at least ${sum} in all`];
  if (sum === undefined) return [`for at most ${most} in all`];
  return [sum === most ? `for exactly ${sum} in all` : `for ${sum} to ${most} in all`];
}

/** Both ends of a stretch are said as days that belong to it. */
function during({ days, since, before }: LeafOf<'did'> | LeafOf<'did-not'>): string[] {
  if (since !== undefined && before !== undefined) {
    const [first, last] = [dayWords(since), dayWords(dateAfter(before, -1))];
    return [first === last ? `on ${first}` : `from ${first} to ${last}`];
  }
  if (since !== undefined) return [`since ${dayWords(since)}`];
  return before === undefined ? lately(days) : [`before ${dayWords(before)}`];
}

export function engagementPredicate({ oneOf }: LeafOf<'engagement'>): Predicate {
  const levels = amongWords(oneOf.map((level) => level.replace('-', ' ')));
  return { is: `is ${levels} by engagement`, isNot: `is not ${levels} by engagement` };
}

export function sentPredicate(
  { campaign, delivered, clicked, days }: LeafOf<'sent'>,
  { campaigns }: Names,
): Predicate {
  const name = campaigns.find(({ id }) => id === campaign)?.name ?? campaign;
  const what = name === undefined ? 'any campaign' : `the campaign ${quoted(name)}`;
  if (clicked !== undefined) {
    const received = delivered === undefined ? '' : 'received ';
    const rest = [`message of ${what}`, ...lately(days).map((when) => `sent ${when}`)].join(' ');
    const kind = `${received}${clicked ? 'clicked' : 'unclicked'}`;
    return {
      is: `has ${kind.startsWith('u') ? 'an' : 'a'} ${kind} ${rest}`,
      isNot: `has no ${kind} ${rest}`,
    };
  }
  const rest = [what, ...lately(days)].join(' ');
  const got = delivered === undefined ? 'was sent' : 'has received';
  const none = delivered === undefined ? 'was not sent' : 'is not known to have received';
  return { is: `${got} ${rest}`, isNot: `${none} ${rest}` };
}

export function repliedPredicate({ days }: LeafOf<'replied'>): Predicate {
  const rest = ['us', ...lately(days)].join(' ');
  return { is: `texted ${rest}`, isNot: `did not text ${rest}` };
}

export function ignoredPredicate({ last }: LeafOf<'ignored'>): Predicate {
  const what = last === 1 ? 'the last campaign message' : `the last ${last} campaign messages`;
  return { is: `ignored ${what}`, isNot: `did not ignore ${what}` };
}

const lately = (days: number | undefined): string[] => (days === undefined ? [] : [within('last', days)]);
