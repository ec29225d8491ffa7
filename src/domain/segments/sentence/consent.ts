import { HOW } from '../../consent/inquiries/status-sentence.ts';
import type { LeafOf } from '../tree.ts';
import { amongWords, daysOf, type Names, type Predicate, within } from './wording.ts';

const STATES: Record<LeafOf<'subscription'>['state'], [is: string, isNot: string]> = {
  pending: ['is being asked about', 'is not being asked about'],
  subscribed: ['is subscribed to', 'is not subscribed to'],
  unsubscribed: ['has left', 'has not left'],
  refused: ['said no to', 'did not say no to'],
  // Unanswered, grown old, or ended with the number: none of it by their word.
  expired: ['had a question or consent end by itself for', 'had no question or consent end by itself for'],
};

export function consentPredicate(leaf: LeafOf<'subscription'>, { programs }: Names): Predicate {
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
    ...(channels === undefined ? [] : [`consent ${amongWords(channels.map((one) => HOW[one]))}`]),
    ...(older === undefined ? [] : [`consent given more than ${daysOf(older)} ago`]),
    ...(newer === undefined ? [] : [`consent given ${within('last', newer)}`]),
  ];
}
