import { expect } from 'chai';
import { approvalFault, mostPlanned, reachedSentence } from '../../../src/domain/campaigns/approval.ts';
import { costOf, type PriceTable, readMicros, written } from '../../../src/domain/campaigns/cost.ts';
import { type Editable, type EditOrder, editFault } from '../../../src/domain/campaigns/editing.ts';
import type { CampaignState } from '../../../src/domain/campaigns/lifecycle.ts';
import { isComplaint } from '../../../src/domain/words/alarms.ts';

const NOW = new Date('2026-03-01T12:00:00Z');

describe('approval by a second person', () => {
  const given = { by: 'b', draft: 'd1', people: 1000 };
  const table: [what: string, facts: Partial<Parameters<typeof approvalFault>[0]>, said: RegExp | null][] = [
    ['never needed', { over: null }, null],
    ['at the size itself', { people: 500 }, null],
    ['above it', {}, /^It would go to 501 people; above 500 a second person/],
    ['who said yes', { given }, null],
    ['who said yes to another draft', { given, draft: 'd2' }, /^The campaign was changed since/],
    ['to a little fewer', { given, people: 1100 }, null],
    ['to an estimate whose upper bound is near', { given: { ...given, atMost: 1100 }, people: 1210 }, null],
    [
      'above it, as far as a sample tells',
      { estimated: true },
      /^It would go to about 501 people; above 500 a second/,
    ],
    ['to far fewer', { given, people: 1101 }, /approved for 1000/],
    ['who said yes, where another starts it', { given, starter: 'a' }, null],
    [
      'who is another than who starts it',
      { given, starter: 'b' },
      /^The key that approved it cannot start it\. The key that asked/,
    ],
    [
      'who may have made the key of who starts it',
      { given, starter: 'a', oneHand: true },
      /^The key that approved it cannot start it by another key\. One of these keys made the other/,
    ],
    ['not needed of one who starts alone what is small', { given, starter: 'b', people: 500 }, null],
  ];
  for (const [what, facts, said] of table) {
    it(`${said === null ? 'lets a start pass' : 'refuses a start'}: ${what}`, () => {
      const usual = { over: 500, people: 501, draft: 'd1', given: null, starter: null, oneHand: false };
      const why = approvalFault({ ...usual, ...facts });
      if (said === null) expect(why).to.equal(null);
      else expect(why).to.match(said);
    });
  }
});

describe('number of people whom a campaign may reach without a new approval', () => {
  const given: { by: string; draft: string; people: number; atMost?: number } = {
    by: 'b',
    draft: 'd1',
    people: 10_000,
  };
  const table: [what: string, over: number | null, approved: typeof given | null, most: number | null][] = [
    ['everybody where no second person is ever needed', null, given, null],
    ['as many as go without one', 500, null, 500],
    ['those who were approved, and a tenth more', 500, given, 11_000],
    ['those of the upper bound of an estimate, and a tenth more', 500, { ...given, atMost: 10_500 }, 11_550],
    ['no fewer than go without one', 20_000, given, 20_000],
  ];
  for (const [what, over, approved, most] of table) {
    it(`is ${what}`, () => expect(mostPlanned(over, approved)).to.equal(most));
  }

  it('is named with the next step when a campaign reaches it', () => {
    expect(reachedSentence(11_000, given)).to.equal(
      'It reached the 11,000 people it was approved for. More can get it now. Ask somebody else to look at it and POST /campaigns/{id}/approve with a key of their own. Then resume it.',
    );
    expect(reachedSentence(500, null)).to.match(
      /^It reached 500 people, which is as many as it may go to without/,
    );
  });
});

const WAITS: Editable = {
  ...{ state: 'paused', startAt: new Date('2026-03-01T18:00:00Z'), deadline: null, when: null, test: null },
  ...{ repeats: false, runOf: null, begun: false, claimed: false, awaitsWinner: false, plannedAt: null },
  plan: { complete: false },
};

