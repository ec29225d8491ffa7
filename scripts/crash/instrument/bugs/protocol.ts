import {
  BUSY_CARRIER,
  FROZEN_AT_THE_WRITE,
  KILLED_BEFORE_THE_RECORD,
  SLOW_CALLS,
  UNKILLED,
} from '../../race/variants/stressed-races.ts';
import type { PlantedBug } from '../planted-bug.ts';

/** Bugs in the hand-over of messages: flags, facts, deadlines, outcomes. */
export const PROTOCOL_BUGS: readonly PlantedBug[] = [
  {
    name: 'queue-after-check',
    about: 'the client queues calls behind one connection after their deadline was checked',
    patches: [
      { in: 'handOverOne', find: "if (!inTime()) return 'slow';", replace: '' },
      { in: 'handOverOne', find: "if (!cleared.takeTurn(LEAST_ANSWER_MS)) return 'late';", replace: '' },
      {
        in: 'handOverOne',
        find: 'window.enter()',
        replace: 'cleared.takeTurn(LEAST_ANSWER_MS) ? window.enter() : null',
      },
      { in: 'handOverOne', find: 'idle.pop()', replace: 'idle[0]' },
      { in: 'handOverOne', find: 'Math.min(timeoutMs, cleared.msLeft())', replace: 'timeoutMs * 20' },
    ],
    caughtBy: ['afterStop'],
    scenario: SLOW_CALLS,
  },
  {
    name: 'second-stop-early',
    about: 'an opt-out that stands already is answered without waiting for rows in flight',
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
    name: 'facts-before-flag',
    about: 'facts that were read for an earlier flag decide about a later one',
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
    about: 'a message may leave after its lease',
    patches: [
      {
        in: 'ClearedMessage',
        find: '!this.#spent && this.msLeft() > leastMs && isGood(this.validUntil, this.#clock.now())',
        replace: '!this.#spent',
      },
      { in: 'handOverOne', find: 'Math.min(timeoutMs, cleared.msLeft())', replace: 'timeoutMs' },
      // The end of the call itself would keep the message from leaving as well.
      { in: 'handOverOne', find: 'end - performance.now()', replace: 'end' },
    ],
    caughtBy: ['afterStop'],
    scenario: FROZEN_AT_THE_WRITE,
  },
  {
    name: 'other-number',
    about: "a row's number need not be that of its contact",
    patches: [{ in: 'clear', find: 'facts.index !== row.index', replace: 'false' }],
    // The number is nobody's: no ledger chain holds a consent for it.
    caughtBy: ['astray', 'withoutConsent'],
    scenario: UNKILLED,
  },
  {
    name: 'unconfirmed',
    about: 'who has texted the keyword, and not yet YES, gets campaigns',
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
    about: 'what a dead process had in flight is planned again, as if it had not left',
    patches: [
      {
        in: 'expireClaims',
        find: "unknownRow('the process ended before the answer was known', lookUpAt)",
        replace: "{ $set: { state: 'planned' as const, owner: null, leaseUntil: null, dueAt: now } }",
      },
    ],
    // A person who may still get the message gets it twice. Of a person who has opted out since, the row says that it never left.
    caughtBy: ['doubled', 'misstated'],
    scenario: KILLED_BEFORE_THE_RECORD,
  },
  {
    name: 'lost-row',
    about: 'a row whose turn had passed, or that the carrier put off, is not put back',
    patches: [
      {
        in: 'movesTo',
        find: 'filter = { _id: settlement.delivery',
        replace: "filter = { _id: settlement.to === 'planned' ? '' : settlement.delivery",
      },
    ],
    caughtBy: ['unknownForNothing'],
    // With the usual kills: the death of one process does not excuse what a healthy process forgets.
    scenario: BUSY_CARRIER,
  },
  {
    name: 'order-unwritten',
    about: 'some messages that the API takes are written nowhere',
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
    name: 'forgotten-flag',
    about: 'rows of a dead process stay flagged for ever',
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
    about: 'a refusal of the carrier is an error that nobody catches',
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
