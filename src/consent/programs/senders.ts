import type { Actor } from '../../domain/access/actor.ts';
import type { Sender } from '../../domain/program.ts';
import { senderFaults } from '../../domain/sender-faults.ts';
import { codeFault } from '../../domain/text/required-content.ts';
import { letAttemptsEnd } from '../../sending/cancel-and-drain.ts';
import { writeSender } from '../../store/consent/programs.ts';
import { findHolders } from '../../store/contacts/contacts.ts';
import { partsAtCarrier } from '../../store/senders/rate-limiter.ts';
import { readSenderHealth, resumeSender } from '../../store/senders/sender-state.ts';
import type { AppContext } from '../app-context.ts';
import { recordAudit, recordTriedNumber } from '../audit/audit.ts';

/** Counting the parts that wait at the carrier stops here. */
const MOST_WAITING = 10_000;

/** One of our numbers, and what keeps it from sending. */
export type SenderView = {
  sender: Sender;
  /** An error of the account or the number: nothing leaves until a person resumes the sender. */
  stopped: { code: string; why: string; at: Date } | null;
  /** The carrier failed: sending is tried again then. */
  pausedUntil: Date | null;
  /** Parts that the carrier took in the last minute and has not passed on. */
  waitingAtCarrier: number;
};

export async function viewSender({ store }: Pick<AppContext, 'store'>, sender: Sender): Promise<SenderView> {
  const [{ circuit, stopped }, waitingAtCarrier] = await Promise.all([
    readSenderHealth(store, sender.number),
    partsAtCarrier(store, sender.number, MOST_WAITING),
  ]);
  return { sender, stopped, pausedUntil: circuit.pausedUntil, waitingAtCarrier };
}

export async function listSenders(context: Pick<AppContext, 'catalog' | 'store'>): Promise<SenderView[]> {
  const { senders } = context.catalog.current().book;
  return Promise.all(senders.map((sender) => viewSender(context, sender)));
}

export const senderSubject = (number: string) => ({ kind: 'sender', id: number }) as const;

type SaveOrder = {
  sender: Sender;
  actor: Actor;
  /** Counts a number that is not ours yet against what the key may name. Throws when the key may name no more. */
  countNumber: (isHeld: boolean) => Promise<void>;
};

type SaveOutcome =
  | { kind: 'saved'; view: SenderView }
  | { kind: 'faults'; faults: { field: keyof Sender; message: string }[] }
  /** A person holds the number, so it cannot be one of ours. */
  | { kind: 'held' };

/**
 * Saves one of our numbers whole. Resolves when no delivery that was decided before is under way. Saving twice changes
 * nothing. For a number that is not ours yet the request is a look-up: the outcome tells whether a person holds the
 * number.
 */
export async function saveSender(
  context: AppContext,
  { sender, actor, countNumber }: SaveOrder,
): Promise<SaveOutcome> {
  const { number } = sender;
  const catalog = context.catalog.current();
  const faults: { field: keyof Sender; message: string }[] = [...senderFaults(sender)];
  const fault = codeFault(sender, catalog.book);
  if (fault !== null) faults.push({ field: 'country', message: fault });
  if (faults.length > 0) return { kind: 'faults', faults };
  if (catalog.sender(number) === null) {
    const [holder] = await findHolders(context.store, [context.indexOf(number)]);
    await countNumber(holder !== undefined);
    if (holder !== undefined) {
      await recordTriedNumber(context, actor, holder._id);
      return { kind: 'held' };
    }
  }
  await writeSender(context.store, sender, context.now());
  await context.catalog.refresh();
  await letAttemptsEnd(context.store, { numbers: [number] }, context.monotonic);
  await recordAudit(context, { actor, act: 'sender-saved', subject: senderSubject(number) });
  return { kind: 'saved', view: await viewSender(context, sender) };
}

/**
 * Lets a stopped sender send again, after a person has fixed what stopped it. Resuming twice changes nothing. Null when
 * the number is none of ours.
 */
export async function resumeStoppedSender(
  context: AppContext,
  number: string,
  { actor, reason }: { actor: Actor; reason: string },
): Promise<SenderView | null> {
  const sender = context.catalog.current().book.senders.find((own) => own.number === number);
  if (sender === undefined) return null;
  if (await resumeSender(context.store, number, context.now()))
    await recordAudit(context, { actor, act: 'sender-resumed', subject: senderSubject(number), reason });
  return viewSender(context, sender);
}
