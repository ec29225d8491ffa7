import { ANSWERS } from '../domain/sending/lanes.ts';
import type { DeliveryDoc } from '../store/deliveries/deliveries.ts';
import type { Due } from '../store/deliveries/due.ts';
import type { DispatchDeps } from './dispatch-deps.ts';

/** Whether others to the same person wait until it is over: the confirmation of an opt-out takes no part in their order. */
const isInOrder = ({ lane, class: of }: Pick<Due, 'lane' | 'class'>): boolean =>
  lane === ANSWERS && of !== 'opt-out-confirmation';

/** Some answers are picked: no other answer to the same people is begun until it is known how these ended. */
export function beginAnswering({ answering }: DispatchDeps, rows: readonly Due[]): void {
  for (const row of rows) if (isInOrder(row)) answering.add(row.contact);
}

/** Answers that were picked do not leave now after all. */
export function stopAnswering({ answering }: DispatchDeps, rows: readonly Due[]): void {
  for (const row of rows) if (isInOrder(row)) answering.delete(row.contact);
}

/** An answer has left or ended: the next one to the same person may go. */
export function endAnswering(
  deps: DispatchDeps,
  row: Pick<DeliveryDoc, 'lane' | 'class' | 'contact' | 'sender'>,
): void {
  if (!isInOrder(row)) return;
  deps.answering.delete(row.contact);
  deps.wakeAnswers(row.sender);
}
