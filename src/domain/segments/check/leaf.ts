import { EVENT_TYPE, EVENT_TYPE_LETTERS, isEveryObjects, SLUG, SLUG_LETTERS } from '../../audience/names.ts';
import { faultsInPlace } from '../../audience/places.ts';
import { EMPTY_PROFILE, type FieldType, isKeptSealed } from '../../audience/profile.ts';
import type { FieldTest } from '../clauses.ts';
import type { Fault, Leaf, LeafOf } from '../tree.ts';
import { isPlaced } from '../zips-near.ts';
import { activityFaults } from './activity.ts';
import type { Known } from './check.ts';
import { reversedFaults } from './range.ts';
import { sealedProblem } from './sealed-fields.ts';

/** What is wrong with one clause alone; the path begins at the clause. */
export function leafFaults(leaf: Leaf, known: Known): Fault[] {
  switch (leaf.kind) {
    case 'age':
      return rangeFaults(leaf.from, leaf.to, ['from', 'to'], '');
    case 'field':
      return fieldFaults(leaf, known);
    case 'stage':
      return [...stageFaults(leaf, known), ...spanFaults(leaf)];
    case 'country':
    case 'state':
    case 'zip':
    case 'zone':
      return placeFaults(leaf);
    case 'added':
      return leaf.olderThanDays === undefined && leaf.newerThanDays === undefined
        ? [{ path: '', problem: 'This clause asks nothing: it needs olderThanDays or newerThanDays.' }]
        : spanFaults(leaf);
    case 'subscription':
      return [...programFaults(leaf, known), ...spanFaults(leaf)];
    case 'did':
    case 'did-not':
      return [...typeFaults(leaf), ...activityFaults(leaf, known.now, known.isAskedLater === true)];
    case 'interest':
    case 'list':
      return nameFaults(leaf);
    case 'near':
      return isPlaced(leaf.zip) ? [] : [{ path: '/zip', problem: UNPLACED }];
    case 'sent':
      return leaf.campaign === undefined || known.campaigns.some(({ id }) => id === leaf.campaign)
        ? []
        : [{ path: '/campaign', problem: 'There is no such campaign.' }];
    default:
      return [];
  }
}

function stageFaults({ oneOf }: LeafOf<'stage'>, { stages }: Known): Fault[] {
  const problem = 'There is no such stage, and nobody is in it. GET /stages lists them.';
  return oneOf.flatMap((name, at) => (stages.has(name) ? [] : [{ path: `/oneOf/${at}`, problem }]));
}

/** No event of another shape is taken: a misspelt one would have been done by nobody. */
function typeFaults({ event }: LeafOf<'did' | 'did-not'>): Fault[] {
  const problem = `No event is of such a type: it is ${EVENT_TYPE_LETTERS}.`;
  return EVENT_TYPE.test(event) ? [] : [{ path: '/event', problem }];
}

function nameFaults({ kind, oneOf }: LeafOf<'interest' | 'list'>): Fault[] {
  const problem = `There can be no such ${kind}: its name is ${SLUG_LETTERS}.`;
  return oneOf.flatMap((name, at) =>
    SLUG.test(name) && !isEveryObjects(name) ? [] : [{ path: `/oneOf/${at}`, problem }],
  );
}

/** What a profile refuses nobody can have. */
function placeFaults({ kind, oneOf }: LeafOf<'country' | 'state' | 'zip' | 'zone'>): Fault[] {
  return oneOf.flatMap((value, at) =>
    faultsInPlace({ ...EMPTY_PROFILE.place, [kind]: value }).map(({ message }) => ({
      path: `/oneOf/${at}`,
      problem: message,
    })),
  );
}

const UNPLACED =
  'It is not known where this ZIP code lies: post-office boxes have no area. Take one of a street near by.';

function rangeFaults(
  low: number | undefined,
  high: number | undefined,
  names: readonly [string, string],
  at: string,
): Fault[] {
  if (low === undefined && high === undefined) {
    return [{ path: at, problem: `This clause asks nothing: it needs ${names.join(' or ')}.` }];
  }
  return reversedFaults(low, high, `${at}/${names[0]}`);
}

function spanFaults({ olderThanDays: older, newerThanDays: newer }: Spanned): Fault[] {
  if (older === undefined || newer === undefined || older < newer) return [];
  const problem = `Nobody can match: what is older than ${older} days is not newer than ${newer} days.`;
  return [{ path: '/olderThanDays', problem }];
}
type Spanned = { olderThanDays?: number; newerThanDays?: number };

const FITTING: Record<FieldTest['kind'], readonly FieldType[]> = {
  known: ['text', 'number', 'boolean', 'date'],
  is: ['text', 'number', 'boolean'],
  'one-of': ['text'],
  'starts-with': ['text'],
  between: ['number'],
  before: ['date'],
  after: ['date'],
  within: ['date'],
};
const JAVASCRIPT: Partial<Record<FieldType, string>> = {
  text: 'string',
  number: 'number',
  boolean: 'boolean',
};
const CALLED: Record<FieldType, string> = {
  text: 'a text',
  number: 'a number',
  boolean: 'true or false',
  date: 'a date',
};

function fieldFaults({ name, test }: LeafOf<'field'>, { fields }: Known): Fault[] {
  const field = fields.find((one) => one.name === name);
  if (!field) return [{ path: '/name', problem: 'There is no such field.' }];
  if (isKeptSealed(field)) return [{ path: '/name', problem: sealedProblem(field) }];
  const is = `“${field.label}” is ${CALLED[field.type]}`;
  if (!FITTING[test.kind].includes(field.type)) {
    return [{ path: '/test/kind', problem: `${is}; it cannot be asked this way.` }];
  }
  if (test.kind === 'is' && typeof test.value !== JAVASCRIPT[field.type]) {
    return [{ path: '/test/value', problem: `${is}, and the value is not.` }];
  }
  return test.kind === 'between' ? rangeFaults(test.low, test.high, ['low', 'high'], '/test') : [];
}

function programFaults({ program, topics = [] }: LeafOf<'subscription'>, { programs }: Known): Fault[] {
  const meant = program === undefined ? programs : programs.filter((one) => one.id === program);
  if (meant.length === 0 && program !== undefined) {
    return [{ path: '/program', problem: 'There is no such program.' }];
  }
  const there = new Set(meant.flatMap((one) => one.topics.map(({ id }) => id)));
  return topics.flatMap((topic, at) =>
    there.has(topic) ? [] : [{ path: `/topics/${at}`, problem: 'There is no such topic in the program.' }],
  );
}