describe('edit of a campaign', () => {
  const later = new Date('2026-03-02T12:00:00Z');
  const table: [state: CampaignState, order: Parameters<typeof editFault>[1], said: RegExp | null][] = [
    ['draft', { words: true }, /PUT/],
    ['scheduled', { words: true }, /Pause it/],
    ['sending', { words: true }, /Pause it/],
    ['finished', { words: true }, /another/],
    ['canceled', { words: true }, /another/],
    ['paused', { words: true }, null],
    ['paused', { words: false, deadline: later }, null],
    ['paused', { words: false, deadline: null }, null],
    ['paused', { words: false }, /Say what changes/],
    ['paused', { words: false, deadline: NOW }, /passed/],
  ];
  for (const [state, order, said] of table) {
    it(`${said === null ? 'accepts' : 'refuses'} ${JSON.stringify(order)} when the campaign is ${state}`, () => {
      const fault = editFault({ ...WAITS, state, startAt: null }, order, NOW);
      if (said === null) expect(fault).to.equal(null);
      else expect(fault?.why).to.match(said);
    });
  }

  it('refuses a new deadline after the old one passed and every message was planned', () => {
    const late = { ...WAITS, begun: true, startAt: null, deadline: NOW };
    const planned = { ...late, plan: { complete: true } };
    const test = { share: 20, waitMinutes: 90, by: 'reply' };
    const tested = { ...planned, test, awaitsWinner: true };
    for (const deadline of [later, null]) {
      const fault = editFault(planned, { words: false, deadline }, NOW);
      expect(`${fault?.field}: ${fault?.why}`).to.match(/^deadline: The deadline has passed.*\/missed/);
      for (const some of [late, tested, { ...late, begun: false }]) {
        expect(editFault(some, { words: false, deadline }, NOW)).to.equal(null);
      }
    }
    const before = { ...planned, deadline: later };
    expect(editFault(before, { words: false, deadline: null }, NOW)).to.equal(null);
  });

  const kept: [whose: string, of: Partial<Editable>, why: RegExp | null][] = [
    [
      'of a test that waits for its winner',
      { awaitsWinner: true },
      /^Its A\/B test is running and compares /,
    ],
    ['of a test whose winner is chosen', { awaitsWinner: false }, null],
    ['of a recurrence, each run of which is a test', { awaitsWinner: true, repeats: true }, null],
    ['of a run', { runOf: 'weekly' }, /^It is a run of "weekly", and a run keeps its words\. Cancel it; /],
  ];
  for (const [whose, of, why] of kept) {
    it(`${why === null ? 'changes' : 'refuses to change'} the words ${whose}`, () => {
      const fault = editFault({ ...WAITS, ...of }, { words: true }, NOW);
      if (why === null) expect(fault).to.equal(null);
      else
        expect([fault?.field, fault?.why]).to.satisfy(
          ([at, said]: string[]) => at === 'words' && why.test(said ?? ''),
        );
      expect(editFault({ ...WAITS, ...of, repeats: false }, { words: false, deadline: later }, NOW)).to.equal(
        null,
      );
    });
  }

  const hour = 3_600_000;
  const local = { date: '2026-03-02', minutes: 600, missed: 'skip' as const };
  const times: [what: string, of: Partial<Editable>, order: Partial<EditOrder>, fault: RegExp | null][] = [
    ['moves one that has not begun', {}, {}, null],
    ['moves none to the past', {}, { at: new Date(NOW.getTime() - hour) }, /^at: This time has passed/],
    ['moves none that has begun', { begun: true }, {}, /^at: The campaign has begun/],
    [
      'moves none that a worker may be at',
      { claimed: true },
      {},
      /^at: A worker is still planning it\. Try again in a moment\.$/,
    ],
    [
      'says so first of one that has begun',
      { begun: true, claimed: true },
      {},
      /^at: The campaign has begun/,
    ],
    ['moves no recurrence', { repeats: true }, {}, /^at: A recurrence starts by its cron/],
    ['moves no run', { runOf: 'weekly' }, {}, /^at: The recurrence sets the time of its runs/],
    [
      "moves none on people's own clocks",
      { when: { local, spreadMs: 0 } },
      {},
      /^at: The campaign is sent by each person/,
    ],
    ['keeps to the deadline that stands', { deadline: later }, {}, /^deadline: .* after the start/],
    ['takes a later one along', { deadline: later }, { deadline: new Date(later.getTime() + hour) }, null],
    [
      'leaves a spread its time',
      { when: { local: null, spreadMs: 2 * hour } },
      { deadline: new Date(later.getTime() + hour) },
      /^deadline: The spread goes on after/,
    ],
    [
      'leaves a test its time',
      { test: { share: 20, waitMinutes: 90, by: 'reply' } },
      { deadline: new Date(later.getTime() + hour) },
      /^deadline: Its A\/B test would still be running/,
    ],
  ];
  for (const [what, of, order, said] of times) {
    it(`changes the start time by this rule: ${what}`, () => {
      const fault = editFault({ ...WAITS, ...of }, { words: false, at: later, ...order }, NOW);
      if (said === null) expect(fault).to.equal(null);
      else expect(`${fault?.field}: ${fault?.why}`).to.match(said);
    });
  }
});

