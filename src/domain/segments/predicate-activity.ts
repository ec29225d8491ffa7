import type { LeafOf } from './tree.ts';
import { amongWords, type Names, type Predicate, quoted, within } from './wording.ts';

const ACTS: ReadonlyMap<string, [past: string, verb: string]> = new Map([
  ['purchase', ['bought', 'buy']],
  ['click', ['clicked a link', 'click a link']],
  ['reply', ['replied', 'reply']],
]);

export function didPredicate({ event, days, ...more }: LeafOf<'did'> | LeafOf<'did-not'>): Predicate {
  const [past, verb] = ACTS.get(event) ?? [`did ${quoted(event)}`, `do ${quoted(event)}`];
  const rest = [
    ...('times' in more && more.times !== undefined && more.times > 1
      ? [`at least ${more.times} times`]
      : []),
    ...('sum' in more && more.sum !== undefined ? [`for at least ${more.sum} in all`] : []),
    ...lately(days),
  ];
  const [did, didNot] = [[past, ...rest].join(' '), [`did not ${verb}`, ...rest].join(' ')];
  return more.kind === 'did' ? { is: did, isNot: didNot } : { is: didNot, isNot: did };
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
