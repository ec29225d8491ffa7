import type { Scope } from '../../../../src/domain/consent/suppression.ts';
import type { ChainEntry, PersonEvidence, RaceEvidence, SeenHandOver } from '../evidence/evidence.ts';
import type { OptOutFacts, RaceFacts } from '../evidence/facts.ts';
import { PROGRAM_IDS } from '../programs.ts';

/** Finds messages to a number other than that of the contact of the row. */
export function astray({ evidence, rows }: RaceFacts): SeenHandOver[] {
  return evidence.handOvers.filter((handOver) => {
    const row = rows.get(handOver.delivery ?? '');
    return row !== undefined && row.number !== handOver.number;
  });
}

/** P4: finds opt-outs and holds without an entry, and those whose entry nothing lifted and which do not stand. */
export function notHonoured(facts: RaceFacts): OptOutFacts[] {
  return facts.stops.filter((stop) => {
    // A call of the API without a 2xx promised nothing. A text counts however its webhook ended.
    const isText = facts.texts.has(stop.cause);
    const person = facts.people.get(stop.number);
    if (stop.seq === null) {
      const recordedAt = facts.texts.get(stop.cause)?.recordedAt ?? null;
      return (
        (isText || stop.answeredAt !== null) && !(stop.hold && wasStopped(person?.entries ?? [], recordedAt))
      );
    }
    return person === undefined || stop.scopes.some((scope) => !standsStill(person, scope, stop));
  });
}

/** Time between the record of a text and its read of suppressions, ms. A frozen process or database takes less than this. */
const READ_WITHIN_MS = 10_000;

/**
 * Whether an opt-out of everything or a hold stood when the text was recorded. Words that may be an opt-out change nothing then.
 */
const wasStopped = (entries: readonly ChainEntry[], recordedAt: number | null): boolean =>
  recordedAt !== null &&
  entries.some(
    ({ kind, scope, wall }) =>
      wall <= recordedAt + READ_WITHIN_MS && (kind === 'held' || (kind === 'withdrawn' && scope === 'all')),
  );

function standsStill(person: PersonEvidence, scope: Scope, { seq, hold }: OptOutFacts): boolean {
  const row = person.standing.find((row) => row.scope === scope);
  return programsOf(scope).every((program) => {
    const lifted = person.entries.some(
      (entry) => entry.seq > (seq ?? 0) && entry.program === program && lifts(entry, hold ? null : scope),
    );
    return lifted || (row?.programs.includes(program) ?? false) || (hold && person.held.includes(program));
  });
}

/**
 * Whether an entry lifts a scope. A topic turned on lifts the end of that topic and a hold; only a confirmation lifts an opt-out
 * of more.
 */
function lifts({ kind, program, topics }: ChainEntry, scope: Scope | null): boolean {
  if (kind !== 'topic-on') return kind === 'confirmed';
  return scope === null || topics.some((topic) => scope === `topic:${program}/${topic}`);
}

function programsOf(scope: Scope): readonly string[] {
  if (scope === 'all') return PROGRAM_IDS;
  return [/^(?:program|topic):([^/]+)/.exec(scope)?.[1] ?? ''];
}

/** Five minutes after the request (47 CFR 64.1200(a)(12)), and ten seconds for messages under way, ms. */
const CONFIRMED_WITHIN_MS = 310_000;

/** Finds confirmations of an opt-out that were handed over later than its text permits. */
export function staleConfirmed({ evidence, rows, texts }: RaceFacts): SeenHandOver[] {
  return evidence.handOvers.filter((handOver) => {
    const row = rows.get(handOver.delivery ?? '');
    if (row?.class !== 'opt-out-confirmation') return false;
    const receivedAt = texts.get(row.answers ?? '')?.receivedAt ?? null;
    return receivedAt !== null && handOver.wall - receivedAt > CONFIRMED_WITHIN_MS;
  });
}

/** P2: finds subscriptions without their confirmation in the chain. */
export function unproven({ evidence }: RaceFacts): string[] {
  return evidence.people.flatMap(({ subscriptions, entries }) =>
    subscriptions.flatMap(({ program, subscribed, seq }) => {
      const proof = entries.some(
        (entry) => entry.kind === 'confirmed' && entry.program === program && entry.seq === seq,
      );
      return subscribed && !proof ? [`${program} at entry ${seq}`] : [];
    }),
  );
}

/** P5: finds texts that were processed twice, by MessageSid. One transaction writes all entries of one text at one moment. */
export function effectsDoubled({ evidence, texts }: RaceFacts): string[] {
  const moments = new Map<string, Set<number>>();
  for (const { cause, wall } of evidence.people.flatMap((person) => person.entries)) {
    if (cause === null || !texts.has(cause)) continue;
    moments.set(cause, (moments.get(cause) ?? new Set()).add(wall));
  }
  return [...moments].flatMap(([sid, walls]) => (walls.size > 1 ? [sid] : []));
}

/** P3: finds refusals that only a STOP explains, for people who are still in a program and have not agreed again. */
export function blockedKept({ evidence, people }: RaceFacts): RaceEvidence['blocked'] {
  return evidence.blocked.filter(({ number, wall }) => {
    const person = people.get(number);
    return !PROGRAM_IDS.every((program) => {
      const agreed = person?.entries.some(
        (entry) => entry.kind === 'confirmed' && entry.program === program && entry.wall >= wall,
      );
      return agreed === true || isOutOf(person, program);
    });
  });
}

/** A consent from after the reported refusal is spared. Then the rest ends, one program at a time. */
function isOutOf(person: PersonEvidence | undefined, program: string): boolean {
  if (person === undefined) return false;
  const ended = person.standing.some(
    ({ scope, programs }) =>
      (scope === 'all' || scope === `program:${program}`) && programs.some((ended) => ended === program),
  );
  return ended || !person.subscriptions.some((subscription) => subscription.program === program);
}
