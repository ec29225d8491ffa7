import type { Actor } from '../access/actor.ts';
import type { Role } from '../access/permissions.ts';
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
  rule: 'rule',
};

/** A number that was named and that nobody holds has no subject. */
export function subjectName(subject: AuditSubject | null, { people }: Pick<AuditNames, 'people'>): string {
  if (subject === null) return 'a number that nobody has here';
  const { kind, id } = subject;
  return kind === 'person' ? `the person ${people.get(id) ?? id}` : `the ${KIND_WORDS[kind] ?? kind} ${id}`;
}

/** One entry of the audit trail as a sentence. */
export const auditSentence = (
  { act, actor, subject, reason, details }: AuditFacts,
  names: AuditNames,
): string =>
  `${actorName(actor, names)} ${ruleOfAct(act).says(subjectName(subject, names), details)}${because(reason)}.`;

/** Digits that could be a phone number, with what people write between them. */
const LIKE_A_NUMBER = /\+?\d(?:[\s().\-\u2010-\u2015]*\d){6,}/g;

/** The reason with every number of a person taken out: somebody may have typed one. */
export const withoutNumbers = (reason: string): string => reason.replace(LIKE_A_NUMBER, '[a number]');

/** What a verification means, in a sentence or two. */
export function verificationSentence({
  chains,
  entries,
  isClosed,
  faults,
}: {
  chains: number;
  entries: number;
  isClosed: boolean;
  faults: readonly unknown[];
}): string {
  if (faults.length > 0)
    return `${faults.length === 1 ? 'One fault was' : `${faults.length} faults were`} found: entries were changed, dropped or written by somebody else. Tell whoever is responsible for security, and keep the database as it is.`;
  if (entries === 0)
    return isClosed ? 'Nothing was on record that day.' : 'Nothing is on record for that day.';
  const counted = `${entries === 1 ? 'The only entry' : `All ${entries} entries`} of ${chains === 1 ? 'one chain' : `${chains} chains`}`;
  const whole = `${counted} verified: none was changed, none is missing in between, and this installation wrote each.`;
  return isClosed
    ? `${whole} The chains end as they did when the day was closed.`
    : `${whole} The day is not closed yet, so the last entries of a chain could be missing unseen.`;
}
