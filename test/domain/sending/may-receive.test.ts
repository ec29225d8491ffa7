import { expect } from 'chai';
import { type ConsentState, emptyConsentState } from '../../../src/domain/consent/consent-state.ts';
import { MESSAGE_CLASSES, type MessageClass } from '../../../src/domain/sending/lanes.ts';
import {
  FREE_OF_HOLD,
  FREE_OF_OPT_OUT,
  REASONS,
  type Reason,
} from '../../../src/domain/sending/send-rules.ts';
import { ago, DAY, HOUR, MINUTE, NOW, reasons, row, SUBSCRIBER, subscription, under } from './requests.ts';

const OPEN: Reason[] = [];
const OUT: Reason[] = ['opted-out'];
const HELD: Reason[] = ['held'];
const CARRIER: Reason[] = ['carrier-blocks'];
const BAD: Reason[] = ['bad-number'];
const NOT: Reason[] = ['not-subscribed'];

/** Situations of a person, in the order of each row's cells below. */
const SITUATIONS = {
  stranger: emptyConsentState(),
  pending: subscription({ state: 'pending', topics: [], purposes: [] }),
  subscribed: SUBSCRIBER,
  paused: { ...SUBSCRIBER, pausedUntil: new Date(NOW.getTime() + DAY) },
  held: under(row('hold', 'all')),
  'opted out of all': under(row('opt-out', 'all')),
  'opted out of the program': under(row('opt-out', 'program:deals')),
  'opted out of another program': under(row('opt-out', 'program:orders')),
  're-joined after an opt-out of all': under(row('opt-out', 'all', { lifts: { deals: 1 } })),
  'opted out again since': under(row('opt-out', 'all', { generation: 2, lifts: { deals: 1 } })),
  're-joined another program only': under(row('opt-out', 'all', { lifts: { orders: 1 } })),
  'blocked by the carrier at the number': under(row('carrier', 'sender:28555')),
  'blocked at another number': under(row('carrier', 'sender:28556')),
  'unblocked since': under(row('carrier', 'sender:28555', { lifts: { '*': 1 } })),
  'at a bad number': under(row('hygiene', 'all')),
  'of a consent that has grown old': subscription({ since: ago(600 * DAY) }),
} as const satisfies Record<string, ConsentState>;
type Situation = keyof typeof SITUATIONS;

/** Who may get what: for each class the reasons against, by situation; all others may have it. */
const TABLE: Record<MessageClass, Partial<Record<Situation, Reason[]>>> = {
  help: { 'blocked by the carrier at the number': CARRIER },
  'opt-out-confirmation': { 'blocked by the carrier at the number': CARRIER },
  'joining-help': { 'blocked by the carrier at the number': CARRIER },
  prompt: { 'blocked by the carrier at the number': CARRIER },
  reply: closed(),
  'hold-notice': closed(),
  'unknown-answer': { ...closed(), held: HELD },
  'required-answer': { 'blocked by the carrier at the number': CARRIER },
  'staff-answer': { 'blocked by the carrier at the number': CARRIER },
  transactional: consented(),
  marketing: {
    ...consented(),
    paused: ['paused'],
    'of a consent that has grown old': ['consent-lapsed'],
  },
};

function closed(): Partial<Record<Situation, Reason[]>> {
  return {
    'opted out of all': OUT,
    'opted out of the program': OUT,
    'opted out again since': OUT,
    're-joined another program only': OUT,
    'blocked by the carrier at the number': CARRIER,
  };
}

function consented(): Partial<Record<Situation, Reason[]>> {
  return { ...closed(), stranger: NOT, pending: NOT, held: HELD, 'at a bad number': BAD };
}

describe('permission by class and situation', () => {
  it('is decided for every class', () => {
    expect(Object.keys(TABLE)).to.have.members([...MESSAGE_CLASSES]);
  });

  for (const cls of MESSAGE_CLASSES) {
    for (const [situation, person] of Object.entries(SITUATIONS)) {
      const expected = TABLE[cls][situation as Situation] ?? OPEN;
      it(`${expected.length === 0 ? 'allows' : `refuses (${expected.join(', ')})`} ${cls} to a person: ${situation}`, () => {
        expect(reasons(cls, person)).to.deep.equal(expected);
      });
    }
  }

  it('explains every reason in a sentence', () => {
    for (const sentence of Object.values(REASONS)) expect(sentence).to.match(/^[A-Z].*\.$/);
  });
});

