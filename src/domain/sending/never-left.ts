import type { Look } from './after-crash.ts';
import { CONFIRM_WITHIN_MS } from './may-receive.ts';

/** What the row of a confirmation says of whether it left. */
export type Tried = {
  state: string;
  /** How often it was claimed. */
  epoch: number;
  answers: { receivedAt: Date } | null;
  acceptedAt?: Date;
  carrierSid?: string;
  extraSids?: readonly string[];
  lookUpAt?: Date;
  lookups?: readonly Look[];
};

/**
 * True where the confirmation of an opt-out did not leave and will not: it ended here, is still planned too late to go, or
 * is unknown and the carrier's list, searched to the end for its last attempt, has no trace of it: what was tried before had
 * provably not left.
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
      return lookUpAt === undefined && wasSearched(row) && lookups.every(({ found }) => found === 0);
    default:
      return false;
  }
}

/** True where it waits for a number of ours from which nothing of its program leaves: it is stopped, or another program's. */
export const isStranded = (row: Tried & { sender: string }, writes: (sender: string) => boolean): boolean =>
  row.state === 'planned' && !wasTaken(row) && !writes(row.sender);

const wasTaken = ({ acceptedAt, carrierSid, extraSids = [] }: Tried): boolean =>
  acceptedAt !== undefined || carrierSid !== undefined || extraSids.length > 0;

const wasSearched = ({ epoch, lookups = [] }: Tried): boolean => lookups.some((look) => look.epoch === epoch);
