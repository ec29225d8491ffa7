import type { DeliveryState } from '../../../src/store/deliveries/delivery.ts';
import type { Progress } from './orders.ts';

/** Counts that must be 0, beside the counts of the race. */
export const CAMPAIGN_COUNTS = {
  unreached: 'people of the frozen audience without a row of the campaign',
  twice: 'rows beyond the first of one person',
  outside: 'rows of people outside the audience',
  miscounted: 'states of which the progress says another number than the rows',
  uncarried: 'messages by which rows and carrier differ',
  whilePaused: 'hand-overs while it was paused',
  unended: 'campaigns that did not finish',
} as const;

export type CampaignCount = keyof typeof CAMPAIGN_COUNTS;

/** Both sides of one campaign once nothing is open. Times are ns of the machine's monotonic clock. */
export type CampaignEvidence = {
  /** Contacts of the audience as it was when the campaign was started. */
  audience: readonly string[];
  rows: readonly { id: string; contact: string; state: DeliveryState }[];
  state: string;
  progress: Progress;
  /**
   * Messages that the carrier made, by the delivery they name, with the moment of the hand-over. `left`: the message left for
   * the handset, and no receipt says that it failed there.
   */
  carried: readonly { delivery: string; at: bigint; left: boolean }[];
  paused: { from: bigint; to: bigint };
};

/** Calls under way when a pause is answered still leave: within one poll of the paused lanes and one lease. */
const GRACE_NS = 3_750_000_000n;

/** States of a row whose message the carrier has. */
const CARRIED: readonly DeliveryState[] = ['accepted', 'sent', 'delivered', 'undelivered'];

/** Compares audience, rows, progress and carrier, person by person. Each finding is named by an id or a state. */
export function reconcileCampaign(evidence: CampaignEvidence): Record<CampaignCount, string[]> {
  const { audience, rows, state, progress, carried, paused } = evidence;
  const wanted = new Set(audience);
  const reached = new Set<string>();
  const twice: string[] = [];
  for (const { id, contact } of rows) {
    if (reached.has(contact)) twice.push(id);
    reached.add(contact);
  }
  const ids = new Set(rows.map((row) => row.id));
  const during = carried.filter(
    ({ delivery, at }) => ids.has(delivery) && at > paused.from + GRACE_NS && at < paused.to,
  );
  return {
    unreached: audience.filter((id) => !reached.has(id)),
    twice,
    outside: rows.filter((row) => !wanted.has(row.contact)).map((row) => row.id),
    miscounted: miscounted(rows, progress, audience.length),
    uncarried: uncarried(rows, carried),
    whilePaused: during.map((message) => message.delivery),
    unended: state === 'finished' ? [] : [state],
  };
}

function miscounted(rows: CampaignEvidence['rows'], progress: Progress, people: number): string[] {
  const counts: Record<string, number> = {};
  for (const { state } of rows) counts[state] = (counts[state] ?? 0) + 1;
  const states = Object.keys({ ...counts, ...progress.messages });
  const wrong = states.filter((state) => (counts[state] ?? 0) !== (progress.messages[state] ?? 0));
  return [...wrong, ...(progress.people === people ? [] : [`people: ${progress.people} of ${people}`])];
}

/** Finds rows that claim a message which the carrier does not have, and messages whose row says that they never left or failed. */
function uncarried(rows: CampaignEvidence['rows'], carried: CampaignEvidence['carried']): string[] {
  const made = new Set(carried.map((message) => message.delivery));
  const left = new Set(carried.filter((message) => message.left).map((message) => message.delivery));
  return rows.flatMap(({ id, state }) => {
    // The outcome of this row was lost, so nobody knows.
    if (state === 'unknown') return [];
    // The carrier refused the message, or took it and failed to deliver it.
    if (state === 'failed') return left.has(id) ? [`${id} (${state})`] : [];
    return CARRIED.includes(state) === made.has(id) ? [] : [`${id} (${state})`];
  });
}
