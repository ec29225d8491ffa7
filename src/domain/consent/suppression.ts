import { channelOf, isUnconfirmed, type SuppressionOrigin } from './suppression-origin.ts';

/**
 * A suppression forbids sending to a number within its scope. Suppressions are never deleted: an opt-out raises
 * `generation`, and a confirmation records in `lifts` which generation it lifts for which program. A later opt-out is
 * above every lift.
 */
export type Scope =
  | 'all'
  | `program:${string}`
  | `topic:${string}/${string}`
  | `sender:${string}`
  | `service:${string}`;

export const SUPPRESSION_KINDS = ['opt-out', 'hold', 'carrier', 'hygiene'] as const;
export type SuppressionKind = (typeof SUPPRESSION_KINDS)[number];

export type Suppression = {
  scope: Scope;
  kind: SuppressionKind;
  /** Raised by every opt-out, even when the suppression is already in force. */
  generation: number;
  /** Newest time at which an act that raised it was received. */
  since: Date;
  /** Highest generation lifted, by program id or `*` for all programs. */
  lifts: Record<string, number>;
  /** When a hold ends in an opt-out; null for every other kind. */
  until: Date | null;
  /** What raised it. */
  origin: SuppressionOrigin;
  /** Delivery that confirms the opt-out. Absent when the carrier confirms it or nothing does. */
  confirmation?: string;
  /**
   * Deliveries whose failures are its evidence. Absent when it needs none. Empty when the failures turned out not to
   * count. For a carrier's block: the blocked delivery, unless a STOP caused the block.
   */
  witnesses?: readonly string[];
};

export type Target = { program: string | null; topic: string | null; sender: string; service: string | null };

/** A scope split into its parts. */
export type ScopeParts =
  | { kind: 'all' }
  | { kind: 'program'; program: string }
  | { kind: 'topic'; program: string; topic: string }
  | { kind: 'sender'; sender: string }
  | { kind: 'service'; service: string };

/** Splits a scope; `scopesOver` builds them. Throws a TypeError for a string that is no scope. */
export function readScope(scope: Scope): ScopeParts {
  const [, kind, rest = ''] = /^(\w+)(?::(.+))?$/s.exec(scope) ?? [];
  const [program = '', topic = ''] = rest.split(/\/(.*)/s);
  switch (kind) {
    case 'all':
      return { kind };
    case 'program':
      return { kind, program: rest };
    case 'topic':
      return { kind, program, topic };
    case 'sender':
      return { kind, sender: rest };
    case 'service':
      return { kind, service: rest };
    default:
      throw new TypeError(`"${scope}" is no scope`);
  }
}

/** All scopes that cover a message to this target. */
export function scopesOver(target: Target): Scope[] {
  const scopes: Scope[] = ['all', `sender:${target.sender}`];
  if (target.service !== null) scopes.push(`service:${target.service}`);
  if (target.program !== null) scopes.push(`program:${target.program}`);
  if (target.program !== null && target.topic !== null) {
    scopes.push(`topic:${target.program}/${target.topic}`);
  }
  return scopes;
}

/** True when the newest generation is lifted neither for all nor for this program. */
export function isStanding(row: Suppression, program: string | null): boolean {
  const lifted = Math.max(row.lifts['*'] ?? 0, program === null ? 0 : (row.lifts[program] ?? 0));
  return row.generation > lifted;
}

/**
 * Whether a suppression still forbids all that it is about, a part of it, or nothing. It ends in full once it is lifted
 * for all, or for the one program that its scope is about.
 */
export function standingOf(row: Suppression): 'all' | 'part' | 'none' {
  const over = readScope(row.scope);
  const own = over.kind === 'program' || over.kind === 'topic' ? over.program : null;
  if (!isStanding(row, own)) return 'none';
  return standsForAll(row) ? 'all' : 'part';
}

/** True when the newest generation is lifted for no program. */
export function standsForAll(row: Suppression): boolean {
  return Object.values(row.lifts).every((lifted) => lifted < row.generation);
}

/** Suppressions of the given kinds that forbid a message to the target. */
export function standingRows(
  rows: readonly Suppression[],
  target: Target,
  kinds: readonly SuppressionKind[] = SUPPRESSION_KINDS,
): Suppression[] {
  const scopes = new Set<Scope>(scopesOver(target));
  return rows.filter(
    (row) => kinds.includes(row.kind) && scopes.has(row.scope) && isStanding(row, target.program),
  );
}

export function generationOf(rows: readonly Suppression[], scope: Scope, kind: SuppressionKind): number {
  return rows.find((row) => row.scope === scope && row.kind === kind)?.generation ?? 0;
}

/** The suppressions with one raised by a generation, or added at generation 1. */
export function raiseSuppression(
  rows: readonly Suppression[],
  change: Pick<Suppression, 'scope' | 'kind' | 'origin' | 'confirmation' | 'witnesses'> & {
    at: Date;
    until?: Date | null;
  },
): Suppression[] {
  const { scope, kind, confirmation, witnesses } = change;
  const old = rows.find((row) => row.scope === scope && row.kind === kind);
  const raised: Suppression = {
    scope,
    kind,
    generation: (old?.generation ?? 0) + 1,
    since: old !== undefined && old.since > change.at ? old.since : change.at,
    lifts: old?.lifts ?? {},
    until: change.until ?? null,
    origin: change.origin,
    ...(confirmation === undefined ? {} : { confirmation }),
    ...(witnesses === undefined ? {} : { witnesses }),
  };
  return [...rows.filter((row) => row !== old), raised];
}

/** The suppressions with one lifted for `program` (`*`: for all) up to `generation`. A lift is never lowered. */
export function liftSuppression(
  rows: readonly Suppression[],
  change: { scope: Scope; kind: SuppressionKind; program: string; generation: number },
): Suppression[] {
  return rows.map((row) => {
    if (row.scope !== change.scope || row.kind !== change.kind) return row;
    const before = row.lifts[change.program] ?? 0;
    if (before >= change.generation) return row;
    const lifts = { ...row.lifts, [change.program]: change.generation };
    // A hold lifted for everybody no longer needs its timer.
    return { ...row, lifts, until: change.program === '*' ? null : row.until };
  });
}

/**
 * An opt-out by the person's own text that was to be confirmed and that nothing has lifted. Whether the confirmation
 * was sent is recorded in its delivery.
 */
export const countsAsConfirmed = (row: Suppression): boolean =>
  row.kind === 'opt-out' &&
  channelOf(row.origin) === 'VIA_TEXT' &&
  !isUnconfirmed(row.origin) &&
  standsForAll(row);
