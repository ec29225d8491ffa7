import { expect } from 'chai';
import fc from 'fast-check';
import { type Sender, senderRate } from '../../src/domain/program.ts';
import { pickSender, shareSender } from '../../src/domain/sending/sender-pool.ts';

const sender = (number: string, more: Partial<Sender> = {}): Sender => ({
  number,
  kind: 'long-code',
  country: 'US',
  handling: 'own',
  messagingServiceSid: null,
  ...more,
});

const numbers = ['a', 'b', 'c', 'd', 'e'];
const pools = fc.record({
  senders: fc.tuple(
    ...numbers.map((number) =>
      fc
        .record({
          kind: fc.constantFrom('long-code' as const, 'short-code' as const, 'toll-free' as const),
          country: fc.constantFrom('US' as const, 'CA' as const),
          rate: fc.integer({ min: 1, max: 200 }),
        })
        .map((more) => sender(number, more)),
    ),
  ),
  program: fc.shuffledSubarray(numbers),
  stopped: fc.subarray(numbers).map((list) => new Set(list)),
  closed: fc.subarray(numbers).map((list) => new Set(list)),
  sticky: fc.constantFrom(null, 'x', ...numbers),
  loads: fc
    .dictionary(fc.constantFrom(...numbers), fc.nat(1000))
    .map((loads) => new Map(Object.entries(loads))),
  country: fc.constantFrom('US' as const, 'CA' as const),
});

describe('sender that a program chooses for one message', () => {
  const NONE: ReadonlySet<string> = new Set();

  it('is a number of the program and country, open to the person and working where one is', () => {
    fc.assert(
      fc.property(pools, ({ senders, program, ...choice }) => {
        fc.pre(program.length !== 1);
        const own = senders.filter(
          (sender) => program.includes(sender.number) && sender.country === choice.country,
        );
        const open = own.filter((sender) => !choice.closed.has(sender.number));
        const may = open.length > 0 ? open : own;
        const working = may.filter((sender) => !choice.stopped.has(sender.number));
        const picked = pickSender({ numbers: program }, senders, choice);
        if (own.length === 0) expect(picked).to.equal(null);
        else expect(working.length > 0 ? working : may).to.include(picked);
      }),
    );
  });

  it('is the only number of a program, stopped or not, for any country', () => {
    const [only, other] = [sender('a'), sender('b', { country: 'CA' })];
    for (const stopped of [new Set<string>(), new Set(['a'])]) {
      const choice = {
        sticky: null,
        country: 'CA' as const,
        loads: new Map<string, number>(),
        stopped,
        closed: NONE,
      };
      expect(pickSender({ numbers: ['a', 'gone'] }, [only, other], choice)).to.equal(only);
    }
  });

  it('is the known number, else the one with the shortest queue, when all are stopped', () => {
    const senders = [sender('a'), sender('b'), sender('c', { country: 'CA' })];
    const [loads, stopped] = [new Map([['a', 2]]), new Set(['a', 'b'])];
    const choice = { country: 'US' as const, loads, stopped, closed: NONE };
    const picked = (sticky: string | null): string | undefined =>
      pickSender({ numbers: ['a', 'b', 'c'] }, senders, { ...choice, sticky })?.number;
    expect([picked(null), picked('a')]).to.deep.equal(['b', 'a']);
  });

  it('is the number a person knows while it may be used, whatever its load', () => {
    fc.assert(
      fc.property(pools, ({ senders, program, ...choice }) => {
        const known = senders.find((sender) => sender.number === choice.sticky);
        fc.pre(known !== undefined && program.includes(known.number));
        const { stopped, closed } = choice;
        fc.pre(known?.country === choice.country && !stopped.has(known.number) && !closed.has(known.number));
        expect(pickSender({ numbers: program }, senders, choice)).to.equal(known);
      }),
    );
  });

  it('is otherwise the number with the shortest queue, the first named among equals', () => {
    fc.assert(
      fc.property(pools, ({ senders, program, ...rest }) => {
        const choice = { ...rest, sticky: null, closed: NONE };
        const picked = pickSender({ numbers: program }, senders, choice);
        if (picked === null || choice.stopped.has(picked.number) || picked.country !== choice.country) return;
        const wait = (sender: Sender): number => (choice.loads.get(sender.number) ?? 0) / senderRate(sender);
        const place = (sender: Sender): number => program.indexOf(sender.number);
        for (const other of senders) {
          if (!program.includes(other.number) || other.country !== choice.country) continue;
          if (choice.stopped.has(other.number) || other === picked) continue;
          expect(wait(other)).to.be.at.least(wait(picked));
          if (wait(other) === wait(picked)) expect(place(other)).to.be.greaterThan(place(picked));
        }
      }),
    );
  });

  it('shares a campaign by rate when loads are counted while planning', () => {
    const senders = [sender('a', { kind: 'short-code' }), sender('b'), sender('c', { kind: 'toll-free' })];
    const loads = new Map<string, number>();
    for (let at = 0; at < 1040; at += 1) {
      const picked = pickSender({ numbers: ['a', 'b', 'c'] }, senders, {
        sticky: null,
        country: 'US',
        loads,
        stopped: NONE,
        closed: NONE,
      });
      const number = picked?.number ?? '';
      loads.set(number, (loads.get(number) ?? 0) + 1);
    }
    expect([loads.get('a'), loads.get('b'), loads.get('c')]).to.deep.equal([1000, 10, 30]);
  });
});

