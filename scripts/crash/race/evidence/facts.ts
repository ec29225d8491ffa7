import type { Scope } from '../../../../src/domain/consent/suppression.ts';
import { grouped } from '../../../../src/domain/grouped.ts';
import { holds, stopScope } from '../scenes.ts';
import type {
  ChainEntry,
  PersonEvidence,
  RaceEvidence,
  RowEvidence,
  SendAttempt,
  TextEvidence,
} from './evidence.ts';

/** One opt-out by text or API, or one hold, and its place in the ledger chain. */
export type OptOutFacts = {
  number: string;
  scopes: Scope[];
  /** MessageSid or token. */
  cause: string;
  /** When it was first posted, or requested. */
  begunAt: bigint;
  /**
   * When it was answered: by its webhook or by a create call, whichever came first. Null without an answer, or with one that
   * promises nothing.
   */
  answeredAt: bigint | null;
  /** Its last entry in the chain, or null. */
  seq: number | null;
  /** When it reached the gateway by that entry, or null. */
  acted: number | null;
  /** Words that may be an opt-out: replies go on, everything else stops. */
  hold: boolean;
};

/** The evidence, indexed for look-up. */
export type RaceFacts = {
  evidence: RaceEvidence;
  rows: ReadonlyMap<string, RowEvidence>;
  people: ReadonlyMap<string, PersonEvidence>;
  texts: ReadonlyMap<string, TextEvidence>;
  stops: readonly OptOutFacts[];
  stopsOf: ReadonlyMap<string, OptOutFacts[]>;
  /** The last entry that an act made, by its cause. */
  seqOf: ReadonlyMap<string, number>;
  /** Stamps by `delivery.epoch`. */
  attempts: ReadonlyMap<string, SendAttempt>;
};

const STOPPING = ['withdrawn', 'topic-off', 'held'];

export function factsFrom(evidence: RaceEvidence): RaceFacts {
  const entries = evidence.people.flatMap((person) => person.entries);
  const seqOf = new Map([...lastOf(entries)].map(([cause, { seq }]) => [cause, seq]));
  const stopping = lastOf(entries.filter((entry) => STOPPING.includes(entry.kind)));
  const stops = stopsFrom(evidence, stopping);
  return {
    evidence,
    rows: new Map(evidence.rows.map((row) => [row.id, row])),
    people: new Map(evidence.people.map((person) => [person.number, person])),
    texts: new Map(evidence.texts.map((text) => [text.sid, text])),
    stops,
    stopsOf: grouped(stops, (stop) => stop.number),
    seqOf,
    attempts: new Map(evidence.begun.map((attempt) => [`${attempt.delivery}.${attempt.epoch}`, attempt])),
  };
}

function lastOf(entries: readonly ChainEntry[]): Map<string, ChainEntry> {
  return new Map(entries.flatMap((entry) => (entry.cause === null ? [] : [[entry.cause, entry] as const])));
}

/** Classes that tell the person the result of their opt-out, or of words that may be one. */
const TOLD_OF_STOP = ['opt-out-confirmation', 'hold-notice'];

/** When the carrier first made a message that answers a text which ends or holds something, by MessageSid. */
function confirmedAt({ handOvers, rows }: RaceEvidence): Map<string, bigint> {
  const causes = new Map(
    rows.flatMap((row) =>
      row.answers !== null && TOLD_OF_STOP.includes(row.class) ? [[row.id, row.answers] as const] : [],
    ),
  );
  const first = new Map<string, bigint>();
  for (const { delivery, made, at } of handOvers) {
    const cause = causes.get(delivery ?? '');
    if (cause === undefined || !made) continue;
    const before = first.get(cause);
    if (before === undefined || at < before) first.set(cause, at);
  }
  return first;
}

const earlier = (time: bigint | null, other: bigint | null): bigint | null =>
  time === null || (other !== null && other < time) ? other : time;

function stopsFrom(evidence: RaceEvidence, entryOf: ReadonlyMap<string, ChainEntry>): OptOutFacts[] {
  const { texts, asked } = evidence;
  const confirmedTimes = confirmedAt(evidence);
  const recorded = (cause: string, forms: readonly string[] = []): Pick<OptOutFacts, 'seq' | 'acted'> => {
    const entry = [cause, ...forms].map((id) => entryOf.get(id)).find((entry) => entry !== undefined);
    return { seq: entry?.seq ?? null, acted: entry?.acted ?? null };
  };
  const texted = texts.flatMap(
    ({ number, sid, forms, body, begunAt, answeredAt, door, spooled }): OptOutFacts[] => {
      const hold = holds(body);
      const scope = hold ? 'all' : stopScope(body);
      if (scope === null) return [];
      const inWebhook = spooled || door === 'spool' ? null : answeredAt;
      const times = { begunAt, answeredAt: earlier(inWebhook, confirmedTimes.get(sid) ?? null) };
      return [{ number, scopes: [scope], cause: sid, ...times, hold, ...recorded(sid, forms) }];
    },
  );
  const called = asked.map(({ number, token, scopes, begunAt, answeredAt }): OptOutFacts => {
    return { number, scopes, cause: token, begunAt, answeredAt, hold: false, ...recorded(token) };
  });
  return [...texted, ...called];
}
