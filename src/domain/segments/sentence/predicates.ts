import type { Leaf, LeafOf } from '../tree.ts';
import {
  didPredicate,
  engagementPredicate,
  ignoredPredicate,
  repliedPredicate,
  sentPredicate,
} from './activity.ts';
import { consentPredicate } from './consent.ts';
import { fieldPredicate } from './field.ts';
import { amongWords, daysOf, type Names, type Predicate, quoted, unknownToo, within } from './wording.ts';

/** A clause as what follows "Everyone who", and the same turned round. */
export function predicate(leaf: Exclude<Leaf, { kind: 'everyone' }>, names: Names): Predicate {
  switch (leaf.kind) {
    case 'age':
      return unknownToo('is', agePhrase(leaf), 'be');
    case 'known':
      return { is: `has a known ${WHAT[leaf.what]}`, isNot: `has no known ${WHAT[leaf.what]}` };
    case 'field':
      return fieldPredicate(leaf, names);
    case 'stage': {
      const where = `in the stage ${amongWords(leaf.oneOf.map(quoted))}${spent(leaf)}`;
      return { is: `is ${where}`, isNot: `is not ${where}` };
    }
    case 'added':
      return { is: `was added ${when(leaf)}`, isNot: `was not added ${when(leaf)}` };
    case 'subscription':
      return consentPredicate(leaf, names);
    case 'did':
    case 'did-not':
      return didPredicate(leaf);
    case 'sent':
      return sentPredicate(leaf, names);
    case 'replied':
      return repliedPredicate(leaf);
    case 'ignored':
      return ignoredPredicate(leaf);
    case 'engagement':
      return engagementPredicate(leaf);
    case 'near':
      return unknownToo('lives', `within ${milesOf(leaf.miles)} of ${leaf.zip}`, 'live');
    case 'weak-zone':
      return {
        is: 'is in a time zone that is not sure',
        isNot: 'is in a time zone that is sure',
      };
    case 'segment': {
      const name = quoted(names.segments.find(({ id }) => id === leaf.id)?.name ?? leaf.id);
      return { is: `is in ${name}`, isNot: `is not in ${name}` };
    }
    default:
      return listPredicate(leaf);
  }
}

const milesOf = (miles: number): string => (miles === 1 ? 'one mile' : `${miles} miles`);

function agePhrase({ from, to }: LeafOf<'age'>): string {
  if (from === to) return `${from}`;
  if (to === undefined) return `${from} or older`;
  return from === undefined ? `${to} or younger` : `${from} to ${to}`;
}

const WHAT: Record<LeafOf<'known'>['what'], string> = {
  'birth-date': 'birth date',
  gender: 'gender',
  language: 'language',
  country: 'country',
  state: 'state',
  city: 'city',
  zip: 'ZIP',
  zone: 'time zone',
  stage: 'stage',
};

type Listed = Extract<Parameters<typeof predicate>[0], { oneOf: unknown }>;

function listPredicate({ kind, oneOf }: Exclude<Listed, { kind: 'stage' | 'engagement' }>): Predicate {
  const any = amongWords(oneOf);
  switch (kind) {
    case 'gender':
      return unknownToo('is', any, 'be');
    case 'language':
      return unknownToo('reads', amongWords(oneOf.map(languageName)), 'read');
    case 'country':
      return unknownToo('lives', `in ${amongWords(oneOf.map(countryName))}`, 'live');
    case 'state':
    case 'city':
      return unknownToo('lives', `in ${any}`, 'live');
    case 'zip':
      return unknownToo('has', `the ZIP ${any}`, 'have');
    case 'zip-area':
      return unknownToo('has', `a ZIP that begins with ${any}`, 'have');
    case 'zone':
      return unknownToo('lives', `in the time zone ${any}`, 'live');
    case 'area-code':
      return unknownToo('has', `the area code ${any}`, 'have');
    case 'interest':
      return unknownToo('is', `interested in ${amongWords(oneOf.map(quoted))}`, 'be');
    case 'list':
      return listing(`on the list ${amongWords(oneOf.map(quoted))}`);
    case 'contact':
      return listing(oneOf.length === 1 ? 'the one person picked' : `one of ${oneOf.length} people picked`);
  }
}

const listing = (what: string): Predicate => ({ is: `is ${what}`, isNot: `is not ${what}` });

function countryName(code: string): string {
  const name = new Intl.DisplayNames('en', { type: 'region' }).of(code) ?? code;
  return /^(United|Netherlands|Philippines|Bahamas)/.test(name) ? `the ${name}` : name;
}

const languageName = (code: string): string =>
  new Intl.DisplayNames('en', { type: 'language' }).of(code) ?? code;

type Spanned = { olderThanDays?: number; newerThanDays?: number };

function when({ olderThanDays: older, newerThanDays: newer }: Spanned): string {
  return [
    ...(newer === undefined ? [] : [within('last', newer)]),
    ...(older === undefined ? [] : [`more than ${daysOf(older)} ago`]),
  ].join(' and ');
}

function spent({ olderThanDays: older, newerThanDays: newer }: Spanned): string {
  const spans = [
    ...(older === undefined ? [] : [`more than ${daysOf(older)}`]),
    ...(newer === undefined ? [] : [`at most ${daysOf(newer)}`]),
  ];
  return spans.length === 0 ? '' : ` for ${spans.join(' and ')}`;
}
