import type { Scope } from '../../../../src/domain/consent/suppression.ts';
import type { ChainEntry, PersonEvidence, RaceEvidence, SeenHandOver } from '../evidence/evidence.ts';
import type { OptOutFacts, RaceFacts } from '../evidence/facts.ts';
import { PROGRAM_IDS } from '../programs.ts';

/** Messages to another number than that of the contact whose row it is. */
export function astray({ evidence, rows }: RaceFacts): SeenHandOver[] {
  return evidence.handOvers.filter((handOver) => {
    const row = rows.get(handOver.delivery ?? '');
    return row !== undefined && row.number !== handOver.number;
  });
}

/** P4: opt-outs and holds that came and left no mark, or whose mark nothing later lifted and which yet do not stand. */
export function notHonoured(facts: RaceFacts): OptOutFacts[] {
  return facts.stops.filter((stop) => {
    // A call of the API that got no 2xx promised nothing; a text counts however its webhook ended.
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

/** A text writes its time down and then reads what stands; a process or a database that is frozen between is so for less, ms. */
const READ_WITHIN_MS = 10_000;

/** By an opt-out of everything, or a hold, that a text recorded then could have seen: words that may be an opt-out change nothing. */
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

/** A topic that is turned on lifts what ended that topic, and a hold; an opt-out of more is lifted by a confirmation alone. */
function lifts({ kind, program, topics }: ChainEntry, scope: Scope | null): boolean {
  if (kind !== 'topic-on') return kind === 'confirmed';
  return scope === null || topics.some((topic) => scope === `topic:${program}/${topic}`);
}

function programsOf(scope: Scope): readonly string[] {
  if (scope === 'all') return PROGRAM_IDS;
  return [/^(?:program|topic):([^/]+)/.exec(scope)?.[1] ?? ''];
}

/** Within five minutes of the request, 47 CFR 64.1200(a)(12), and ten seconds for what was on its way, ms. */
const CONFIRMED_WITHIN_MS = 310_000;

/** Confirmations of an opt-out that were handed over later than its text permits. */
export function staleConfirmed({ evidence, rows, texts }: RaceFacts): SeenHandOver[] {
  return evidence.handOvers.filter((handOver) => {
    const row = rows.get(handOver.delivery ?? '');
    if (row?.class !== 'opt-out-confirmation') return false;
    const receivedAt = texts.get(row.answers ?? '')?.receivedAt ?? null;
    return receivedAt !== null && handOver.wall - receivedAt > CONFIRMED_WITHIN_MS;
  });
}

/** P2: subscriptions whose confirmation is not in the chain. */
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

/** P5: texts, named by their MessageSid, that were taken for two: one transaction writes all entries of one at one moment. */
export function effectsDoubled({ evidence, texts }: RaceFacts): string[] {
  const moments = new Map<string, Set<number>>();
  for (const { cause, wall } of evidence.people.flatMap((person) => person.entries)) {
    if (cause === null || !texts.has(cause)) continue;
    moments.set(cause, (moments.get(cause) ?? new Set()).add(wall));
  }
  return [...moments].flatMap(([sid, walls]) => (walls.size > 1 ? [sid] : []));
}

/** P3: refusals that only a STOP explains, of people who are not out of everything they were in, nor have agreed anew since. */
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

/** What they agreed to after a refusal was told of is spared: then the rest ends, a program at a time. */
function isOutOf(person: PersonEvidence | undefined, program: string): boolean {
  if (person === undefined) return false;
  const ended = person.standing.some(
    ({ scope, programs }) =>
      (scope === 'all' || scope === `program:${program}`) && programs.some((ended) => ended === program),
  );
  return ended || !person.subscriptions.some((subscription) => subscription.program === program);
}
