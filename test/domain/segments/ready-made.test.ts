import { expect } from 'chai';
import { EMPTY_PROFILE } from '../../../src/domain/contacts/profile.ts';
import { isZoneSure } from '../../../src/domain/hours/zones-of-person.ts';
import { check } from '../../../src/domain/segments/check.ts';
import { sentenceOf } from '../../../src/domain/segments/describe.ts';
import {
  atRisk,
  engaged,
  ignoring,
  newThisWeek,
  oldConsent,
  READY_MADE,
  weakZone,
  winBack,
} from '../../../src/domain/segments/ready-made.ts';
import type { Tree } from '../../../src/domain/segments/tree.ts';
import { readTree } from '../../../src/domain/segments/tree.ts';
import { KNOWN } from './builders.ts';
import { Naive, type SegmentContact } from './naive.ts';

const NOW = new Date('2026-03-01T15:30:00.000Z');
const ago = (days: number): Date => new Date(NOW.getTime() - days * 86_400_000);

type Traits = {
  consent?: number;
  state?: 'subscribed' | 'unsubscribed';
  did?: [type: string, days: number][];
  zip?: string;
  /** Days since they last texted, and since each message of a campaign. */
  texted?: number;
  sent?: number[];
};

function person({
  consent = 100,
  state = 'subscribed',
  did = [],
  zip,
  texted,
  sent = [],
}: Traits): SegmentContact {
  const place = { ...EMPTY_PROFILE.place, zip: zip ?? null };
  const basis = {
    at: ago(consent),
    channel: 'VIA_TEXT' as const,
    disclosure: { touchpoint: 'join', version: 1 },
    seq: 1,
  };
  return {
    _id: 'c',
    current: true,
    language: null,
    createdAt: ago(900),
    subscriptions: [{ program: 'deals', state, since: ago(consent), topics: [], purposes: [], basis }],
    sends: sent.map((days) => ({ campaign: `c${days}`, at: ago(days), delivered: true })),
    ...(texted === undefined ? {} : { repliedAt: ago(texted) }),
    profile: {
      ...EMPTY_PROFILE,
      place,
      zoneSure: isZoneSure(place),
      days: did.map(([type, days]) => ({ type, day: ago(days), count: 1, sum: 0 })),
    },
  };
}

describe('ready-made segments', () => {
  const cases: [name: string, tree: Tree, inside: Traits[], outside: Traits[]][] = [
    [
      'Everyone who is subscribed to Deals, bought in the last 365 days, and did not buy in the last 90 days.',
      winBack({ program: 'deals' }),
      [{ did: [['purchase', 200]] }],
      [
        {
          did: [
            ['purchase', 200],
            ['purchase', 10],
          ],
        },
        {},
        { did: [['purchase', 390]] },
        { did: [['purchase', 200]], state: 'unsubscribed' },
      ],
    ],
    [
      'Everyone who is subscribed to any program, did “visit” in the last 200 days, and did not do “visit” in the last 30 days.',
      winBack({ event: 'visit', quietDays: 30, withinDays: 200 }),
      [{ did: [['visit', 40]] }],
      [{ did: [['visit', 20]] }, { did: [['purchase', 40]] }],
    ],
    [
      'Everyone who is subscribed to any program (consent given in the last 7 days).',
      newThisWeek(),
      [{ consent: 0 }, { consent: 7 }],
      [{ consent: 8 }, { consent: 2, state: 'unsubscribed' }],
    ],
    [
      'Everyone who is subscribed to Deals (consent given more than 548 days ago).',
      oldConsent({ program: 'deals' }),
      [{ consent: 549 }],
      [{ consent: 548 }, { consent: 900, state: 'unsubscribed' }],
    ],
    [
      'Everyone who is subscribed to any program and (clicked a link in the last 30 days, bought in the last 30 days, or texted us in the last 30 days).',
      engaged(),
      [{ did: [['click', 30]] }, { did: [['purchase', 1]] }, { texted: 30 }],
      [{ did: [['click', 31]] }, { did: [['visit', 1]] }, { did: [['click', 1]], state: 'unsubscribed' }],
    ],
    [
      'Everyone who is subscribed to any program and is in a time zone that is not sure.',
      weakZone(),
      [{}],
      [{ zip: '90210' }, { state: 'unsubscribed' }],
    ],
    [
      'Everyone who is subscribed to Deals and is at risk by engagement.',
      atRisk({ program: 'deals' }),
      [{ did: [['purchase', 100]] }],
      [{}, { did: [['purchase', 1]] }, { did: [['purchase', 200]] }],
    ],
    [
      'Everyone who is subscribed to any program and ignored the last 2 campaign messages.',
      ignoring({ last: 2 }),
      [{ sent: [1, 5] }, { sent: [1, 5], did: [['click', 6]], texted: 6 }],
      [{ sent: [1] }, { sent: [1, 5], texted: 2 }, { sent: [1, 5], did: [['click', 5]] }],
    ],
  ];
  for (const [name, tree, inside, outside] of cases) {
    it(`${name}`, () => {
      expect(readTree(tree).ok).to.equal(true);
      expect(check(tree, KNOWN).ok).to.equal(true);
      expect(sentenceOf(tree, KNOWN)).to.equal(name);
      const naive = new Naive(NOW, new Map());
      for (const traits of inside)
        expect(naive.belongs(person(traits), tree), JSON.stringify(traits)).to.equal(true);
      for (const traits of outside)
        expect(naive.belongs(person(traits), tree), JSON.stringify(traits)).to.equal(false);
    });
  }

  it('are valid for one program and for any program', () => {
    for (const { id, tree } of READY_MADE) {
      for (const asked of [{}, { program: 'deals' }]) expect(check(tree(asked), KNOWN).ok, id).to.equal(true);
    }
  });
});
