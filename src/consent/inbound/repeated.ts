import { isRefused } from '../../domain/consent/questions/answering.ts';
import type { Scope } from '../../domain/consent/suppression.ts';
import { hasLeft } from '../../domain/hygiene/holder.ts';
import { findSender, programById } from '../../domain/program.ts';
import type { Reason } from '../../domain/sending/may-receive.ts';
import { type Cleared, clear, deadlineFrom, FLAG_LEASE_MS } from '../../sending/gate.ts';
import { letSettle, quench, SLACK_MS } from '../../sending/quench.ts';
import { StaleRead } from '../../store/consent/commit.ts';
import type { InboundDoc } from '../../store/consent/inbound.ts';
import { flagAgain, unflag } from '../../store/deliveries/answers.ts';
import { type DeliveryDoc, findDeliveries } from '../../store/deliveries/deliveries.ts';
import { endRefused } from '../../store/deliveries/due.ts';
import { openWords } from '../../store/deliveries/new-delivery.ts';
import type { ContactDoc } from '../../store/people/contacts.ts';
import { type Holder, openHolder } from '../../store/people/holder.ts';
import { othersNow } from '../../store/people/joined.ts';
import { findWithSuppressions } from '../../store/people/with-suppressions.ts';
import { inSession } from '../../store/transaction.ts';
import type { Desk } from '../desk.ts';
import { letOffersSettle } from '../let-end.ts';
import { closedAt, mayClose } from '../scopes.ts';
import type { InboundMessage } from './message.ts';
import { leaveUnsaid } from './unsaid.ts';

/** How long after its first arrival a repeated MessageSid still gets the first answer, ms. */
const AGAIN_WITHIN_MS = 60_000;

/** With less than this left, ms, an answer is cleared once more: it might not be out before its deadline. */
const LEAST_LEFT_MS = FLAG_LEASE_MS / 3;

/** Once a text has taken so long, ms, the time that `take-in` has for it may not do for clearing its answer once more. */
const ANEW_WITHIN_MS = 6000;

/** Between two looks at an answer that another request is still giving, ms. */
const LOOK_MS = 50;

/**
 * A MessageSid that came before: the first answer again, through the gate and under a new epoch, so that the
 * first can no longer be given late; nothing after a minute. An opt-out does its waiting again first, for what is older
 * than itself: whoever joined again since gets what was planned since. So does a PAUSE. One that lay in the spool was answered
 * with silence: what it was to be answered with is left to the dispatcher. Rejects with `StaleRead` where the contact could only
 * be read as it was before the text: the caller spools it.
 */
export async function answerAgain(
  desk: Desk,
  message: InboundMessage,
  inbound: InboundDoc,
  { scopes: stated, hold }: { scopes: Scope[]; hold: boolean },
): Promise<Cleared[]> {
  if (message.door === 'list') return [];
  const { contact: id } = inbound;
  if (id === null) return [];
  const read = await inSession(desk.store, (session) => findWithSuppressions(desk.store, id, session));
  // From before its text, as a primary may answer that was elected just now: what it shows under way would be older still.
  if (read === null || read.contact.rev < inbound.rev)
    throw new StaleRead('a text is newer than its contact');
  const { contact, suppressions } = read;
  const answered = mayClose(inbound.reading.kind);
  const scopes = answered ? closedAt(suppressions, inbound.receivedAt) : stated;
  if (scopes.length > 0 || (answered && contact.prompts.some(isRefused))) {
    await endAgain(desk, contact, { scopes, hold, rev: inbound.rev });
  } else if (inbound.reading.kind === 'pause') await letOffersSettle(desk, contact._id, contact.personId);
  if (message.door === 'spool') {
    if (isOfOnePost(message, inbound)) await leaveUnsaid(desk, inbound.answers);
    return [];
  }
  if (desk.now().getTime() - inbound.recordedAt.getTime() > AGAIN_WITHIN_MS) return [];
  const rows = await settledRows(desk, inbound.answers);
  // What was said stays said, whatever forbids it now.
  const refuse: Refuse = (flagged, before) => unflag(desk.store, flagged, before, desk.now());
  return flagAnew(desk, rows, { first: false, refuse });
}

/**
 * What a text ended as the revision `rev`, once more. Of their other numbers only what is under way is waited for: what is
 * planned there may have come after they joined again, and the gate asks how they stand.
 */
async function endAgain(
  { store, monotonic }: Desk,
  { _id, prompts, personId, follows }: ContactDoc,
  ended: { scopes: Scope[]; hold: boolean; rev: number },
): Promise<void> {
  const others = await othersNow(store, { _id, personId });
  const elsewhere = ended.scopes.length === 0 ? [] : others.map((one) => one._id);
  await Promise.all([
    quench(store, { ...ended, contact: _id, prompts, personId: undefined, follows }, monotonic),
    elsewhere.length > 0 && letSettle(store, elsewhere, monotonic),
  ]);
}

/**
 * The database took it after all, without the web process hearing of it. Another post of it may have been answered: the carrier
 * sends two at once, too, so that their times tell nothing.
 */
