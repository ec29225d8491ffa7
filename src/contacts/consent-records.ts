import type { AppContext } from '../consent/app-context.ts';
import { personSubject, recordAudit } from '../consent/audit/audit.ts';
import type { EvidenceReader } from '../consent/contact-refs.ts';
import { openEntry } from '../consent/ledger/ledger.ts';
import { faultOfContact } from '../consent/ledger/verify-ledger.ts';
import { replayLedger } from '../domain/consent/overturn.ts';
import { mask } from '../domain/numbers.ts';
import { cutPage, type Page, type PageRequest } from '../domain/page.ts';
import { type ConsentEventDoc, chainOf, chainsOf } from '../store/consent/consent-events.ts';
import { unlessClosed } from '../store/contacts/open-contact.ts';
import { contactById, type OpenedContact } from './find-contact.ts';

/** A personal field of an entry, in the order in which an entry names them. */
type PersonalField = keyof ConsentEventDoc['commitments'];

/** One entry of a ledger. `personal` and `salts`: null when the reader may not see them, and once they were erased. */
type ConsentRecord = Omit<ConsentEventDoc, 'contact' | 'sealed' | 'mac'> & {
  /** The number is masked. */
  personal: Partial<Record<PersonalField, string>> | null;
  /** The number has none: with its salt the masked digits could be tried out. */
  salts: Partial<Record<PersonalField, string>> | null;
};

/** What a whole ledger comes to, whatever page of it is read. */
type LedgerOutcome = {
  /** Whether consent is in force, is kept back by a hold, or is over. */
  state: 'consented' | 'on-hold' | 'opted-out' | 'ended' | 'none';
  /** The newest entry that says so; null where none does. */
  decides: ConsentRecord | null;
  /** The newest confirmed consent: the one in force, or the last one before it ended. */
  consent: ConsentRecord | null;
  /** The question that this consent answered. */
  question: ConsentRecord | null;
  /** What it comes to for each program that the person agreed to once, in the order of the first consent. */
  programs: ProgramOutcome[];
  /** Entries in the whole ledger. */
  count: number;
};

/** What a ledger comes to for one program. */
type ProgramOutcome = Pick<LedgerOutcome, 'state' | 'decides' | 'consent' | 'question'> & { program: string };

type ConsentRecords = Page<ConsentRecord> & {
  outcome: LedgerOutcome;
  /** What is wrong with the whole chain; null when it is unbroken, signed, and fits what is on record. */
  fault: { seq: number; what: string } | null;
};

type RecordsRequest = PageRequest & EvidenceReader & { contact: string };

/**
 * One page of the ledger of a contact, oldest first. Every page verifies the whole chain: a page alone proves nothing.
 * Null when there is no such contact. For a reader of evidence it includes the personal fields, and writes an audit
 * entry.
 */
export async function listConsentRecords(
  context: AppContext,
  { contact: id, actor, readsEvidence, after, limit }: RecordsRequest,
): Promise<ConsentRecords | null> {
  const verified = await readVerified(context, id);
  if (verified === null) return null;
  const { contact, events, fault } = verified;
  const later = events.filter(({ seq }) => seq > Number(after ?? 0));
  const { items, next } = cutPage(later, limit, ({ seq }) => String(seq));
  if (readsEvidence) {
    const subject = personSubject(contact.id);
    await recordAudit(context, { actor, act: 'evidence-read', subject, details: { of: 'ledger' } });
  }
  const evidence = readsEvidence ? contact.keys.evidence : null;
  const outcome = outcomeOf(events, evidence);
  return { items: items.map((event) => recordOf(event, evidence)), next, fault, outcome };
}

function outcomeOf(events: readonly ConsentEventDoc[], evidence: Buffer | null): LedgerOutcome {
  const { joined, held } = replayLedger(events);
  const whole = { events, held, evidence };
  const confirmed = events.filter(({ kind }) => kind === 'confirmed');
  const programs = [...new Set(confirmed.flatMap(({ program }) => program ?? []))];
  return {
    ...stateIn(confirmed, { ...whole, isJoined: ({ program }) => program !== null && joined.has(program) }),
    programs: programs.map((id) => ({
      program: id,
      ...stateIn(
        confirmed.filter(({ program }) => program === id),
        {
          ...whole,
          events: events.filter((event) => isAboutProgram(event, id)),
          isJoined: () => joined.has(id),
        },
      ),
    })),
    count: events.length,
  };
}

