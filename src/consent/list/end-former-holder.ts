import { endFormerHolder } from '../../domain/consent/former-holder.ts';
import type { ContactDoc } from '../../store/people/contacts.ts';
import { openHolder } from '../../store/people/holder.ts';
import { actByDoor } from '../act-by-door.ts';
import type { Desk } from '../desk.ts';

/** That a number left its holder, and who found out by what. */
export type HolderLeft = {
  /** Consent from before this moment is the former holder's. */
  until: Date;
  reason: 'deactivated' | 'reassigned';
  /** The job, as the ledger names who acted. */
  job: string;
  rules: string;
  evidence: Record<string, unknown>;
};

/**
 * Ends what the former holder of a number agreed to: no opt-out, suppressions stay, and whoever has the number now may
 * join. True where that changed something.
 */
export async function endFormer(desk: Desk, holder: ContactDoc, left: HolderLeft): Promise<boolean> {
  const { until, reason } = left;
  const prepared = await actByDoor(desk, {
    number: openHolder(desk.ring, holder, []).number,
    channel: 'NO_ACT',
    from: null,
    actor: `job:${left.job}`,
    rules: left.rules,
    personal: { origin: JSON.stringify(left.evidence) },
    alone: false,
    decide: (person, at) => {
      const ended = endFormerHolder(person, { until, reason, at });
      return ended === null ? null : { ...ended, replies: [] };
    },
  });
  return prepared !== null;
}
