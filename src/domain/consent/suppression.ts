/**
 * What forbids sending to a number. Rows are never deleted: an opt-out raises `generation`, a confirmation
 * notes in `lifts` which generation it lifts for which program. A later opt-out is above every lift.
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
  /** Raised by every opt-out, also where the row stands already. */
  generation: number;
  /** Newest moment of any act that raised it, by when the act reached us. */
  since: Date;
  /** Program id, or `*` for any, to the highest generation lifted for it. */
  lifts: Record<string, number>;
  /** When a hold ends, in opt-out; null for every other kind. */
  until: Date | null;
  /** Channel and rule that raised it: "VIA_TEXT exact:stop", "WEB_FORM door:WEB_FORM"; or what did: "hold timer". */
  source: string;
  /** Delivery that confirms it. Absent where the carrier confirms it, or nobody does. */
  confirmation?: string;
  /**
   * Deliveries whose failures it rests on. Absent where it rests on none. Empty: it rested on some, which turned out not
   * to count. Of a carrier's block: the one that met it, unless it was a STOP's.
   */
  witnesses?: readonly string[];
};

export type Target = { program: string | null; topic: string | null; sender: string; service: string | null };

/** A scope, taken apart. */
export type ScopeParts =
  | { kind: 'all' }
  | { kind: 'program'; program: string }
  | { kind: 'topic'; program: string; topic: string }
  | { kind: 'sender'; sender: string }
  | { kind: 'service'; service: string };

/** Takes a scope apart; `scopesOver` puts the same ones together. Throws a TypeError where it is none. */
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

/** Scopes under which a message to this target would fall. */
export function scopesOver(target: Target): Scope[] {
  const scopes: Scope[] = ['all', `sender:${target.sender}`];
  if (target.service !== null) scopes.push(`service:${target.service}`);
  if (target.program !== null) scopes.push(`program:${target.program}`);
  if (target.program !== null && target.topic !== null) {
    scopes.push(`topic:${target.program}/${target.topic}`);
  }
  return scopes;
}

/** True where the row's newest generation is lifted neither for all nor for this program. */
export function isStanding(row: Suppression, program: string | null): boolean {
  const lifted = Math.max(row.lifts['*'] ?? 0, program === null ? 0 : (row.lifts[program] ?? 0));
  return row.generation > lifted;
}

/** True where the row's newest generation is lifted for nobody. */
export function standsForAll(row: Suppression): boolean {
  return Object.values(row.lifts).every((lifted) => lifted < row.generation);
}

/** Rows that forbid a message to the target, of the kinds asked for. */
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

/** The rows with one raised by a generation, or added at generation 1. */
export function raiseSuppression(
  rows: readonly Suppression[],
  change: Pick<Suppression, 'scope' | 'kind' | 'source' | 'confirmation' | 'witnesses'> & {
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
    source: change.source,
    ...(confirmation === undefined ? {} : { confirmation }),
    ...(witnesses === undefined ? {} : { witnesses }),
  };
  return [...rows.filter((row) => row !== old), raised];
}

/** The rows with one lifted for `program` (`*`: for all) up to `generation`; a lift is never lowered. */
export function liftSuppression(
  rows: readonly Suppression[],
  change: { scope: Scope; kind: SuppressionKind; program: string; generation: number },
): Suppression[] {
  return rows.map((row) => {
    if (row.scope !== change.scope || row.kind !== change.kind) return row;
    const before = row.lifts[change.program] ?? 0;
    if (before >= change.generation) return row;
    const lifts = { ...row.lifts, [change.program]: change.generation };
    // A hold that is over for all has nothing left to time.
    return { ...row, lifts, until: change.program === '*' ? null : row.until };
  });
}

/** Ends the source of an opt-out that was heard by nobody: the next one is its first to be confirmed. */
export const NOT_CONFIRMED = ', not confirmed';

/** An opt-out by the person's own text that was to be confirmed and that nothing has lifted; whether that left, its row tells. */
export const countsAsConfirmed = (row: Suppression): boolean =>
  row.kind === 'opt-out' &&
  row.source.startsWith('VIA_TEXT') &&
  !row.source.endsWith(NOT_CONFIRMED) &&
  standsForAll(row);

/** What raised the opt-out in which a hold ended that nobody decided. */
export const HOLD_TIMER = 'hold timer';

/** What decided an opt-out that a member of staff read out of a person's words. */
export const REVIEWED = 'review:opt-out';
