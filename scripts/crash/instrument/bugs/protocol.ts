import {
  BUSY_CARRIER,
  FROZEN_AT_THE_WRITE,
  KILLED_BEFORE_THE_FOLD,
  KILLED_BEFORE_THE_RECORD,
  LOW_LIMITS,
  SLOW_CALLS,
  TROUBLED_UNKILLED,
  UNKILLED,
} from '../../race/variants/stressed-races.ts';
import type { PlantedBug } from '../planted-bug.ts';

/** Bugs in the hand-over of messages: claims, facts, deadlines, outcomes. */
export const PROTOCOL_BUGS: readonly PlantedBug[] = [
  {
    name: 'queue-after-check',
    about: 'the client queues some calls for two leases after their deadline was checked',
    patches: [
      { in: 'handOverOne', find: "if (!inTime()) return 'slow';", replace: '' },
      { in: 'handOverOne', find: "if (!cleared.takeTurn(LEAST_ANSWER_MS)) return 'late';", replace: '' },
      { in: 'handOverOne', find: "if (!mayWrite()) return 'untimely';", replace: '' },
      // Both checks at the entry, so that the sender goes on to its next message while this one queues.
      {
        in: 'handOverOne',
        find: 'window.enter()',
        replace: 'cleared.takeTurn(LEAST_ANSWER_MS) && mayWrite() ? window.enter() : null',
      },
      {
        in: 'handOverOne',
        find: 'const hooks = { turn, gone };',
        replace: `if (Math.random() < 0.1) await new Promise((resolve) => setTimeout(resolve, 6000));
  const hooks = { turn, gone };`,
      },
      { in: 'handOverOne', find: 'Math.min(timeoutMs, cleared.msLeft())', replace: 'timeoutMs * 20' },
    ],
    caughtBy: ['afterStop'],
    scenario: SLOW_CALLS,
  },
  {
    name: 'second-stop-early',
    about: 'a repeated opt-out is answered without waiting for messages that are being sent',
    patches: [
      {
        in: 'receiveOnce',
        find: 'await drainWhatClosed(',
        replace: 'if (!change.suppressions.some((one) => one.generation > 1)) await drainWhatClosed(',
      },
    ],
    caughtBy: ['afterStop'],
    scenario: UNKILLED,
  },
  {
    name: 'facts-before-claim',
    about: 'facts that were read for an earlier claim decide about a later claim',
    patches: [
      {
        in: 'claimBatch',
        find: 'readable(deps, () => openJoined(deps.ring, contact, joined))',
        replace: `(firstRead.has(contact._id)
          ? firstRead
          : firstRead.set(contact._id, readable(deps, () => openJoined(deps.ring, contact, joined)))).get(contact._id)`,
      },
      {
        in: 'claimBatch',
        find: 'export async function',
        replace: `const firstRead = new Map<string, OpenContact | null>();

export async function`,
      },
    ],
    caughtBy: ['afterStop'],
    scenario: UNKILLED,
  },
  {
    name: 'no-deadline',
    about: 'a message may be sent after its lease has expired',
    patches: [
      {
        in: 'ClearedMessage',
        find: '!this.#spent && this.msLeft() > leastMs && isGood(this.validUntil, this.#clock.now())',
        replace: '!this.#spent',
      },
      { in: 'handOverOne', find: 'Math.min(timeoutMs, cleared.msLeft())', replace: 'timeoutMs' },
      // The timeout of the call would stop the message as well.
      { in: 'handOverOne', find: 'end - performance.now()', replace: 'end' },
      // So would the end of its slots.
      {
        in: 'beginCall',
        find: 'const isInTime = slots.written(parts);',
        replace: 'slots.written(parts); const isInTime = true;',
      },
    ],
    caughtBy: ['afterStop'],
    scenario: FROZEN_AT_THE_WRITE,
  },
  {
    name: 'other-number',
    about: "a row's number need not be that of its contact",
    patches: [{ in: 'clear', find: 'facts.index !== row.index', replace: 'false' }],
    // The number belongs to nobody, so no ledger chain holds a consent for it.
    caughtBy: ['astray', 'withoutConsent'],
    scenario: UNKILLED,
  },
  {
    name: 'unconfirmed',
    about: 'people who have texted the keyword, but not yet YES, get campaigns',
    patches: [
      {
        in: 'mayReceive',
        find: 'const rule = RULES[request.class];',
        replace: `const isPending = program !== null && subscriptionTo(person, program.id)?.state === 'pending';
  const isOffer = request.class === 'marketing' || request.class === 'transactional';
  const ofPending: Rule = (of) => blocked(of, person, SUPPRESSION_KINDS);
  const rule = isPending && isOffer ? ofPending : RULES[request.class];`,
      },
    ],
    caughtBy: ['withoutConsent'],
    scenario: UNKILLED,
  },
  {
    name: 'plan-again',
    about: 'messages that a dead process was sending are planned again, as if they had not left',
    patches: [
      {
        in: 'expireClaims',
        find: "unknownRow('the process ended before the answer was known', lookUpAt)",
        replace: "{ $set: { state: 'planned' as const, owner: null, leaseUntil: null, dueAt: now } }",
      },
    ],
    // A person who may still get the message gets it twice. For a person who opted out since, the row says that the message
    // never left.
    caughtBy: ['doubled', 'misstated'],
    scenario: KILLED_BEFORE_THE_RECORD,
  },
  {
    name: 'lost-row',
    about: 'a row whose turn had passed, or that the carrier postponed, is not put back',
    patches: [
      {
        in: 'movesTo',
        find: 'filter = { _id: settlement.delivery',
        replace: "filter = { _id: settlement.to === 'planned' ? '' : settlement.delivery",
      },
    ],
    caughtBy: ['unknownForNothing'],
    // The usual kills stay: the death of one process does not excuse what a healthy process forgets.
    scenario: BUSY_CARRIER,
  },
  {
    name: 'order-unwritten',
    about: 'some messages that the API accepts are not written',
    patches: [
      {
        in: 'planMessage',
        find: 'return insertDelivery(',
        replace: 'return /[0-7]$/.test(row._id) ? row : insertDelivery(',
      },
    ],
    caughtBy: ['unfinished'],
    scenario: UNKILLED,
  },
  {
    name: 'forgotten-claim',
    about: 'rows of a dead process stay claimed for ever',
    patches: [{ in: 'expireClaims', find: '$expr: over', replace: "_id: ''" }],
    caughtBy: ['unfinished'],
    scenario: KILLED_BEFORE_THE_RECORD,
  },
  {
    name: 'callback-of-nobody',
    about: 'the address for receipts names no row',
    patches: [{ in: 'statusAddress', find: '{attempt.delivery}', replace: '{attempt.delivery}0' }],
    caughtBy: ['fromNowhere'],
    scenario: UNKILLED,
  },
  {
    name: 'refusal-uncaught',
    about: 'nobody catches the error of a refusal by the carrier',
    patches: [
      {
        in: 'record',
        find: 'if (!(await mayRetryOnce(',
        replace: `setImmediate(() => { throw new Error('refused'); });
    if (!(await mayRetryOnce(`,
      },
    ],
    caughtBy: ['ended'],
    scenario: UNKILLED,
  },
  {
    name: 'index-unused',
    about: 'a query on unfinished rows does not name the field by which their index is partial',
    patches: [{ in: 'expireClaims', find: 'open: true as const, ', replace: '' }],
    caughtBy: ['scans'],
    scenario: UNKILLED,
  },
];

