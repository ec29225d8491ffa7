import type { Actor } from '../access/actor.ts';
import type { Role } from '../access/permissions.ts';
import { dayWords } from '../console-time.ts';
import { type AuditAct, type AuditDetails, type AuditSubject, ruleOfAct } from './acts.ts';

/** An entry as its sentence reads it. `reason`: why, in the words or the code of who acted. */
export type AuditFacts = {
  act: AuditAct;
  actor: Actor;
  subject: AuditSubject | null;
  reason: string | null;
  details: AuditDetails;
};

/** What ids are called when the sentence is read. */
export type AuditNames = {
  /** Names of API keys by id. */
  keys: ReadonlyMap<string, string>;
  staff: ReadonlyMap<string, { name: string; role: Role }>;
  /** People by contact id: "ending 0102 · K7FQ", or the handle alone where the number is erased. */
  people: ReadonlyMap<string, string>;
};

/** Why somebody looked, by the code that the console keeps beside its look-up field. */
const REASONS: Readonly<Record<string, string>> = {
  call: 'because of a call',
  message: 'because of a message',
  complaint: 'because of a complaint',
  check: 'for a check',
};

const because = (reason: string | null): string =>
  reason === null ? '' : `, ${REASONS[reason] ?? `with the reason “${reason}”`}`;

/** Who acted, as the first words of a sentence. */
export function actorName({ kind, id }: Actor, names: Pick<AuditNames, 'keys' | 'staff'>): string {
  if (kind === 'job') return `The job ${id}`;
  if (kind === 'key') {
    const name = names.keys.get(id);
    return name === undefined ? `The key ${id}` : `The key “${name}”`;
  }
  const known = names.staff.get(id);
  return known === undefined ? `A former member of staff (${id})` : `${known.name} (${known.role})`;
}

/** Kinds that sentences call otherwise. */
const KIND_WORDS: Partial<Record<AuditSubject['kind'], string>> = {
  'coupon-pool': 'coupon pool',
  'error-code': 'error code',
  pair: 'pair of contacts',
  'saved-answer': 'saved answer',
};

/** A number that was named and that nobody holds has no subject. */
export function subjectName(
  subject: AuditSubject | null,
  { people, staff }: Pick<AuditNames, 'people' | 'staff'>,
): string {
  if (subject === null) return 'a number that nobody has here';
  const { kind, id } = subject;
  if (kind === 'staff') return staff.get(id)?.name ?? `the member of staff ${id}`;
  return kind === 'person' ? `the person ${people.get(id) ?? id}` : `the ${KIND_WORDS[kind] ?? kind} ${id}`;
}

/** One entry of the audit trail as a sentence. */
export const auditSentence = (
  { act, actor, subject, reason, details }: AuditFacts,
  names: AuditNames,
): string =>
  ended(
    `${actorName(actor, names)} ${ruleOfAct(act).says(subjectName(subject, names), details)}${because(reason)}`,
  );

/** With a full stop, unless the words of who acted ended the sentence already. */
const ended = (sentence: string): string => (/[.!?…]”$/.test(sentence) ? sentence : `${sentence}.`);

/** Digits that could be a phone number, with what people write between them. */
const LIKE_A_NUMBER = /\+?\d(?:[\s().\-\u2010-\u2015]*\d){6,}/g;

/** The reason with every number of a person taken out: somebody may have typed one. */
export const withoutNumbers = (reason: string): string => reason.replace(LIKE_A_NUMBER, '[a number]');

const COUNT = new Intl.NumberFormat('en-US');

/** What a verification of a day means, in a sentence or two. `isOver`: the day is past. */
export function verificationSentence(
  found: { day: string; entries: number; isClosed: boolean; faults: readonly unknown[] },
  isOver: boolean,
): string {
  const { day, entries, isClosed, faults } = found;
  const words = `${dayWords(day)} (UTC)`;
  if (faults.length > 0) {
    const counted = faults.length === 1 ? 'One fault was' : `${COUNT.format(faults.length)} faults were`;
    return `${counted} found in the entries of ${words}: entries were changed, dropped or written by somebody else. Tell whoever is responsible for security, and keep the database as it is.`;
  }
  if (entries === 0) return `Checked: nothing is on record for ${words}.`;
  const all =
    entries === 1
      ? `Checked: the one entry of ${words} carries our signature.`
      : `Checked: ${COUNT.format(entries)} entries of ${words} follow one another and carry our signature.`;
  if (isClosed) return `${all} They end as they did when the day was closed.`;
  return `${all} ${isOver ? 'The day is not closed yet' : 'The day is not over'}, so the newest could be missing unseen.`;
}
