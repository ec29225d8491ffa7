import { isInterpreted, OPT_OUT_TYPE } from '../words/reading.ts';
import type { ActChannel } from './channels.ts';
import type { EventKind } from './decision.ts';
import {
  type BarrierRule,
  CARRIER_ERROR,
  CONFIRMED_SINCE,
  NUMBER_RULES,
  PROMPT_REFUSALS,
  type PromptRefusal,
  UNDECIDED_LOST,
  VERIFICATION,
  WRONG_NUMBER,
} from './ledger-reasons.ts';

/**
 * What an entry of the ledger came from. Entries are hashed, so what they say is read back from their actor, channel
 * and reason, here and nowhere else.
 */
export type LedgerOrigin =
  /** A text of the person. `isInterpreted`: a rule read ordinary words; else a listed word or a keyword decided. */
  | { by: 'text'; isInterpreted: boolean; wrongNumber: boolean }
  /** The person, by another channel than a text. */
  | { by: 'page' }
  /** A key of the API, for the person. */
  | { by: 'key' }
  /** Staff decided about the person's words. */
  | { by: 'staff'; wrongNumber: boolean }
  /** Something ended, but for what the person had confirmed since. */
  | { by: 'newer-consent' }
  /** Nobody decided about a hold in time. `isKeyLost`: written later, under new keys. */
  | { by: 'hold-timer'; isKeyLost: boolean }
  /** The carrier's OptOutType on a text of the person. */
  | { by: 'carrier-keyword' }
  /** A report of the carrier about a message. */
  | { by: 'carrier-error'; code: string }
  /** Another job. `barrier`: what it found against the number; null when it found something else. */
  | { by: 'job'; barrier: BarrierRule['name'] | null }
  /** The operator, who said that a key is lost. */
  | { by: 'operator' };

/** The fields of an entry that its origin is read from. */
export type OriginEntry = { actor: string; channel: ActChannel; reason: string | null };

const END_HOLDS = 'job:end-holds';

export function originOf({ actor, channel, reason }: OriginEntry): LedgerOrigin {
  const said = reason ?? '';
  if (said === CONFIRMED_SINCE) return { by: 'newer-consent' };
  if (actor === END_HOLDS) return { by: 'hold-timer', isKeyLost: said === UNDECIDED_LOST };
  if (actor.startsWith('job:')) return { by: 'job', barrier: barrierIn(said) };
  if (actor === 'operator') return { by: 'operator' };
  if (said.startsWith(CARRIER_ERROR)) return { by: 'carrier-error', code: said.slice(CARRIER_ERROR.length) };
  if (actor !== 'person') return said.startsWith(REVIEW) ? { by: 'staff', ...markIn(said) } : { by: 'key' };
  if (said === OPT_OUT_TYPE) return { by: 'carrier-keyword' };
  return channel === 'VIA_TEXT'
    ? { by: 'text', isInterpreted: isInterpreted(said), ...markIn(said) }
    : { by: 'page' };
}

const REVIEW = 'review:';

const markIn = (reason: string) => ({ wrongNumber: reason.endsWith(WRONG_NUMBER) });

function barrierIn(reason: string): BarrierRule['name'] | null {
  if (reason.startsWith(VERIFICATION)) return 'verification';
  if (reason.startsWith('messages failed on ')) return 'failures';
  if (reason.startsWith('messages from ')) return 'failures-of-sender';
  return BARRIERS.find((name) => NUMBER_RULES[name] === reason) ?? null;
}

const BARRIERS = ['said-gone', 'said-no-texts', 'line-no-texts'] as const;

/** Whether an entry marks the number as wrong. */
export function isMarked(entry: OriginEntry): boolean {
  const origin = originOf(entry);
  return 'wrongNumber' in origin && origin.wrongNumber;
}

const REFUSALS: ReadonlyMap<string | null, PromptRefusal> = new Map(
  Object.entries(PROMPT_REFUSALS).map(([refusal, reason]) => [reason, refusal as PromptRefusal]),
);

/** Why an entry's request brought no prompt; null for an entry of anything else. */
export const refusalOf = ({
  kind,
  reason,
}: {
  kind: EventKind;
  reason: string | null;
}): PromptRefusal | null => (kind === 'ineffective' ? (REFUSALS.get(reason) ?? null) : null);

/** How many days a pause lasts, by the reason of its entry. */
export const pauseDaysOf = ({ reason }: { reason: string | null }): number =>
  Number.parseInt(reason ?? '', 10);

/** Doors of the opt-out whose evidence may hold what the person said, or why they left. */
const TELLING_DOORS = new Set<unknown>(['console', 'api']);

/**
 * The note on an opt-out: what staff wrote that the person said, or the reason in the request of an API key. Null where
 * there is none. `evidence`: the opened `origin` of the entry.
 */
export function toldIn({ kind }: { kind: EventKind }, evidence: string | undefined): string | null {
  if (kind !== 'withdrawn' || evidence === undefined) return null;
  const { door, reason } = JSON.parse(evidence) as Record<string, unknown>;
  return TELLING_DOORS.has(door) && typeof reason === 'string' ? reason : null;
}