const isOfOnePost = (message: InboundMessage, { door, post }: InboundDoc): boolean =>
  door === 'webhook' && post === message.post;

/**
 * Answers that were cleared with their text and said by nobody. Where the database took so long that their leases are
 * nearly over, they are cleared once more, on fresh facts; where it took longer still, or that does too, the dispatcher says
 * them.
 */
export async function clearedInTime(desk: Desk, cleared: Cleared[], began: number): Promise<Cleared[]> {
  if (cleared.every((one) => one.msLeft() >= LEAST_LEFT_MS)) return cleared;
  const refs = cleared.map(({ ref }) => ref);
  const ids = refs.map(({ delivery }) => delivery);
  if (desk.monotonic() - began > ANEW_WITHIN_MS) {
    await leaveUnsaid(desk, ids);
    return [];
  }
  const rows = await findDeliveries(desk.store, ids);
  // Where a repeat of the text flagged it meanwhile, that one says it.
  const ours = rows.filter(({ _id, epoch }) =>
    refs.some((ref) => ref.delivery === _id && ref.epoch === epoch),
  );
  const refuse: Refuse = (row, _, reasons) => endRefused(desk.store, [{ row, reasons }], desk.now());
  const again = await flagAnew(desk, ours, { first: true, refuse });
  const going = again.filter((one) => one.msLeft() > 0);
  const said = new Set(going.map(({ ref }) => ref.delivery));
  await leaveUnsaid(
    desk,
    ids.filter((id) => !said.has(id)),
  );
  return going;
}

/** What becomes of a flagged row that may not go. */
type Refuse = (flagged: DeliveryDoc, before: DeliveryDoc, reasons: Reason[]) => Promise<void>;

/** `first`: nobody has said it so far. */
type Anew = { first: boolean; refuse: Refuse };

/** Clears rows once more under a new epoch and a fresh lease; the old clearance then settles nothing. */
async function flagAnew(desk: Desk, rows: readonly DeliveryDoc[], how: Anew): Promise<Cleared[]> {
  const again: Cleared[] = [];
  for (const row of rows) {
    const cleared = await raiseAgain(desk, row, how);
    if (cleared !== null) again.push(cleared);
  }
  return again;
}

/**
 * The answer's rows, once they have settled or their lease has surely passed on this process's own clock. A row that
 * another repeat flagged meanwhile has a new lease, and is waited for anew.
 */
async function settledRows(desk: Desk, ids: string[]): Promise<DeliveryDoc[]> {
  const seen = new Map<string, { epoch: number; giveUp: number }>();
  const overdue = ({ _id, epoch }: DeliveryDoc): boolean => {
    const before = seen.get(_id);
    if (before?.epoch === epoch) return desk.monotonic() >= before.giveUp;
    seen.set(_id, { epoch, giveUp: desk.monotonic() + FLAG_LEASE_MS + SLACK_MS });
    return false;
  };
  for (;;) {
    const rows = await findDeliveries(desk.store, ids);
    const flying = rows.filter((row) => row.state === 'sending' && !overdue(row));
    if (flying.length === 0) return rows;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function raiseAgain(desk: Desk, row: DeliveryDoc, { first, refuse }: Anew): Promise<Cleared | null> {
  if (!['accepted', 'unknown', 'sending', 'expired'].includes(row.state)) return null;
  // The carrier may have it, by a create call: given once more it would arrive twice.
  if (row.owner !== null && row.state !== 'expired') return null;
  const deadline = deadlineFrom(desk.monotonic(), desk.now());
  const { flagged, holder } = await flagAndRead(desk, row, first);
  if (flagged === null || holder === null) return null;
  if (holder.stored !== null && hasLeft(holder.stored)) {
    await refuse(flagged, row, ['number-changed']);
    return null;
  }
  const words = openWords(holder, flagged);
  if (words === null) return null;
  const { book } = desk.catalog.current();
  const program = programById(book, row.program);
  const facts = {
    person: holder.person,
    program,
    handling: findSender(book, row.sender)?.handling ?? null,
    index: desk.indexOf(words.to),
    now: desk.now(),
    hoursEnd: null,
  };
  const decision = clear(flagged, words, facts, deadline, desk);
  if ('cleared' in decision) return decision.cleared;
  await refuse(flagged, row, decision.refused);
  return null;
}

/** Flag before facts, as in `beginRound`: an opt-out either sees the flag and waits for it, or was there to be read. */
async function flagAndRead({ store, ring, now }: Desk, row: DeliveryDoc, first: boolean): Promise<Raised> {
  const leaseUntil = new Date(now().getTime() + FLAG_LEASE_MS);
  return inSession(store, async (session) => {
    const flagged = await flagAgain(store, row, { leaseUntil, first }, session);
    const read = flagged === null ? null : await findWithSuppressions(store, row.contact, session);
    if (read === null || read.contact.sealed === null) return { flagged, holder: null };
    return { flagged, holder: openHolder(ring, read.contact, read.suppressions) };
  });
}

type Raised = { flagged: DeliveryDoc | null; holder: Holder | null };
