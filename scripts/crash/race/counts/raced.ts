import { grouped } from '../../../../src/domain/grouped.ts';
import type { Begun } from '../evidence/evidence.ts';
import type { OptOutFacts, RaceFacts } from '../evidence/facts.ts';
import { covers, FREE } from './after-stop.ts';

/** What of a step happened while the flight was on, signing up left out. */
export type Raced = {
  /** STOPs, by text or by the API, whose answer was given in it. */
  stopsInFlight: number;
  /** Those of them that raced the hand-over of a message that they forbid. */
  stopsRacing: number;
  /** Messages that were handed over after signing up. */
  sendsInFlight: number;
};

/** A hand-over races a STOP that came within its lease after it, or was answered a moment before, ns. */
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

function races({ rows }: RaceFacts, stop: OptOutFacts, { delivery, checked, written }: Begun): boolean {
  const row = rows.get(delivery);
  const { begunAt, answeredAt, cause, scopes } = stop;
  if (row === undefined || answeredAt === null) return false;
  if (FREE.includes(row.class) || row.answers === cause) return false;
  if (!scopes.some((scope) => covers(scope, row))) return false;
  return [checked, written].some((at) => at >= begunAt - BEFORE_NS && at <= answeredAt + AFTER_NS);
}
