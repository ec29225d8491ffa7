import type { Violation } from '../scenario.ts';
import type { WebKillEvidence } from './evidence.ts';
import { type Latecomer, latecomers, unanswered, type Violations } from './reconcile.ts';

/** Each must be 0, with the words under which it is printed. */
export const WEB_KILL_COUNTS: Record<keyof Violations, string> = {
  textsLost: 'texts lost',
  textsAnsweredTwice: 'texts answered twice',
  chainsBroken: 'ledger chains broken, or entries of nobody',
  stopsNotHonoured: 'STOPs not honoured',
  messagesAfterStop: 'messages after the answer to a STOP',
  subscribedWithoutConfirmation: 'subscriptions without their confirmation in the ledger',
  deliveriesLeftOpen: 'deliveries left unfinished',
  effectsDoubled: 'texts with a doubled effect',
  messagesFromNowhere: 'messages that answer no text',
  repliesUnplanned: 'texts that ask for a reply and have none',
  silenceWithoutReason: 'replies that did not leave, for no reason that counts',
};

export const violationsOf = (violations: Violations): Violation[] =>
  Object.entries(WEB_KILL_COUNTS).map(([name, words]) => ({
    name,
    words,
    count: violations[name as keyof Violations],
  }));

/** What the kills did, so that a row of zeros can be told from a run in which nothing happened. */
export function factLines(evidence: WebKillEvidence): string[] {
  const door = (name: string): number => evidence.inbound.filter((text) => text.door === name).length;
  const states = new Map<string, number>();
  for (const { state } of unanswered(evidence)) states.set(state, (states.get(state) ?? 0) + 1);
  const reasons = [...states].map(([state, count]) => `${count} ${state}`).join(', ');
  const unheard = evidence.texts.filter((text) => text.answeredAt === null).length;
  return [
    `  ${evidence.texts.length} texts of ${evidence.holders.length} handsets; ${unheard} webhooks got no 2xx`,
    `  recorded by webhook ${door('webhook')}, by the carrier's list ${door('list')}, from the spool ${door('spool')}`,
    `  ${evidence.outbound.length} messages reached the carrier; planned replies that did not: ${reasons || 'none'}`,
    ...latecomers(evidence).map(lateLine),
  ];
}

/** What says of a message after a STOP where to look. */
function lateLine({ message, stop, cause, asked }: Latecomer): string {
  const ms = (from: bigint | null): number => Math.round(Number(message.at - (from ?? message.at)) / 1e6);
  const answers = asked === null ? 'no text' : `"${asked.body}", posted ${ms(asked.begunAt)} ms before it`;
  return (
    `  after a STOP: ${cause?.class ?? 'nothing of ours'} ${message.delivery ?? ''}, which answers ${answers}; ` +
    `the STOP was posted ${ms(stop.begunAt)} ms and answered ${ms(stop.answeredAt)} ms before it`
  );
}
