import type { ClosedLanes } from '../domain/sending/lanes.ts';
import type { DeliveryDoc } from '../store/deliveries/deliveries.ts';
import type { Allowance } from './circuit.ts';
import type { HandOver, Transport } from './gate.ts';
import type { Line } from './pacing/line.ts';
import type { Pace } from './pacing/pace.ts';
import type { RoundDeps } from './round.ts';
import type { Settler } from './settle.ts';

export type DispatchDeps = RoundDeps & {
  /** `held`: nothing may begin for now, however many calls are under way. */
  carrier: { transport: Transport; free: () => number; held: () => boolean };
  /** Shared by all senders of the process. */
  line: Line;
  pace: Pace;
  /** Rows that the circuit of a sender lets begin now, offers among them or not; 0 where it is stopped or paused, 1 for its trial after a pause. */
  allowance: (sender: string) => Promise<Allowance>;
  /** Lanes of campaigns that are paused or over, of all offers while they wait for a spool or a clock: nothing of them is begun. */
  closed: () => ClosedLanes;
  /** Null where `closed` tells of campaigns and journeys as they stand now; else resolves once it does. Never rejects. */
  closedKnown: () => Promise<void> | null;
  settler: Pick<Settler, 'record'>;
  /** Contacts that are being answered by this process. */
  answering: Set<string>;
  /** A message the carrier refused: by its code an opt-out that it knows and we did not. It calls `record`, once. Asked again where it rejected. */
  onRefused: (row: DeliveryDoc, code: string, record: () => Promise<void>) => Promise<void>;
  onOutcome: (outcome: HandOver) => void;
  onError: (error: unknown, line: string) => void;
};