/** An entry about no program is about all of them. */
const isAboutProgram = ({ program, scope }: ConsentEventDoc, id: string): boolean =>
  program === id || scope === `program:${id}` || (program === null && (scope === null || scope === 'all'));

type Whole = {
  events: readonly ConsentEventDoc[];
  held: { seq: number } | null;
  evidence: Buffer | null;
  isJoined: (consent: ConsentEventDoc) => boolean;
};

/** What the entries come to, by the consents among them that were confirmed. */
function stateIn(
  confirmed: readonly ConsentEventDoc[],
  { events, held, evidence, isJoined }: Whole,
): Omit<LedgerOutcome, 'programs' | 'count'> {
  const record = (event: ConsentEventDoc | undefined): ConsentRecord | null =>
    event === undefined ? null : recordOf(event, evidence);
  const inForce = confirmed.findLast(isJoined);
  const consent = inForce ?? confirmed.at(-1);
  const question = events.find(({ seq }) => seq === consent?.answers);
  const found = { consent: record(consent), question: record(question) };
  // A consent that was confirmed after the hold began lifts it.
  if (held !== null && (inForce === undefined || inForce.seq < held.seq)) {
    return { ...found, state: 'on-hold', decides: record(events.findLast(({ kind }) => kind === 'held')) };
  }
  if (inForce !== undefined) return { ...found, state: 'consented', decides: record(inForce) };
  const closing = events.findLast(({ kind }) => kind === 'withdrawn' || kind === 'ended');
  if (closing === undefined) return { ...found, state: 'none', decides: null };
  return { ...found, state: closing.kind === 'ended' ? 'ended' : 'opted-out', decides: record(closing) };
}

async function readVerified(context: AppContext, id: string) {
  const read = async () => {
    const whole = await readWhole(context, id);
    if (whole === null) return null;
    return { ...whole, fault: await faultOfContact(context, whole.contact.stored, whole.events) };
  };
  const first = await read();
  // The person may have texted between the reads. A fault that a second read also finds is a real one.
  return first === null || first.fault === null ? first : read();
}

/**
 * Reads the entries before the contact: an entry beyond the contact's head was then not written in between, and is
 * a fault.
 */
async function readWhole(
  context: Pick<AppContext, 'ring' | 'store'>,
  id: string,
): Promise<{ contact: OpenedContact; events: ConsentEventDoc[] } | null> {
  const before = (await chainsOf(context.store, [id])).get(id) ?? [];
  const contact = await contactById(context, id);
  if (contact === null) return null;
  const last = before.at(-1)?.seq ?? 0;
  const { seq } = contact.stored.head;
  if (seq <= last) return { contact, events: before };
  const since = await chainOf(context.store, id, { after: last, limit: seq - last });
  return { contact, events: [...before, ...since.filter((event) => event.seq <= seq)] };
}

function recordOf(event: ConsentEventDoc, evidence: Buffer | null): ConsentRecord {
  const { contact: _, sealed: __, mac: ___, ...open } = event;
  // `fault` reports an entry that does not open.
  const opened = evidence === null ? null : unlessClosed(() => openEntry(event, evidence));
  return {
    ...open,
    personal: opened === null ? null : personalOf(opened),
    salts: opened === null ? null : saltsOf(opened),
  };
}

type OpenedEntry = NonNullable<ReturnType<typeof openEntry>>;

function personalOf(opened: OpenedEntry): NonNullable<ConsentRecord['personal']> {
  const values = Object.entries(opened).map(([field, [, value]]) => [
    field,
    field === 'number' ? mask(value) : value,
  ]);
  return Object.fromEntries(values);
}

function saltsOf({ number: _, ...others }: OpenedEntry): NonNullable<ConsentRecord['salts']> {
  return Object.fromEntries(Object.entries(others).map(([field, [salt]]) => [field, salt]));
}
