import { CAMPAIGN_PLANTS } from './campaign/campaign-plants.ts';
import { CONSENT_PLANTS } from './consent-plants.ts';
import { DATABASE_PLANTS } from './database-plants.ts';
import { PACE_PLANTS } from './pace-plants.ts';
import type { Plant } from './plant.ts';
import {
  BUSY_CARRIER,
  FROZEN_AT_THE_WRITE,
  KILLED_BEFORE_THE_RECORD,
  SLOW_CALLS,
  UNKILLED,
} from './plant-races.ts';
import { RECEIPT_PLANTS } from './receipt-plants.ts';

const OF_THE_PROTOCOL: readonly Plant[] = [
  {
    name: 'queue-after-check',
    about: 'the client queues calls behind one connection after their deadline was checked',
    patches: [
      {
        file: 'src/sending/carrier/carrier.ts',
        find: "const turn = !inTime() ? 'slow' : one.takeTurn(ANSWER_MS) ? 'begin' : 'late';",
        replace: "const turn = 'begin';",
      },
      {
        file: 'src/sending/carrier/carrier.ts',
        find: 'const place = window.enter();',
        replace: 'const place = one.takeTurn(ANSWER_MS) ? window.enter() : null;',
      },
      {
        file: 'src/sending/carrier/carrier.ts',
        find: 'idle.pop();',
        replace: 'idle[0];',
      },
      {
        file: 'src/sending/carrier/carrier.ts',
        find: 'Math.min(timeoutMs, one.msLeft())',
        replace: 'timeoutMs * 20',
      },
    ],
    caughtBy: ['afterStop'],
    scenario: SLOW_CALLS,
  },
  {
    name: 'second-stop-early',
    about: 'an opt-out that stands already is answered without waiting for rows in flight',
    patches: [
      {
        file: 'src/consent/inbound/receive.ts',
        find: 'if (!(await letEnd(desk, done.result, reading))) return cleared;',
        replace:
          'if (change.suppressions.some((one) => one.generation > 1) || !(await letEnd(desk, done.result, reading))) return cleared;',
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
        file: 'src/sending/round.ts',
        find: '[one._id, readable(deps, () => openJoined(deps.ring, one, joined))]',
        replace: `[one._id, ((globalThis.plantedFacts ??= new Map()).has(one._id)
          ? globalThis.plantedFacts
          : globalThis.plantedFacts.set(one._id, readable(deps, () => openJoined(deps.ring, one, joined)))).get(one._id)]`,
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
        file: 'src/sending/gate.ts',
        find: 'const first = !this.#spent && this.msLeft() > leastMs && isGood(this.validUntil, this.#clock.now());',
        replace: 'const first = !this.#spent;',
      },
      {
        file: 'src/sending/carrier/carrier.ts',
        find: 'Math.min(timeoutMs, one.msLeft())',
        replace: 'timeoutMs',
      },
      // The call's own end would keep it from leaving as well.
      {
        file: 'src/sending/carrier/carrier.ts',
        find: 'end - performance.now() >= leastFor(timeoutMs)',
        replace: 'end >= leastFor(timeoutMs)',
      },
    ],
    caughtBy: ['afterStop'],
    scenario: FROZEN_AT_THE_WRITE,
  },
  {
    name: 'other-number',
    about: "a row's number need not be that of its contact",
    patches: [
      {
        file: 'src/sending/gate.ts',
        find: "if (facts.index !== row.index) return { refused: ['number-changed'] };",
        replace: '',
      },
    ],
    // The number is nobody's: no chain holds a consent of theirs.
    caughtBy: ['astray', 'withoutConsent'],
    scenario: UNKILLED,
  },
  {
    name: 'unconfirmed',
    about: 'who has texted the keyword, and not yet YES, gets campaigns',
    patches: [
      {
        file: 'src/domain/sending/may-receive.ts',
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
        file: 'src/store/deliveries/look-ups.ts',
        find: "toUnknown('the process ended before the answer was known', now),",
        replace: "{ $set: { state: 'planned', owner: null, leaseUntil: null, dueAt: now } },",
      },
    ],
    // Whoever may still get it gets it twice; of who has opted out since, the row says that it never left.
    caughtBy: ['doubled', 'misstated'],
    scenario: KILLED_BEFORE_THE_RECORD,
  },
  {
    name: 'lost-row',
    about: 'a row whose turn had passed, or that the carrier put off, is not put back',
    patches: [
      {
        file: 'src/store/deliveries/settlements.ts',
        find: 'const filter = { _id: one.delivery, epoch: one.epoch,',
        replace: "const filter = { _id: one.to === 'planned' ? '' : one.delivery, epoch: one.epoch,",
      },
    ],
    caughtBy: ['unknownForNothing'],
    // With the usual kills: what a healthy process forgets is not excused by the death of another.
    scenario: BUSY_CARRIER,
  },
  {
    name: 'order-unwritten',
    about: 'some messages that the API takes are written nowhere',
    patches: [
      {
        file: 'src/sending/plan-message.ts',
        find: 'return insertDelivery(deps.store, row, session);',
        replace: 'return /[0-7]$/.test(row._id) ? row : insertDelivery(deps.store, row, session);',
      },
    ],
    caughtBy: ['unfinished'],
    scenario: UNKILLED,
  },
  {
    name: 'forgotten-flag',
    about: 'rows of a dead process stay flagged for ever',
    patches: [
      {
        file: 'src/store/deliveries/look-ups.ts',
        find: "{ open: true, state: 'sending', $expr: over }",
        replace: "{ open: true, state: 'sending', _id: '' }",
      },
    ],
    caughtBy: ['unfinished'],
    scenario: KILLED_BEFORE_THE_RECORD,
  },
  {
    name: 'callback-of-nobody',
    about: 'the address for receipts names no row',
    patches: [
      {
        file: 'src/sending/carrier/status-address.ts',
        find: '{one.delivery}.',
        replace: '{one.delivery}0.',
      },
    ],
    caughtBy: ['fromNowhere'],
    scenario: UNKILLED,
  },
  {
    name: 'refusal-uncaught',
    about: 'a refusal of the carrier is an error that nobody catches',
    patches: [
      {
        file: 'src/sending/let-go.ts',
        find: "outcome.result === 'refused') return deps.onRefused",
        replace: `outcome.result === 'refused') setImmediate(() => { throw new Error('refused'); });
  if (row !== undefined && outcome.result === 'refused') return deps.onRefused`,
      },
    ],
    caughtBy: ['ended'],
    scenario: UNKILLED,
  },
  {
    name: 'index-unused',
    about: 'a query on unfinished rows does not name the field by which their index is partial',
    patches: [
      {
        file: 'src/store/deliveries/look-ups.ts',
        find: "{ open: true, state: 'sending', $expr: over }",
        replace: "{ state: 'sending', $expr: over }",
      },
    ],
    caughtBy: ['scans'],
    scenario: UNKILLED,
  },
];

export const PLANTS: readonly Plant[] = [
  ...OF_THE_PROTOCOL,
  ...PACE_PLANTS,
  ...CONSENT_PLANTS,
  ...DATABASE_PLANTS,
  ...CAMPAIGN_PLANTS,
  ...RECEIPT_PLANTS,
];
