import { normalise } from '../words/normalise.ts';
import { editDistance } from '../words/spelling.ts';

export const CANDIDATE_STATES = ['open', 'merged', 'dismissed'] as const;
export type CandidateState = (typeof CANDIDATE_STATES)[number];

/** Two contacts that may be one person, and the decision about them. */
export type Candidate = Likeness & {
  state: CandidateState;
  /** Evidence at the time of the dismissal: it alone does not bring the pair back. */
  dismissed: readonly string[];
  foundAt: Date;
  /** When the pair came back, was decided, or its evidence changed. */
  changedAt: Date;
};

/**
 * The pair after comparing both contacts. `found` null: no evidence is left. Returns null when the pair is no
 * candidate. A merged pair stays merged. A dismissed pair comes back only with new evidence, and is dismissed again
 * without it. The same comparison again returns the same candidate object.
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
  a.length === b.length && a.every((item, at) => item === b[at]);

/** Mail providers that give one mailbox several addresses: what may follow a "+", and whether dots count. */
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
 * The mailbox of an address, so that two spellings of one are equal; null when it is no address. At other
 * providers, dots and "+" may belong to different people. Source: Gmail Help 7436150, "Dots don't matter"; for the
 * others, their help pages on plus addressing.
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

/**
 * What may show that two numbers belong to one person, and how certain each sign is alone, in percent. Below 0: the
 * sign speaks against.
 */
export const EVIDENCE = {
  'other-number': {
    points: 90,
    sentence: "One contact states the other's number as their own, or both state the same number.",
  },
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

/** A pair from the first score on is stored as a candidate; from the second on it counts in list quality. */
const LEAST_SCORE = 30;
export const LIKELY_SCORE = 60;

/** What identifies a contact. None of it is stored in the clear with the contact. */
export type Traits = {
  /** Blind index of the contact's own number. */
  index: string;
  name: ComparedName;
  birthDate: string | null;
  zip: string | null;
  mailboxes: readonly string[];
  /** "field value" for fields that only one person has. */
  ids: readonly string[];
  /** Blind indexes of other numbers that the person gave as theirs. */
  phones: readonly string[];
};

/** `marks`: the evidence for the pair, each with its value. Hash them before storing. */
export type Likeness = { score: number; evidence: LikenessEvidence[]; marks: string[] };

const markOf = (kind: LikenessEvidence, value: string): string => `${kind} ${value}`;

/**
 * Values that two contacts share when they may be one person: only contacts that share one are compared. Hash them
 * before storing. Keys of mailboxes, ids, phones and of a whole name with a ZIP equal the marks of their evidence:
 * when too many contacts share one, the pairs that rest on it are found by the same value. Too many people of a ZIP
 * may share their initials, so the key of the whole name with the ZIP is needed, too.
 */
export function blockingKeys({ name, birthDate, zip, mailboxes, ids, phones }: Traits): string[] {
  const initials = initialsOf(name);
  return [
    ...mailboxes.map((mailbox) => markOf('same-mailbox', mailbox)),
    ...ids.map((externalId) => markOf('same-id', externalId)),
    ...phones.map((phone) => numberKey(phone)),
    ...(initials === null || birthDate === null ? [] : [`born ${birthDate} ${initials}`]),
    ...(initials === null || zip === null
      ? []
      : [`zip ${zip} ${initials}`, markOf('same-name-and-zip', `${wholeOf(name)} ${zip}`)]),
  ];
}

/** First and last name in alphabetical order: swapped names are equal. */
const wholeOf = ({ first, last }: ComparedName): string => [first, last].sort().join(' ');

/** The key of a contact that gives a number as its own. The contact that holds the number searches for it. */
export const numberKey = (index: string): string => markOf('other-number', index);

/** Whether two contacts may be one person; null when too little suggests it. Symmetric. */
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
  [...new Set(a)].filter((value) => b.includes(value)).map((value) => [kind, value]);

function byName(a: Traits, b: Traits): Found[] {
  const alike = likenessOfNames(a.name, b.name);
  if (alike === null) return [];
  const names = [a, b].map(({ name }) => wholeOf(name));
  const sortedNames = `${[...new Set(names)].sort().join(' / ')}`;
  return [
    ...(a.birthDate !== null && a.birthDate === b.birthDate
      ? [[`${alike}-name-and-birth-date`, `${sortedNames} ${a.birthDate}`] satisfies Found]
      : []),
    ...(a.zip !== null && a.zip === b.zip
      ? [[`${alike}-name-and-zip`, `${sortedNames} ${a.zip}`] satisfies Found]
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

/** First and last name in comparable form; empty when unknown. */
type ComparedName = { first: string; last: string };

/** Case, accents, punctuation and spaces do not distinguish people. */
export const comparedName = (first: string | null, last: string | null): ComparedName => ({
  first: normalise(first ?? '').replaceAll(' ', ''),
  last: normalise(last ?? '').replaceAll(' ', ''),
});

/**
 * How many typing errors a name may have and still be similar: none in short names, where each letter makes another
 * name.
 */
const slack = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length);
  if (length < 4) return 0;
  return length < 8 ? 1 : 2;
};

const isNear = (a: string, b: string): boolean => a === b || editDistance(a, b) <= slack(a, b);

/** "J" and "Joan". */
const isInitial = (a: string, b: string): boolean => a[0] === b[0] && (a.length === 1 || b.length === 1);

const isNearFirst = (a: string, b: string): boolean => isNear(a, b) || isInitial(a, b);

const near = (a: ComparedName, b: ComparedName): boolean =>
  isNear(a.last, b.last) && (isNear(a.first, b.first) || (a.last === b.last && isInitial(a.first, b.first)));

/** How similar two whole names are; first and last may be swapped. Null when they differ, or one is incomplete. */
export function likenessOfNames(a: ComparedName, b: ComparedName): 'same' | 'near' | null {
  if ([a.first, a.last, b.first, b.last].includes('')) return null;
  if ([b, swapped(b)].some((comparedName) => comparedName.first === a.first && comparedName.last === a.last))
    return 'same';
  return near(a, b) || near(a, swapped(b)) || near(swapped(a), b) ? 'near' : null;
}

const swapped = ({ first, last }: ComparedName): ComparedName => ({ first: last, last: first });

/** The initials of a whole name in alphabetical order, so that swapped names have the same. */
const initialsOf = ({ first, last }: ComparedName): string | null =>
  first === '' || last === '' ? null : [[...first][0], [...last][0]].sort().join('');
