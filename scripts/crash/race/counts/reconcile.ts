import { grouped } from '../../../../src/domain/grouped.ts';
import type { End, RaceEvidence, RowEvidence, SeenHandOver, SendAttempt } from '../evidence/evidence.ts';
import { factsFrom, type OptOutFacts, type RaceFacts } from '../evidence/facts.ts';
import {
  type AtCarrierAges,
  afterStop,
  alreadyAtCarrier,
  covers,
  describeTiming,
  FREE,
} from './after-stop.ts';
import { agreedToOldQuestions, withoutConsent } from './agreed.ts';
import { answeredTwice, confirmedTwice } from './answers.ts';
import { astray, blockedKept, effectsDoubled, notHonoured, staleConfirmed, unproven } from './consent.ts';
import { type Replies, repliesOf } from './replies.ts';
import { doubles, fromNowhere, inFlight, misstated, unfinished, unknowns } from './rows.ts';
import { speedOf } from './speed.ts';

/** Counts that must be 0, with the words that are printed. */
export const COUNTS = {
  afterStop: 'hand-overs begun after an answer to the STOP',
  doubled: 'messages handed over twice',
  unfinished: 'people and rows without a final state',
  withoutConsent: 'sends without confirmed consent',
  overLimit: "times over a sender's limit",
  notHonoured: 'STOPs not honoured',
  astray: "messages to another number than the row's contact",
  misstated: 'rows of which database and carrier say the opposite',
  unknownForNothing: 'unknown outcomes of rows that no crash had in flight',
  fromNowhere: 'messages of no row',
  oldYes: 'consents by an answer to a question from before a STOP',
  unproven: 'subscriptions without their confirmation in the ledger',
  scans: 'queries that walked the deliveries',
  effectsDoubled: 'texts whose entries in the ledger are of more than one moment',
  blockedKept: 'people of whom the carrier says that they stopped, and who are not suppressed',
  unheard: 'texts that never came into the database',
  spoolLeft: 'lines left in the spool',
  staleConfirmed: 'confirmations of a STOP that had come more than five minutes before',
  answeredTwice: 'answers to a text beyond those that were written with it',
  confirmedTwice: 'confirmations of an opt-out beyond its one',
  repliesLost: 'replies to a text that were not planned, or did not leave, for no reason that counts',
  endsLost: 'rows without the end of which a receipt was acknowledged',
} as const;

export type Count = keyof typeof COUNTS;

/** The findings of each count by name: ids of rows, MessageSids, scopes. Never the number of a person. */
export type FoundByCount = Record<Count, string[]>;

/** Figures that are printed apart. They are no violations but worth knowing. */
export type Activity = Raced &
  AtCarrierAges & {
    stops: number;
    /** Texts that may be an opt-out. */
    holds: number;
    sends: number;
    /** Staff answers that were accepted, and those of them that reached the carrier. */
    staffAnswers: number;
    staffSends: number;
    /** Refusals which say that the person stopped. */
    blocked: number;
    frozen: number;
    /** Hand-overs that had ended before the answer to a STOP, and that the carrier's process read after it. */
    readLate: number;
    /** Unknown outcomes of rows that were in flight at a kill or freeze, and of calls that the carrier did not answer. */
    unknownInFlight: number;
    unknownUnanswered: number;
    /** Rows that were in flight at a kill or freeze. */
    inFlight: number;
    highestSpeed: number;
    /**
     * Planned replies; those with an unknown outcome and how many the troubles explain at most; and those for texts that came
     * too late.
     */
    replies: number;
    repliesUnknown: number;
    repliesUnknownAtMost: number;
    repliesExpired: number;
    /** Required answers of which two messages were made because the first was lost. */
    onceMore: number;
    /** Texts that were spooled when their webhook was answered, and texts that came in from the spool. */
    spooled: number;
    replayed: number;
    /** Texts that came in from the carrier's list. */
    listed: number;
    /** Rows for which a receipt of a final state was acknowledged. */
    ends: number;
  };

const stateOf = ({ id, class: kind, state, error }: RowEvidence): string =>
  `${id} (${kind}, ${state}${error === null ? '' : `, ${error}`})`;

/** Names a hand-over by its delivery, its attempt and the state of its row. */
const namesBy =
  ({ rows }: RaceFacts) =>
  ({ delivery, epoch }: Pick<SeenHandOver, 'delivery' | 'epoch'>): string => {
    const row = rows.get(delivery ?? '');
    return row === undefined ? `${delivery}.${epoch}` : `attempt ${epoch} of ${stateOf(row)}`;
  };

