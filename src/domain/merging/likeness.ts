import { type ComparedName, initialsOf, isNearFirst, likenessOfNames } from './names.ts';

/** What may tell that two numbers are one person's, and how sure it is alone, in 100; below 0: it speaks against. */
export const EVIDENCE = {
  'other-number': { points: 90, sentence: "One gives the other's number as theirs, or both give the same." },
  'same-id': { points: 90, sentence: 'They have the same value in a field that one person has.' },
  'same-mailbox': { points: 80, sentence: 'Their e-mail addresses lead to the same mailbox.' },
  'same-name-and-birth-date': { points: 80, sentence: 'They have the same name and birth date.' },
  'near-name-and-birth-date': {
    points: 60,
    sentence: 'They have nearly the same name, and the same birth date.',
  },
  'same-name-and-zip': { points: 50, sentence: 'They have the same name and ZIP code.' },
  'near-name-and-zip': { points: 35, sentence: 'They have nearly the same name, and the same ZIP code.' },
  'other-birth-date': { points: -60, sentence: 'Their birth dates differ.' },
  'other-first-name': { points: -40, sentence: 'Their first names differ: a family may share the rest.' },
} as const satisfies Record<string, { points: number; sentence: string }>;
export type Evidence = keyof typeof EVIDENCE;

/** From here on a pair is kept as a candidate, and from there on the quality of the list counts it. */
const LEAST_SCORE = 30;
export const LIKELY_SCORE = 60;

/** What of a contact tells who they are. Nothing of it is stored beside the contact in the clear. */
export type Traits = {
  /** Blind index of their own number. */
  index: string;
  name: ComparedName;
  birthDate: string | null;
  zip: string | null;
  mailboxes: readonly string[];
  /** "field value" of fields that one person has. */
  ids: readonly string[];
  /** Blind indexes of other numbers they gave as theirs. */
  phones: readonly string[];
};

/** `marks`: the evidence that speaks for it, each with the value it rests on; to be hashed before it is kept. */
export type Likeness = { score: number; evidence: Evidence[]; marks: string[] };

const markOf = (kind: Evidence, value: string): string => `${kind} ${value}`;

/**
 * Values that two contacts share where they may be one person: only who shares one is compared. To be hashed. Those of
 * mailboxes, ids, phones and of a whole name with a ZIP are the marks of what they prove: where too many turn out to share
 * one, its pairs are found by it. Many of a ZIP have the same initials, so that by these alone no name is found there.
 */
export function blockingKeys({ name, birthDate, zip, mailboxes, ids, phones }: Traits): string[] {
  const initials = initialsOf(name);
  return [
    ...mailboxes.map((one) => markOf('same-mailbox', one)),
    ...ids.map((one) => markOf('same-id', one)),
    ...phones.map((one) => numberKey(one)),
    ...(initials === null || birthDate === null ? [] : [`born ${birthDate} ${initials}`]),
    ...(initials === null || zip === null
      ? []
      : [`zip ${zip} ${initials}`, markOf('same-name-and-zip', `${wholeOf(name)} ${zip}`)]),
  ];
}

/** First and last name in the order of the alphabet: swapped ones are the same. */
const wholeOf = ({ first, last }: ComparedName): string => [first, last].sort().join(' ');

/** The key of whoever gives a number as theirs: whose number it is looks for it. */
export const numberKey = (index: string): string => markOf('other-number', index);

/** Whether two contacts may be one person; null where too little says so. The order of the two does not matter. */
export function compare(a: Traits, b: Traits): Likeness | null {
  const speaksFor = [
    ...shared('same-id', a.ids, b.ids),
    ...shared('same-mailbox', a.mailboxes, b.mailboxes),
    ...shared('other-number', [...a.phones, a.index], [...b.phones, b.index]),
    ...byName(a, b),
  ];
  if (speaksFor.length === 0) return null;
  const against = speaksAgainst(a, b, speaksFor);
  const kinds = [...new Set(speaksFor.map(([kind]) => kind))];
  const doubt = kinds.reduce((rest, kind) => rest * (1 - EVIDENCE[kind].points / 100), 1);
  const discount = against.reduce((rest, kind) => rest * (1 + EVIDENCE[kind].points / 100), 1);
  const score = Math.round(100 * (1 - doubt) * discount);
  if (score < LEAST_SCORE) return null;
  const marks = [...new Set(speaksFor.map(([kind, value]) => markOf(kind, value)))].sort();
  return { score, evidence: [...kinds, ...against], marks };
}

type Found = [kind: Evidence, value: string];

const shared = (kind: Evidence, a: readonly string[], b: readonly string[]): Found[] =>
  [...new Set(a)].filter((one) => b.includes(one)).map((one) => [kind, one]);

function byName(a: Traits, b: Traits): Found[] {
  const alike = likenessOfNames(a.name, b.name);
  if (alike === null) return [];
  const names = [a, b].map(({ name }) => wholeOf(name));
  const of = `${[...new Set(names)].sort().join(' / ')}`;
  return [
    ...(a.birthDate !== null && a.birthDate === b.birthDate
      ? [[`${alike}-name-and-birth-date`, `${of} ${a.birthDate}`] satisfies Found]
      : []),
    ...(a.zip !== null && a.zip === b.zip
      ? [[`${alike}-name-and-zip`, `${of} ${a.zip}`] satisfies Found]
      : []),
  ];
}

function speaksAgainst(a: Traits, b: Traits, speaksFor: readonly Found[]): Evidence[] {
  const born = a.birthDate !== null && b.birthDate !== null && a.birthDate !== b.birthDate;
  const named = a.name.first !== '' && b.name.first !== '';
  const byNames = speaksFor.some(([kind]) => kind.includes('-name-'));
  const differ = named && !byNames && !isNearFirst(a.name.first, b.name.first);
  return [
    ...(born ? (['other-birth-date'] as const) : []),
    ...(differ ? (['other-first-name'] as const) : []),
  ];
}
