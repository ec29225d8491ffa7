import { HOW } from '../../consent/status-sentence.ts';
import type { LeafOf } from '../tree.ts';
import type { SegmentContext } from './clause.ts';
import {
  ageBounds,
  among,
  amongWords,
  between,
  daysOf,
  type Filter,
  type Predicate,
  type SentenceNames,
  scalar,
  span,
  type ValueRange,
  values,
  within,
} from './clause.ts';
import type { ClauseFault } from './shapes.ts';

export function programFaults(
  { program, topics = [] }: LeafOf<'subscription'>,
  { programs }: SegmentContext,
): ClauseFault[] {
  const meant = program === undefined ? programs : programs.filter((candidate) => candidate.id === program);
  if (meant.length === 0 && program !== undefined) {
    return [{ path: '/program', problem: 'There is no such program.' }];
  }
  const there = new Set(meant.flatMap((candidate) => candidate.topics.map(({ id }) => id)));
  return topics.flatMap((topic, at) =>
    there.has(topic) ? [] : [{ path: `/topics/${at}`, problem: 'There is no such topic in the program.' }],
  );
}

/**
 * A person has one subscription to each program, in one state, based on one consent. Without a program the clause
 * implies nothing about a single value.
 */
export function subscriptionReaches(leaf: LeafOf<'subscription'>): ValueRange[] {
  const { program, state, channels } = leaf;
  if (program === undefined) return [];
  return [
    values(`subscription ${program}`, [state]),
    ...(channels === undefined ? [] : [values(`channel ${program}`, channels)]),
    ...span(`consent ${program}`, leaf),
  ];
}

/** `$elemMatch`: one subscription must meet all conditions; two may not meet them together. */
export function compileSubscription(leaf: LeafOf<'subscription'>, now: Date): Filter {
  const filter: Filter = {
    state: { $eq: scalar(leaf.state) },
    ...(leaf.program === undefined ? {} : { program: { $eq: scalar(leaf.program) } }),
    ...(leaf.topics === undefined ? {} : among('topics', leaf.topics)),
    ...(leaf.channels === undefined ? {} : among('basis.channel', leaf.channels)),
    ...(leaf.purposes === undefined ? {} : among('purposes', leaf.purposes)),
    ...between('basis.at', ageBounds(leaf, now)),
  };
  return { subscriptions: { $elemMatch: filter } };
}

const STATES: Record<LeafOf<'subscription'>['state'], [is: string, isNot: string]> = {
  pending: ['is being asked about', 'is not being asked about'],
  subscribed: ['is subscribed to', 'is not subscribed to'],
  unsubscribed: ['has left', 'has not left'],
  refused: ['said no to', 'did not say no to'],
  // The prompt was not answered, the consent became too old, or the number got a new holder. The person did not say
  // so in any of these cases.
  expired: ['had a question or consent end by itself for', 'had no question or consent end by itself for'],
};

export function consentPredicate(leaf: LeafOf<'subscription'>, { programs }: SentenceNames): Predicate {
  const [is, isNot] = STATES[leaf.state];
  const name = programs.find(({ id }) => id === leaf.program)?.name ?? leaf.program ?? 'any program';
  const more = [...details(leaf)];
  const rest = more.length === 0 ? name : `${name} (${more.join(', ')})`;
  return { is: `${is} ${rest}`, isNot: `${isNot} ${rest}` };
}

function details(leaf: LeafOf<'subscription'>): string[] {
  const { topics, channels, purposes, olderThanDays: older, newerThanDays: newer } = leaf;
  return [
    ...(topics === undefined ? [] : [`topic ${amongWords(topics)}`]),
    ...(purposes === undefined ? [] : [`for ${amongWords(purposes)} texts`]),
    ...(channels === undefined ? [] : [`consent ${amongWords(channels.map((channel) => HOW[channel]))}`]),
    ...(older === undefined ? [] : [`consent given more than ${daysOf(older)} ago`]),
    ...(newer === undefined ? [] : [`consent given ${within('last', newer)}`]),
  ];
}
