import { normalise } from '../words/normalise.ts';
import { editDistance } from '../words/spelling.ts';

export const CANDIDATE_STATES = ['open', 'merged', 'dismissed'] as const;
export type CandidateState = (typeof CANDIDATE_STATES)[number];

/** Two contacts that may be one person, and what somebody said of it. */
export type Candidate = Likeness & {
  state: CandidateState;
  /** Marks that were there when it was dismissed: these alone do not bring it back. */
  dismissed: readonly string[];
  foundAt: Date;
  /** When it came back, was decided, or its evidence changed. */
  changedAt: Date;
};

/**
 * What a pair is after a look at both contacts; `found` null: nothing speaks for it any more. Null: it is no candidate.
 * What was merged stays so; what was dismissed comes back with evidence that it did not have, not with less, and is
 * dismissed again without that. The same look again gives the same candidate, itself.
 */
export function candidateAfter<C extends Candidate>(
  before: C | null,
  found: Likeness | null,
  now: Date,
): C | Candidate | null {
  if (before === null) {
    return found === null ? null : { ...found, state: 'open', dismissed: [], foundAt: now, changedAt: now };
  }
  if (before.state === 'merged') return before;
  const wasDismissed = before.dismissed.length > 0;
  if (found === null && before.state === 'open' && !wasDismissed) return null;
  if (found === null || (wasDismissed && found.marks.every((mark) => before.dismissed.includes(mark)))) {
    return before.state === 'dismissed'
      ? before
      : { ...before, ...found, state: 'dismissed', changedAt: now };
  }
  const isSame = before.score === found.score && sameList(before.evidence, found.evidence);
  if (before.state === 'open' && isSame && sameList(before.marks, found.marks)) return before;
  return { ...before, ...found, state: 'open', changedAt: now };
}

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((one, at) => one === b[at]);

/** Providers that give one mailbox several addresses: what may follow a "+", and whether dots count. */
const MAILBOXES: Record<string, { dots: 'ignored' | 'count'; as?: string }> = {
  'gmail.com': { dots: 'ignored' },
  'googlemail.com': { dots: 'ignored', as: 'gmail.com' },
  'outlook.com': { dots: 'count' },
  'hotmail.com': { dots: 'count' },
  'live.com': { dots: 'count' },
  'icloud.com': { dots: 'count' },
  'me.com': { dots: 'count', as: 'icloud.com' },
  'mac.com': { dots: 'count', as: 'icloud.com' },
  'fastmail.com': { dots: 'count' },
  'proton.me': { dots: 'ignored' },
  'protonmail.com': { dots: 'ignored', as: 'proton.me' },
};

/**
 * The mailbox an address leads to, so that two spellings of one are equal; null where it is no address. Elsewhere dots
 * and "+" may be two people's. Source: Gmail Help 7436150, "Dots don't matter"; of the others their help pages on plus addressing.
 */
export function mailboxOf(text: string): string | null {
  const [, local = '', domain = ''] =
    /^([^\s@"<>]+)@((?:[\p{L}\p{N}-]+\.)+[\p{L}\p{N}-]+)$/u.exec(
      text.normalize('NFKC').trim().toLowerCase(),
    ) ?? [];
  if (local === '') return null;
  const rules = Object.hasOwn(MAILBOXES, domain) ? MAILBOXES[domain] : undefined;
  if (rules === undefined) return `${local}@${domain}`;
  const [name = ''] = local.split('+');
  const plain = rules.dots === 'ignored' ? name.replaceAll('.', '') : name;
  return plain === '' ? null : `${plain}@${rules.as ?? domain}`;
}

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
export type LikenessEvidence = keyof typeof EVIDENCE;

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
export type Likeness = { score: number; evidence: LikenessEvidence[]; marks: string[] };

const markOf = (kind: LikenessEvidence, value: string): string => `${kind} ${value}`;

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

type Found = [kind: LikenessEvidence, value: string];

const shared = (kind: LikenessEvidence, a: readonly string[], b: readonly string[]): Found[] =>
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

function speaksAgainst(a: Traits, b: Traits, speaksFor: readonly Found[]): LikenessEvidence[] {
  const born = a.birthDate !== null && b.birthDate !== null && a.birthDate !== b.birthDate;
  const named = a.name.first !== '' && b.name.first !== '';
  const byNames = speaksFor.some(([kind]) => kind.includes('-name-'));
  const differ = named && !byNames && !isNearFirst(a.name.first, b.name.first);
  return [
    ...(born ? (['other-birth-date'] as const) : []),
    ...(differ ? (['other-first-name'] as const) : []),
  ];
}

/** First and last name as they are compared; empty where unknown. */
type ComparedName = { first: string; last: string };

/** Case, accents, signs and blanks do not tell people apart. */
export const comparedName = (first: string | null, last: string | null): ComparedName => ({
  first: normalise(first ?? '').replaceAll(' ', ''),
  last: normalise(last ?? '').replaceAll(' ', ''),
});

/** Slips that one name may hold and still be near: none in short ones, where each letter makes another name. */
const slack = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length);
  if (length < 4) return 0;
  return length < 8 ? 1 : 2;
};

const isNear = (a: string, b: string): boolean => a === b || editDistance(a, b) <= slack(a, b);

/** "J" beside "Joan". */
const isInitial = (a: string, b: string): boolean => a[0] === b[0] && (a.length === 1 || b.length === 1);

const isNearFirst = (a: string, b: string): boolean => isNear(a, b) || isInitial(a, b);

const near = (a: ComparedName, b: ComparedName): boolean =>
  isNear(a.last, b.last) && (isNear(a.first, b.first) || (a.last === b.last && isInitial(a.first, b.first)));

/** How alike two whole names are; first and last may be swapped. Null where they differ, or one is not whole. */
export function likenessOfNames(a: ComparedName, b: ComparedName): 'same' | 'near' | null {
  if ([a.first, a.last, b.first, b.last].includes('')) return null;
  if ([b, swapped(b)].some((one) => one.first === a.first && one.last === a.last)) return 'same';
  return near(a, b) || near(a, swapped(b)) || near(swapped(a), b) ? 'near' : null;
}

const swapped = ({ first, last }: ComparedName): ComparedName => ({ first: last, last: first });

/** The first letters of a whole name in the order of the alphabet, so that swapped names have the same. */
const initialsOf = ({ first, last }: ComparedName): string | null =>
  first === '' || last === '' ? null : [[...first][0], [...last][0]].sort().join('');
