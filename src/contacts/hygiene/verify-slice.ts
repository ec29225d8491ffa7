import type { Desk } from '../../consent/desk.ts';
import { recordHealth } from '../../consent/list/number-health.ts';
import {
  judgeNumber,
  type Unknown,
  VERIFICATION,
  type Verdict,
  type VerificationRules,
} from '../../domain/hygiene/verifying.ts';
import { readNumber } from '../../domain/numbers.ts';
import { readAudience } from '../../store/campaigns/audience.ts';
import { type ContactDoc, findContact } from '../../store/people/contacts.ts';
import { noteVerified } from '../../store/people/number-facts.ts';
import type {
  VerificationDoc,
  VerificationOutcome,
  VerificationStep,
} from '../../store/people/verifications.ts';
import { peopleOf } from './begin-verification.ts';
import { lookUpLine } from './look-up-line.ts';
import { numberOf } from './number-of.ts';
import { hasTextedSince } from './texted-since.ts';

/** People of one slice, asked about at once; the client has as many connections. */
const SLICE = 8;

/** A number about which no answer comes is asked about so often, then left for what it is. */
const TRIES = 3;

/** The same where none came about any other number either: it is Lookup that is away, until hours have passed. */
const TRIES_ALONE = 100;

const JOB = 'verify-numbers';
const RULES = 'verifying-1';

/** What must come back before a run can go on. */
const WAITS: readonly Unknown[] = [
  'budget-spent',
  'lookup-paused',
  'lookup-failed',
  'lookup-off',
  'not-enabled',
];

type Seen = {
  contact: string;
  outcome: VerificationOutcome;
  paid: boolean;
  refused: boolean;
  waits: Unknown | null;
};

/**
 * The next people of a run: asked about, kept with the contact, and where the number takes no texts their consent is
 * ended. Done again after a kill it asks nobody twice and comes to the same counts.
 */
export async function verifySlice(
  desk: Desk,
  run: VerificationDoc,
  rules: VerificationRules,
): Promise<VerificationStep> {
  const page = await readAudience(desk.store, peopleOf(run), { after: run.cursor, limit: SLICE });
  const seen = await Promise.all(page.people.map((one) => verifyPerson(desk, one, { run, rules })));
  return stepOf(run, seen, page);
}

type With = { run: VerificationDoc; rules: VerificationRules };

async function verifyPerson(desk: Desk, stored: ContactDoc, { run, rules }: With): Promise<Seen> {
  const contact = stored._id;
  const number = numberOf(desk, stored);
  const phone = number === null ? null : readNumber(number);
  if (number === null || phone?.kind !== 'phone') {
    return { contact, outcome: 'unreadable', paid: false, refused: false, waits: null };
  }
  const { facts, paid } = await lookUpLine(desk, number, { rules, run: run._id, freshSince: run.since });
  const verdict = judgeNumber(phone, facts, rules.accepted);
  const waits = typeof facts === 'string' && WAITS.includes(facts) ? facts : null;
  if (typeof facts !== 'string') await noteVerified(desk.store, contact, { ...facts, run: run._id });
  const at = typeof facts === 'string' ? run.createdAt : facts.at;
  const refused = verdict.refused !== null && (await endUnlessTexted(desk, stored, verdict, at));
  const outcome = verdict.refused === 'invalid' ? 'invalid' : verdict.line;
  const waitsFor = waits === 'lookup-off' && !run.lookup ? null : waits;
  return { contact, outcome, paid, refused, waits: waitsFor };
}

/** False where a text outweighs the answer, also one that came while Lookup was asked. */
async function endUnlessTexted(desk: Desk, stored: ContactDoc, verdict: Verdict, at: Date): Promise<boolean> {
  let read: ContactDoc | null = stored;
  while (read !== null && !hasTextedSince(read, at)) {
    if (await end(desk, read, verdict, at)) return true;
    const now: ContactDoc | null = await findContact(desk.store, read._id);
    if (now?.rev === read.rev) return true;
    read = now;
  }
  return false;
}

async function end(
  desk: Desk,
  { _id: contact, rev }: ContactDoc,
  { refused }: Verdict,
  at: Date,
): Promise<boolean> {
  return recordHealth(desk, {
    ...{
      kind: 'end',
      reason: refused === 'invalid' ? 'gone' : 'not-mobile',
      programs: 'all',
      suppress: true,
    },
    contact,
    rev,
    source: `${VERIFICATION}${refused}`,
    at,
    job: JOB,
    rules: RULES,
    receipts: [],
  });
}

type Page = { to: string | null; complete: boolean };

function stepOf(run: VerificationDoc, seen: readonly Seen[], page: Page): VerificationStep {
  const isAnswered = seen.some(({ paid }) => paid);
  const held = seen.findIndex(
    ({ waits, contact }) => waits !== null && !isGivenUp(waits, triesOf(run, contact, isAnswered)),
  );
  const done = held < 0 ? seen : seen.slice(0, held);
  const counts: VerificationStep['counts'] = {};
  for (const { outcome } of done) counts[outcome] = (counts[outcome] ?? 0) + 1;
  const asked = done.filter(({ paid }) => paid).length;
  const refused = done.filter((one) => one.refused).length;
  const first = held < 0 ? undefined : seen[held];
  if (first === undefined) {
    const { to: cursor, complete } = page;
    return { cursor, counts, asked, refused, waiting: null, stuck: null, complete };
  }
  const cursor = done.at(-1)?.contact ?? run.cursor;
  const stuck = first.waits === 'lookup-failed' ? triesOf(run, first.contact, isAnswered) : run.stuck;
  return { cursor, counts, asked, refused, waiting: first.waits, stuck, complete: false };
}

type Tries = NonNullable<VerificationDoc['stuck']>;

/** With this one. `isAnswered`: an answer came about another number of the slice. */
function triesOf({ stuck }: VerificationDoc, contact: string, isAnswered: boolean): Tries {
  const before = stuck?.contact === contact ? stuck : null;
  const beside = isAnswered || before?.beside === true;
  return { contact, times: (before?.times ?? 0) + 1, ...(beside ? { beside } : {}) };
}

/** A number that gets no answer, again and again, while others do. */
const isGivenUp = (waits: Unknown, { times, beside }: Tries): boolean =>
  waits === 'lookup-failed' && times >= (beside === true ? TRIES : TRIES_ALONE);