/** Describes the attempts of a row, ms: how long after its check each ended, and what the carrier saw. */
function attemptsOf({ evidence }: RaceFacts, { id }: RowEvidence): string {
  const ms = (from: bigint, to: bigint | null): string =>
    to === null ? 'never' : `${(Number(to - from) / 1e6).toFixed(0)} ms`;
  const attempt = evidence.begun.filter((begun) => begun.delivery === id);
  const met = evidence.handOvers.filter((handOver) => handOver.delivery === id);
  const ours = attempt.map(({ epoch, checked, written, ended }) => {
    const carrier = met
      .filter((handOver) => handOver.epoch === epoch)
      .map((handOver) => `met ${ms(checked, handOver.at)}, answered ${ms(checked, handOver.answeredAt)}`);
    return `attempt ${epoch}: written ${ms(checked, written)}, ended ${ms(checked, ended)}, ${carrier.join() || 'the carrier never met it'}`;
  });
  return ours.join('; ') || 'no attempt noted';
}

type Happened = 'stops' | 'holds' | 'sends' | 'staffAnswers' | 'staffSends';

/** Counts the events of the step that race each other. */
function counted(facts: RaceFacts): Pick<Activity, Happened | keyof Raced> {
  const { evidence, rows, stops } = facts;
  const made = evidence.handOvers.filter((handOver) => handOver.made);
  const byStaff = (row: RowEvidence | undefined): boolean => row?.class === 'staff-answer';
  const holds = stops.filter((stop) => stop.hold).length;
  return {
    ...raced(facts),
    stops: stops.length - holds,
    holds,
    sends: made.length,
    staffAnswers: evidence.rows.filter(byStaff).length,
    staffSends: made.filter((handOver) => byStaff(rows.get(handOver.delivery ?? ''))).length,
  };
}

const doorsOf = ({ texts }: RaceEvidence): Pick<Activity, 'spooled' | 'replayed' | 'listed'> => ({
  spooled: texts.filter((text) => text.spooled).length,
  replayed: texts.filter((text) => text.door === 'spool').length,
  listed: texts.filter((text) => text.door === 'list').length,
});

/** Compares what the carrier saw in one step with the database. */
export function reconcile(evidence: RaceEvidence): { found: FoundByCount; activity: Activity } {
  const facts = factsFrom(evidence);
  const all: All = {
    after: afterStop(facts),
    speed: speedOf(facts),
    unknown: unknowns(facts),
    twice: doubles(facts),
    replies: repliesOf(facts),
    ends: acknowledged(facts),
  };
  return { found: foundIn(facts, all), activity: activityOf(facts, all) };
}

/** Results that both the counts and the activity use. */
type All = {
  after: ReturnType<typeof afterStop>;
  speed: ReturnType<typeof speedOf>;
  unknown: ReturnType<typeof unknowns>;
  twice: ReturnType<typeof doubles>;
  replies: Replies;
  ends: ReturnType<typeof acknowledged>;
};

function foundIn(facts: RaceFacts, { after, speed, unknown, twice, replies, ends }: All): FoundByCount {
  const { evidence } = facts;
  const named = namesBy(facts);
  return {
    afterStop: after.lost.map((handOver) => `${named(handOver)}: ${describeTiming(facts, handOver)}`),
    doubled: twice.doubled.map(named),
    unfinished: unfinished(facts),
    withoutConsent: withoutConsent(facts).map(named),
    overLimit: speed.over,
    notHonoured: notHonoured(facts).map(({ cause, scopes }) => `${cause} (${scopes.join()})`),
    astray: astray(facts).map(named),
    misstated: misstated(facts).map(stateOf),
    unknownForNothing: unknown.forNothing.map((row) => `${stateOf(row)}; ${attemptsOf(facts, row)}`),
    fromNowhere: fromNowhere(facts).map(named),
    oldYes: agreedToOldQuestions(facts),
    unproven: unproven(facts),
    scans: evidence.scans,
    effectsDoubled: effectsDoubled(facts),
    blockedKept: blockedKept(facts).map(({ code, wall }) => `${code} at ${new Date(wall).toISOString()}`),
    unheard: evidence.texts.filter((text) => text.door === null).map((text) => text.sid),
    spoolLeft: evidence.spoolLeft,
    staleConfirmed: staleConfirmed(facts).map(named),
    answeredTwice: answeredTwice(facts).map(named),
    confirmedTwice: confirmedTwice(facts).map(named),
    repliesLost: replies.lost,
    endsLost: ends.lost.map(({ row, end }) => `${stateOf(row)}; ${namedEnd(end)}`),
  };
}

