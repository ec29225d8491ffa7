import { expect } from 'chai';
import fc from 'fast-check';
import { type Sender, senderRate } from '../../src/domain/program.ts';
import { pickSender } from '../../src/domain/sending/sender-pool.ts';

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
  sticky: fc.constantFrom(null, 'x', ...numbers),
  loads: fc
    .dictionary(fc.constantFrom(...numbers), fc.nat(1000))
    .map((loads) => new Map(Object.entries(loads))),
  country: fc.constantFrom('US' as const, 'CA' as const),
});

describe('the number a program writes from', () => {
  it('is always one of its own, of the country, that is not stopped where one is not, and there is one if any is', () => {
    fc.assert(
      fc.property(pools, ({ senders, program, ...choice }) => {
        fc.pre(program.length !== 1);
        const own = senders.filter((one) => program.includes(one.number) && one.country === choice.country);
        const working = own.filter((one) => !choice.stopped.has(one.number));
        const picked = pickSender({ numbers: program }, senders, choice);
        if (own.length === 0) expect(picked).to.equal(null);
        else expect(working.length > 0 ? working : own).to.include(picked);
      }),
    );
  });

  it('is the only one where there is one, stopped or not, to whatever country', () => {
    const [only, other] = [sender('a'), sender('b', { country: 'CA' })];
    for (const stopped of [new Set<string>(), new Set(['a'])]) {
      const choice = { sticky: null, country: 'CA' as const, loads: new Map<string, number>(), stopped };
      expect(pickSender({ numbers: ['a', 'gone'] }, [only, other], choice)).to.equal(only);
    }
  });

  it('is, where all are stopped, the one a person knows, else the one whose queue is over first', () => {
    const senders = [sender('a'), sender('b'), sender('c', { country: 'CA' })];
    const choice = { country: 'US' as const, loads: new Map([['a', 2]]), stopped: new Set(['a', 'b']) };
    const picked = (sticky: string | null): string | undefined =>
      pickSender({ numbers: ['a', 'b', 'c'] }, senders, { ...choice, sticky })?.number;
    expect([picked(null), picked('a')]).to.deep.equal(['b', 'a']);
  });

  it('is the one a person knows, whatever its load, while it may be used', () => {
    fc.assert(
      fc.property(pools, ({ senders, program, ...choice }) => {
        const known = senders.find((one) => one.number === choice.sticky);
        fc.pre(known !== undefined && program.includes(known.number));
        fc.pre(known?.country === choice.country && !choice.stopped.has(known.number));
        expect(pickSender({ numbers: program }, senders, choice)).to.equal(known);
      }),
    );
  });

  it('is else the one whose queue is over first, the earlier named of equals', () => {
    fc.assert(
      fc.property(pools, ({ senders, program, ...rest }) => {
        const choice = { ...rest, sticky: null };
        const picked = pickSender({ numbers: program }, senders, choice);
        if (picked === null || choice.stopped.has(picked.number) || picked.country !== choice.country) return;
        const wait = (one: Sender): number => (choice.loads.get(one.number) ?? 0) / senderRate(one);
        const place = (one: Sender): number => program.indexOf(one.number);
        for (const other of senders) {
          if (!program.includes(other.number) || other.country !== choice.country) continue;
          if (choice.stopped.has(other.number) || other === picked) continue;
          expect(wait(other)).to.be.at.least(wait(picked));
          if (wait(other) === wait(picked)) expect(place(other)).to.be.greaterThan(place(picked));
        }
      }),
    );
  });

  it('shares a campaign by rate when loads are kept as one plans', () => {
    const senders = [sender('a', { kind: 'short-code' }), sender('b'), sender('c', { kind: 'toll-free' })];
    const loads = new Map<string, number>();
    for (let at = 0; at < 1040; at += 1) {
      const picked = pickSender({ numbers: ['a', 'b', 'c'] }, senders, {
        sticky: null,
        country: 'US',
        loads,
        stopped: new Set(),
      });
      const number = picked?.number ?? '';
      loads.set(number, (loads.get(number) ?? 0) + 1);
    }
    expect([loads.get('a'), loads.get('b'), loads.get('c')]).to.deep.equal([1000, 10, 30]);
  });
});