/** Bugs in the rate limit of a sender. */
export const RATE_LIMIT_BUGS: readonly PlantedBug[] = [
  {
    name: 'limit-ignored',
    about: 'sending slots are given out ten times too close together',
    patches: [{ in: 'wishFor', find: 'spacingOf(rate)', replace: 'spacingOf(rate) / 10' }],
    caughtBy: ['overLimit'],
    scenario: LOW_LIMITS,
  },
  {
    name: 'parts-ignored',
    about: 'a message of several segments takes the slot of one segment',
    patches: [
      {
        in: 'partsOf',
        find: 'ready.reduce((total, { row }) => total + row.parts, 0)',
        replace: 'ready.length',
      },
      { in: 'within', find: 'used += row.parts', replace: 'used += 1' },
      { in: 'sendBatch', find: 'parts: row.parts', replace: 'parts: 1' },
    ],
    caughtBy: ['overLimit'],
    scenario: LOW_LIMITS,
  },
];

/** Bugs in the handling of a receipt after the carrier was told that we have it. */
export const RECEIPT_BUGS: readonly PlantedBug[] = [
  {
    name: 'receipt-dropped',
    about: 'some receipts are answered and dropped',
    patches: [
      {
        in: 'handleReceiptPost',
        find: 'receipt !== null',
        replace: 'receipt !== null && !/[0-3]$/.test(receipt.carrierSid)',
      },
    ],
    caughtBy: ['endsLost'],
    scenario: UNKILLED,
  },
  {
    name: 'answered-before-fold',
    about: 'a receipt is answered before it is applied to its row',
    patches: [
      {
        in: 'handleReceiptPost',
        find: 'await record(receipt)',
        replace: 'record(receipt).catch(() => undefined)',
      },
    ],
    caughtBy: ['endsLost'],
    // While its process lives, the receipt is not lost.
    scenario: KILLED_BEFORE_THE_FOLD,
  },
  {
    name: 'last-receipt-wins',
    about: 'a late receipt moves its row back to an earlier state',
    patches: [
      {
        in: 'FOLD',
        find: "state: { $cond: [{ $lt: [before, '$told.rank'] }, '$told.state', '$state'] }",
        replace: "state: '$told.state'",
      },
    ],
    caughtBy: ['endsLost'],
    // In this scenario receipts come in any order.
    scenario: TROUBLED_UNKILLED,
  },
];