function activityOf(facts: RaceFacts, { after, speed, unknown, twice, replies, ends }: All): Activity {
  return {
    ...counted(facts),
    ...raced(facts),
    blocked: facts.evidence.blocked.length,
    frozen: after.frozen.length,
    readLate: after.readLate.length,
    unknownInFlight: unknown.inFlight.length,
    unknownUnanswered: unknown.unanswered.length,
    inFlight: inFlight(facts),
    replies: replies.planned,
    repliesUnknown: replies.unknown,
    repliesUnknownAtMost: replies.bound,
    repliesExpired: replies.expired,
    onceMore: twice.onceMore.length,
    highestSpeed: speed.highest,
    ...doorsOf(facts.evidence),
    ends: ends.reported,
    ...alreadyAtCarrier(facts),
  };
}

/**
 * Final states in order, by how far the message came. They are written here again, because a mistake in the gateway's own list
 * would be in both places.
 */
const STATES: readonly string[] = ['failed', 'undelivered', 'delivered'];

type Ends = {
  /** Rows of this step for which a receipt of a final state was acknowledged. */
  reported: number;
  /** Those without this state, with the highest one that was acknowledged. */
  lost: { row: RowEvidence; end: End }[];
};

/**
 * P8, P5: finds rows whose state is below the highest acknowledged one, or above it although all their messages ended with an
 * acknowledged receipt. Receipts for rows of other steps are left out.
 */
function acknowledged({ evidence, rows }: RaceFacts): Ends {
  const handOvers = grouped(evidence.handOvers, (handOver) => handOver.delivery);
  const reported = [...grouped(evidence.ends, (end) => end.delivery)].flatMap(([delivery, ends]) => {
    const row = rows.get(delivery);
    return row === undefined ? [] : [{ row, ends }];
  });
  const lost = reported.flatMap(({ row, ends }) => {
    const end = ends.reduce((highest, end) => (compare(end, highest) > 0 ? end : highest));
    const order = compare(row, end);
    const isAlike = order === 0 || (order > 0 && !isAllReported(handOvers.get(row.id) ?? [], ends));
    return isAlike ? [] : [{ row, end }];
  });
  return { reported: reported.length, lost };
}

type Ended = Pick<RowEvidence, 'state' | 'error'>;

/** Compares by state, then by error code. */
function compare(ended: Ended, other: Ended): number {
  const order = STATES.indexOf(ended.state) - STATES.indexOf(other.state);
  if (order !== 0) return order;
  const [code, otherCode] = [ended.error ?? '', other.error ?? ''];
  return code < otherCode ? -1 : code > otherCode ? 1 : 0;
}

/** A refused call ends its row too, without a receipt. */
const isAllReported = (handOvers: readonly SeenHandOver[], ends: readonly End[]): boolean =>
  handOvers.length > 0 && handOvers.every(({ sid }) => ends.some((end) => end.sid === sid));

/** Names a lost final state. */
const namedEnd = ({ state, error }: End): string =>
  `acknowledged as ${state}${error === null ? '' : `, ${error}`}`;

/** Events of a step during the flight, without the sign-up. */
type Raced = {
  /** STOPs by text or API that were answered during the flight. */
  stopsInFlight: number;
  /** Those that raced the hand-over of a message they forbid. */
  stopsRacing: number;
  /** Messages that were handed over after the sign-up. */
  sendsInFlight: number;
};

/** A hand-over races a STOP that came within its lease after it, or that was answered a moment before it, ns. */
const BEFORE_NS = 3_000_000_000n;
const AFTER_NS = 1_000_000_000n;

export function raced(facts: RaceFacts): Raced {
  const { evidence, rows } = facts;
  const { from, to } = evidence.flight;
  const begunOf = grouped(evidence.begun, (attempt) => rows.get(attempt.delivery)?.number ?? '');
  const answered = facts.stops.filter(
    ({ hold, answeredAt }) => !hold && answeredAt !== null && answeredAt >= from && answeredAt <= to,
  );
  const racing = answered.filter((stop) =>
    (begunOf.get(stop.number) ?? []).some((attempt) => races(facts, stop, attempt)),
  );
  return {
    stopsInFlight: answered.length,
    stopsRacing: racing.length,
    sendsInFlight: evidence.handOvers.filter((handOver) => handOver.made && handOver.at >= from).length,
  };
}

function races({ rows }: RaceFacts, stop: OptOutFacts, { delivery, checked, written }: SendAttempt): boolean {
  const row = rows.get(delivery);
  const { begunAt, answeredAt, cause, scopes } = stop;
  if (row === undefined || answeredAt === null) return false;
  if (FREE.includes(row.class) || row.answers === cause) return false;
  if (!scopes.some((scope) => covers(scope, row))) return false;
  return [checked, written].some((at) => at >= begunAt - BEFORE_NS && at <= answeredAt + AFTER_NS);
}