describe('senders that a program chooses for a campaign', () => {
  const shares = fc.record({
    senders: fc.tuple(
      ...numbers.map((number) => fc.integer({ min: 1, max: 200 }).map((rate) => sender(number, { rate }))),
    ),
    stopped: fc.subarray(numbers).map((list) => new Set(list)),
    closed: fc.subarray(numbers).map((list) => new Set(list)),
    sticky: fc.constantFrom(null, 'x', ...numbers),
    contact: fc.string(),
  });
  const NONE: ReadonlySet<string> = new Set();
  const US = 'US' as const;

  it('share people by rate', () => {
    const rates = { a: 100, b: 50, c: 10 };
    const senders = Object.entries(rates).map(([number, rate]) => sender(number, { rate }));
    const free = { sticky: null, country: US, stopped: NONE, closed: NONE };
    const counts = new Map<string, number>();
    for (let at = 0; at < 16_000; at += 1) {
      const number =
        shareSender({ numbers: ['a', 'b', 'c'] }, senders, { ...free, contact: `c_${at}` })?.number ?? '';
      counts.set(number, (counts.get(number) ?? 0) + 1);
    }
    for (const [number, rate] of Object.entries(rates))
      expect((counts.get(number) ?? 0) / (rate * 100)).to.be.within(0.88, 1.12);
  });

  it('stay the same for each person in any order, even when another sender stops', () => {
    fc.assert(
      fc.property(shares, ({ senders, stopped, contact }) => {
        const choice = { sticky: null, country: US, stopped: NONE, closed: NONE, contact };
        const own = shareSender({ numbers }, senders, choice);
        expect(shareSender({ numbers: numbers.toReversed() }, senders.toReversed(), choice)).to.equal(own);
        const now = shareSender({ numbers }, senders, { ...choice, stopped });
        if (own !== null && (!stopped.has(own.number) || stopped.size === numbers.length))
          expect(now).to.equal(own);
      }),
    );
  });

  it('are open to the person first, working second, and known third', () => {
    fc.assert(
      fc.property(shares, ({ senders, ...choice }) => {
        const picked = shareSender({ numbers }, senders, { ...choice, country: US });
        const open = numbers.filter((number) => !choice.closed.has(number));
        const may = open.length > 0 ? open : numbers;
        const working = may.filter((number) => !choice.stopped.has(number));
        const usable = working.length > 0 ? working : may;
        expect(usable).to.include(picked?.number);
        if (choice.sticky !== null && usable.includes(choice.sticky))
          expect(picked?.number).to.equal(choice.sticky);
      }),
    );
  });

  it('are of the country of the person, or the only one there is', () => {
    const [us, ca] = [sender('a'), sender('b', { country: 'CA' })];
    const choice = { sticky: 'a', stopped: NONE, closed: NONE, contact: 'c_1' };
    const table: [string[], 'US' | 'CA', Sender | null][] = [
      [['a', 'b'], 'US', us],
      [['a', 'b'], 'CA', ca],
      [['a'], 'CA', us],
      [[], 'US', null],
    ];
    for (const [program, country, expected] of table)
      expect(shareSender({ numbers: program }, [us, ca], { ...choice, country })).to.equal(expected);
  });
});
