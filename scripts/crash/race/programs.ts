import type { Program, Sender } from '../../../src/domain/program.ts';
import { PROGRAMS, SENDERS } from '../../seed/programs.ts';

/** Two short codes, each posting to another web process first, and a long code whose opt-outs the carrier enforces. */
export const RACE_SENDERS = {
  deals: { ...SENDERS.shop, number: '28555', rate: 800, receipts: false },
  orders: { ...SENDERS.shop, number: '28556', rate: 300, receipts: false },
  stylist: { ...SENDERS.stylist, rate: 60 },
} satisfies Record<string, Sender>;

/** The senders at a share of their rates. */
export const sendersAtRate = (share: number): (Sender & { rate: number })[] =>
  Object.values(RACE_SENDERS).map((sender) => ({ ...sender, rate: Math.ceil(sender.rate * share) }));

/** Numbers of senders with receipts. Receipts limit how much such a sender may have at the carrier. */
export const WITH_RECEIPTS: readonly string[] = Object.values<Sender>(RACE_SENDERS).flatMap(
  ({ number, receipts }) => (receipts === false ? [] : [number]),
);

export type ProgramId = keyof typeof RACE_SENDERS;

export const PROGRAM_IDS = Object.keys(RACE_SENDERS) as ProgramId[];

/** The demo's programs, each on a number of its own. */
export const RACE_PROGRAMS: Program[] = PROGRAMS.map((program) => {
  const sender = RACE_SENDERS[program.id as ProgramId];
  return { ...program, numbers: [sender.number] };
});

export const KEYWORDS: Record<ProgramId, string> = { deals: 'JOIN', orders: 'ORDERS', stylist: 'STYLE' };

/** Topics that joining turns on. */
export const FIRST_TOPIC: Record<ProgramId, string> = { deals: 'deals', orders: 'orders', stylist: 'looks' };
