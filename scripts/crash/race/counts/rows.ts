import { CREATE_MS } from '../../../../src/sending/twilio/client.ts';
import type { RowEvidence, SeenHandOver } from '../evidence/evidence.ts';
import type { RaceFacts } from '../evidence/facts.ts';

/** States which say that a message did not reach the carrier. */
const NOT_SENT = ['planned', 'sending', 'skipped', 'canceled', 'expired'];

/** States which say that it did. */
export const SENT = ['accepted', 'sent', 'delivered'];

/** The same, with messages that failed later. */
const WENT = [...SENT, 'undelivered'];

export type Doubles = {
  /** P5: messages beyond the first of one delivery, or of one text that ends in a token (campaigns, API, staff). */
  doubled: SeenHandOver[];
  /** The one exception: a required answer that was lost and not found is sent once more, although its first message came. */
  onceMore: SeenHandOver[];
};

export function doubles(facts: RaceFacts): Doubles {
  const made = facts.evidence.handOvers.filter((handOver) => handOver.made);
  const byDelivery = beyondFirst(made, (handOver) => handOver.delivery);
  const byText = beyondFirst(made, (handOver) => /#([\w-]+)$/.exec(handOver.body)?.[1] ?? null);
  const found: Doubles = { doubled: [], onceMore: [] };
  for (const handOver of made.filter((each) => byDelivery.has(each) || byText.has(each))) {
    const all = made.filter(({ delivery }) => delivery === handOver.delivery);
    found[!byText.has(handOver) && mayBeTwo(facts, all) ? 'onceMore' : 'doubled'].push(handOver);
  }
  return found;
}

/** Source: CTIA Principles 5.1.3 (HELP); Twilio Help 223181928 (Canadian short codes). */
const REQUIRED: readonly string[] = ['help', 'required-answer'];

/** Whether there are two attempts, and the outcome of the first could not be known. */
function mayBeTwo(facts: RaceFacts, [first, second, ...more]: readonly SeenHandOver[]): boolean {
  if (first === undefined || second === undefined || more.length > 0) return false;
  const isRequired = REQUIRED.includes(facts.rows.get(first.delivery ?? '')?.class ?? '');
  return isRequired && first.epoch < second.epoch && isOutcomeLost(facts, first);
}

function isOutcomeLost(facts: RaceFacts, handOver: SeenHandOver): boolean {
  const { databaseFailed, claimed } = facts.evidence;
  const isStruck = facts.attempts.get(`${handOver.delivery}.${handOver.epoch}`)?.struck === true;
  const isUnrecorded = databaseFailed && claimed.has(handOver.delivery ?? '');
  return isStruck || isUnrecorded || handOver.unanswered || isTooLate(facts, handOver);
}

function beyondFirst(
  made: readonly SeenHandOver[],
  keyOf: (handOver: SeenHandOver) => string | null,
): ReadonlySet<SeenHandOver> {
  const seen = new Set<string>();
  const beyond = made.filter((handOver) => {
    const key = keyOf(handOver);
    const before = key !== null && seen.has(key);
    if (key !== null) seen.add(key);
    return before;
  });
  return new Set(beyond);
}

/** P5: finds planned or accepted rows that are missing, and rows that are still open at the end. */
export function unfinished({ evidence, rows }: RaceFacts): string[] {
  const expected = new Set([...evidence.planned, ...evidence.acknowledged]);
  const gone = [...expected].filter((id) => !rows.has(id)).map((id) => `${id} (gone)`);
  return [...gone, ...evidence.rows.filter((row) => row.open).map((row) => `${row.id} (${row.state})`)];
}

/** P5: finds rows whose state says the opposite of what the carrier saw. */
export function misstated({ evidence }: RaceFacts): RowEvidence[] {
  const made = evidence.handOvers.filter((handOver) => handOver.made);
  const makings = new Set(made.map((handOver) => handOver.delivery));
  // A failure at the carrier comes before the message leaves for the handset, unless a receipt says otherwise.
  const left = new Set(
    made
      .filter((handOver) => handOver.leftAt !== null && !handOver.saidFailed)
      .map((handOver) => handOver.delivery),
  );
  return evidence.rows.filter((row) => {
    if (row.state === 'failed') return left.has(row.id);
    if (makings.has(row.id)) return NOT_SENT.includes(row.state);
    return WENT.includes(row.state);
  });
}

/** Finds messages whose callback names no row. */
export function fromNowhere({ evidence, rows }: RaceFacts): SeenHandOver[] {
  return evidence.handOvers.filter((handOver) => !rows.has(handOver.delivery ?? ''));
}

const unknown = ({ evidence }: RaceFacts): RowEvidence[] =>
  evidence.rows.filter((row) => row.state === 'unknown');

/** Unknown outcomes by their explanation. A row in flight at a kill or freeze comes first. */
export type Unknowns = {
  inFlight: RowEvidence[];
  /** The carrier gave no answer, or gave it too late. */
  unanswered: RowEvidence[];
  /** Nothing explains them. */
  forNothing: RowEvidence[];
};

export function unknowns(facts: RaceFacts): Unknowns {
  const { evidence } = facts;
  const lost = evidence.handOvers
    .filter((handOver) => handOver.unanswered || isTooLate(facts, handOver))
    .map((handOver) => handOver.delivery);
  const unanswered = new Set([...lost, ...unmet(evidence)]);
  const found: Unknowns = { inFlight: [], unanswered: [], forNothing: [] };
  for (const row of unknown(facts)) {
    const isUnanswered = unanswered.has(row.id);
    found[wasInFlight(evidence, row) ? 'inFlight' : isUnanswered ? 'unanswered' : 'forNothing'].push(row);
  }
  return found;
}

/**
 * A dispatcher names itself in its claims. The outcome is explained only when the process that owned the claim was struck. A
 * look at claims explains nothing alone: a row that a healthy process forgets also stays claimed from one look to the next.
 */
function wasInFlight(
  { claimed, struck, databaseFailed }: RaceFacts['evidence'],
  { id, owner }: Pick<RowEvidence, 'id' | 'owner'>,
): boolean {
  return (owner !== null && struck.has(owner)) || (databaseFailed && claimed.has(id));
}

/** Deliveries of calls that were written and broken off, and that the carrier never read. */
function unmet({ begun, handOvers }: RaceFacts['evidence']): string[] {
  const met = new Set(handOvers.map((handOver) => `${handOver.delivery}.${handOver.epoch}`));
  return begun.flatMap(({ delivery, epoch, ended }) =>
    ended !== null && !met.has(`${delivery}.${epoch}`) ? [delivery] : [],
  );
}

/** The number of rows in flight at a kill or freeze. No more outcomes can be unknown for this reason. */
export function inFlight({ evidence }: RaceFacts): number {
  return evidence.rows.filter((row) => wasInFlight(evidence, row)).length;
}

/** How long after its check a call is given up, ns. */
const CALL_NS = BigInt(CREATE_MS) * 1_000_000n;

/** Whether the carrier answered after the call was given up, or was due to be. A busy machine notes that a little later. */
function isTooLate({ attempts: begun }: RaceFacts, { delivery, epoch, answeredAt }: SeenHandOver): boolean {
  const call = begun.get(`${delivery}.${epoch}`);
  if (call == null || call.ended === null || answeredAt === null) return false;
  return call.ended < answeredAt || answeredAt - call.checked > CALL_NS;
}
