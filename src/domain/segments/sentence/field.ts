import { dayWords } from '../../hours/moment-words.ts';
import type { FieldTest } from '../clauses.ts';
import type { LeafOf } from '../tree.ts';
import { amongWords, type Names, type Predicate, quoted, unknownToo, within } from './wording.ts';

export function fieldPredicate({ name, test }: LeafOf<'field'>, { fields }: Names): Predicate {
  const label = quoted(fields.find((field) => field.name === name)?.label ?? name);
  if (test.kind === 'known') return { is: `has a ${label}`, isNot: `has no ${label}` };
  return unknownToo('has', `${label} ${tested(test)}`, 'have');
}

function tested(test: Exclude<FieldTest, { kind: 'known' }>): string {
  switch (test.kind) {
    case 'is':
      if (typeof test.value === 'boolean') return test.value ? 'as yes' : 'as no';
      return `as ${typeof test.value === 'string' ? quoted(test.value) : test.value}`;
    case 'one-of':
      return `as ${amongWords(test.values.map(quoted))}`;
    case 'starts-with':
      return `beginning with ${quoted(test.value)}`;
    case 'between':
      if (test.low === undefined) return `of at most ${test.high}`;
      return test.high === undefined ? `of at least ${test.low}` : `from ${test.low} to ${test.high}`;
    case 'before':
    case 'after':
      return `${test.kind} ${dayWords(test.date)}`;
    case 'within':
      return within(test.direction === 'past' ? 'last' : 'next', test.days);
  }
}