describe('person under a carrier block who asks for help or opts out', () => {
  const blocked = SITUATIONS['blocked by the carrier at the number'];

  it('is answered only where we handle opt-outs ourselves', () => {
    for (const cls of FREE_OF_OPT_OUT) {
      expect(reasons(cls, blocked, { handling: 'own' }), cls).to.deep.equal(OPEN);
      for (const handling of ['advanced', 'default', 'network', null] as const) {
        expect(reasons(cls, blocked, { handling }), `${cls} ${handling}`).to.deep.equal(CARRIER);
      }
    }
  });

  it('gets no other class of message', () => {
    const others = MESSAGE_CLASSES.filter((cls) => !FREE_OF_OPT_OUT.some((free) => free === cls));
    for (const cls of others) {
      expect(reasons(cls, blocked, { handling: 'own' }), cls).to.deep.equal(CARRIER);
    }
  });
});

describe('answer to a text', () => {
  const MINUTE = 60_000;
  const LIMITS: [MessageClass, number][] = [
    ['opt-out-confirmation', 5 * MINUTE],
    ['unknown-answer', HOUR],
    ['required-answer', HOUR],
    ['reply', DAY],
    ['help', DAY],
    ['joining-help', DAY],
    ['hold-notice', DAY],
    ['staff-answer', DAY],
  ];
  for (const [cls, ms] of LIMITS) {
    it(`needs a text at most ${ms / MINUTE} minutes old (${cls})`, () => {
      expect(reasons(cls, emptyConsentState(), { answers: null })).to.deep.equal(['no-inbound']);
      expect(reasons(cls, emptyConsentState(), { answers: { receivedAt: ago(ms) } })).to.deep.equal(OPEN);
      expect(reasons(cls, emptyConsentState(), { answers: { receivedAt: ago(ms + 1) } })).to.deep.equal([
        'too-old',
      ]);
    });
  }

  it('is stopped by an opt-out of all, even after a re-join, when it is about no program', () => {
    const rejoined = SITUATIONS['re-joined after an opt-out of all'];
    expect(reasons('reply', rejoined, { program: null })).to.deep.equal(OUT);
    expect(reasons('help', rejoined, { program: null })).to.deep.equal(OPEN);
  });
});

describe('answer by staff', () => {
  const answering = (ms: number) => ({ answers: { receivedAt: ago(ms) } });

  it('is sent to a person who said STOP only when they wrote again afterwards', () => {
    const stopped = SITUATIONS['opted out of all'];
    expect(reasons('staff-answer', stopped, answering(2 * HOUR))).to.deep.equal(OUT);
    expect(reasons('staff-answer', stopped, answering(HOUR)), 'the STOP itself').to.deep.equal(OUT);
    expect(reasons('staff-answer', stopped, answering(HOUR - 1))).to.deep.equal(OPEN);
  });

  it('is measured by the newest of several opt-outs', () => {
    const twice = under(
      row('opt-out', 'program:deals', { since: ago(3 * HOUR) }),
      row('opt-out', 'all', { since: ago(HOUR) }),
    );
    expect(reasons('staff-answer', twice, answering(2 * HOUR))).to.deep.equal(OUT);
  });
});

describe('classes that an opt-out or a hold does not cancel', () => {
  // What was written a minute ago, before the fact: an opt-out cancels it, or waits for it, unless it is free.
  const fact = { since: ago(MINUTE / 2) };
  for (const cls of MESSAGE_CLASSES) {
    it(`match the permissions after an opt-out: ${cls}`, () => {
      const goes = reasons(cls, under(row('opt-out', 'all', fact)), { promptOpen: false }).length === 0;
      expect(FREE_OF_OPT_OUT.some((free) => free === cls)).to.equal(goes);
    });

    it(`match the permissions under a hold: ${cls}`, () => {
      const goes = reasons(cls, under(row('hold', 'all', fact)), { own: false }).length === 0;
      expect(FREE_OF_HOLD.some((free) => free === cls)).to.equal(goes);
    });
  }
});
