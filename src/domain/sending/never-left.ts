import { mayHaveArrived } from '../hygiene/error-codes.ts';
import type { Look } from './after-crash.ts';
import { CONFIRM_WITHIN_MS } from './may-receive.ts';

/** What the row of a confirmation says of whether it left. */
export type Tried = {
  state: string;
  /** The carrier's code for its end. */
  error?: string;
  /** How often it was flagged. */
  epoch: number;
  /** How many of these, the first ones, nobody said. */
  unsaid?: number;
  /** Who flagged it last: a dispatcher's own name; null where it was said in the answer to a text. */
  owner?: string | null;
  answers: { receivedAt: Date } | null;
  acceptedAt?: Date;
  carrierSid?: string;
  extraSids?: readonly string[];
  lookUpAt?: Date;
  lookups?: readonly Look[];
};

/**
 * True where the confirmation of an opt-out did not leave and will not: it ended here, is still planned too late to go, or
 * is unknown and the carrier's list, searched to the end for each attempt that may have been heard, has no trace of it.
 */
export function neverLeft(row: Tried, now: Date): boolean {
  const { lookUpAt, lookups = [] } = row;
  if (wasTaken(row)) return false;
  switch (row.state) {
    case 'skipped':
    case 'canceled':
    case 'expired':
    case 'failed':
      return true;
    case 'planned':
      return row.answers !== null && now.getTime() - row.answers.receivedAt.getTime() > CONFIRM_WITHIN_MS;
    case 'unknown':
      return lookUpAt === undefined && everyAttemptSearched(row) && lookups.every(({ found }) => found === 0);
    default:
      return false;
  }
}

/** True where it waits for a number of ours from which nothing of its program leaves: it is stopped, or another program's. */
export const isStranded = (row: Tried & { sender: string }, writes: (sender: string) => boolean): boolean =>
  row.state === 'planned' && !wasTaken(row) && !writes(row.sender);

const wasTaken = ({ acceptedAt, carrierSid, extraSids = [] }: Tried): boolean =>
  acceptedAt !== undefined || carrierSid !== undefined || extraSids.length > 0;

/**
 * A search covers the time of one attempt. An earlier one may have been heard where a repeat of the text was answered anew;
 * a dispatcher takes only what provably did not leave before.
 */
function everyAttemptSearched({ epoch, unsaid = 0, owner = null, lookups = [] }: Tried): boolean {
  const searched = new Set(lookups.flatMap((look) => (look.epoch > unsaid ? look.epoch : [])));
  return owner === null ? epoch > 0 && searched.size >= epoch - unsaid : searched.has(epoch);
}

/** True where the carrier took it and said that it did not arrive. A late receipt may still say that it did. */
export const didNotArrive = ({ state, error }: Pick<Tried, 'state' | 'error'>): boolean =>
  (state === 'failed' || state === 'undelivered') && !mayHaveArrived(error);
