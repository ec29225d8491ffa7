import { grouped } from '../../../../src/domain/grouped.ts';
import type { End, RowEvidence, SeenHandOver } from '../evidence/evidence.ts';
import type { RaceFacts } from '../evidence/facts.ts';

/**
 * Each above all before it, by how far its message came. Written down once more: borrowed from the gateway, a mistake there
 * would be in both.
 */
const STATES: readonly string[] = ['failed', 'undelivered', 'delivered'];

export type Ends = {
  /** Rows that are of this step and of whose end a receipt was acknowledged. */
  told: number;
  /** Those that do not have it, with the highest that was acknowledged. */
  lost: { row: RowEvidence; end: End }[];
};

/**
 * P8, P5: rows that have less than the highest end that was acknowledged; or more, where the ends of all their messages were
 * acknowledged, so that nothing else can have told of one. Receipts of rows of other steps are left out.
 */
export function acknowledged({ evidence, rows }: RaceFacts): Ends {
  const handOvers = grouped(evidence.handOvers, (handOver) => handOver.delivery);
  const told = [...grouped(evidence.ends, (end) => end.delivery)].flatMap(([delivery, ends]) => {
    const row = rows.get(delivery);
    return row === undefined ? [] : [{ row, ends }];
  });
  const lost = told.flatMap(({ row, ends }) => {
    const end = ends.reduce((highest, end) => (compare(end, highest) > 0 ? end : highest));
    const order = compare(row, end);
    const isAlike = order === 0 || (order > 0 && !isAllTold(handOvers.get(row.id) ?? [], ends));
    return isAlike ? [] : [{ row, end }];
  });
  return { told: told.length, lost };
}

type Ended = Pick<RowEvidence, 'state' | 'error'>;

/** By the state; of one state twice, by the code. */
function compare(ended: Ended, other: Ended): number {
  const order = STATES.indexOf(ended.state) - STATES.indexOf(other.state);
  if (order !== 0) return order;
  const [code, otherCode] = [ended.error ?? '', other.error ?? ''];
  return code < otherCode ? -1 : code > otherCode ? 1 : 0;
}

/** A call that was refused ends its row too, and no receipt tells of it. */
const isAllTold = (handOvers: readonly SeenHandOver[], ends: readonly End[]): boolean =>
  handOvers.length > 0 && handOvers.every(({ sid }) => ends.some((end) => end.sid === sid));

/** How one that is lost is named. */
export const namedEnd = ({ state, error }: End): string =>
  `acknowledged as ${state}${error === null ? '' : `, ${error}`}`;