describe('edited deadline while an A/B test waits for its winner', () => {
  const at = (time: string): Date => new Date(`2026-03-${time}:00Z`);
  const test = { share: 20, waitMinutes: 90, by: 'reply' };
  const begun: Partial<Editable> = {
    ...{ test, awaitsWinner: true, startAt: at('01T11:00'), begun: true, plan: { complete: true } },
  };
  const spread = { local: null, spreadMs: 2 * 3_600_000 };
  const table: [what: string, of: Partial<Editable>, deadline: Date, refused: boolean][] = [
    ['before its wait is over', { plannedAt: at('01T11:30') }, at('01T13:00'), true],
    ['after it', { plannedAt: at('01T11:30') }, at('01T13:01'), false],
    ['before a wait that begins now would be', {}, at('01T13:30'), true],
    ['after that', {}, at('01T13:31'), false],
    ['before its spread and that of the others', { when: spread }, at('01T16:30'), true],
    ['after these', { when: spread }, at('01T16:31'), false],
    ['soon, its wait over while it was paused', { plannedAt: at('01T10:00') }, at('01T12:01'), false],
    ['soon, the winner known', { awaitsWinner: false }, at('01T12:01'), false],
    ['before a start that is to come', { startAt: at('02T12:00'), begun: false }, at('02T13:30'), true],
  ];
  for (const [what, of, deadline, refused] of table) {
    it(`is ${refused ? 'refused' : 'accepted'}: ${what}`, () => {
      const fault = editFault({ ...WAITS, ...begun, ...of }, { words: false, deadline }, NOW);
      const why = 'Its A/B test would still be running then. Set a later deadline.';
      expect(fault).to.deep.equal(refused ? { field: 'deadline', why } : null);
    });
  }
});

describe('cost of messages', () => {
  const table: PriceTable = {
    currency: 'USD',
    asOf: '2026-01-01',
    prices: [
      { country: 'US', kind: null, media: 'sms', micros: 8300 },
      { country: 'US', kind: 'short-code', media: 'sms', micros: 7900 },
    ],
  };
  const volume = { country: 'US', kind: 'short-code' as const, media: 'sms' as const, parts: 3 };

  it('is exact, prefers the price of the sender kind over the general price, and names what has no price', () => {
    const abroad = { ...volume, country: 'CA' };
    const cost = costOf(table, [volume, { ...volume, kind: 'long-code', parts: 1 }, abroad]);
    expect(cost).to.deep.equal({ micros: 3 * 7900 + 8300, unpriced: [abroad] });
    expect(() => costOf(table, [{ ...volume, parts: 2 ** 50 }])).to.throw(RangeError);
  });

  const decimals: [text: string, micros: number | null, back?: string][] = [
    ['0.0083', 8300, '0.0083'],
    ['1', 1_000_000, '1.00'],
    ['12.5', 12_500_000, '12.50'],
    ['0.000001', 1, '0.000001'],
    ['0.0000001', null],
    ['-1', null],
    ['1e3', null],
    ['', null],
  ];
  for (const [text, micros, back] of decimals) {
    it(`${micros === null ? 'refuses' : 'reads'} the price "${text}"`, () => {
      expect(readMicros(text)).to.equal(micros);
      if (micros !== null) expect(written(micros)).to.equal(back);
    });
  }
});

describe('detection of complaints', () => {
  const table: [text: string, complaint: boolean][] = [
    ['This is SPAM!!', true],
    ['I will report you', true],
    ["I'll sue you", true],
    ['How did you get my number?', true],
    ['Esto es una estafa', true],
    ['C’est de l’arnaque', true],
    ['une arnaque', true],
    ['Thanks, spammy sandwich', false],
    ['ok', false],
    ['issue yours', false],
  ];
  for (const [text, complaint] of table)
    it(`reads "${text}" as ${complaint ? 'a complaint' : 'no complaint'}`, () =>
      expect(isComplaint(text)).to.equal(complaint));
});
