import { expect } from 'chai';
import fc from 'fast-check';
import { type CallPermit, createConcurrencyWindow } from '../../../src/sending/connection-queue.ts';
import { handOver } from '../../../src/sending/gate.ts';
import {
  answerEach,
  CREATED,
  cleared,
  clientOf,
  httpAnswer,
  startScriptedServer,
} from './scripted-server.ts';

/** A window and hands to move it with. */
function harness(connections: number, start: number) {
  let clock = 0;
  const window = createConcurrencyWindow({ connections, start, monotonic: () => clock });
  const enter = (): CallPermit => window.enter() ?? expect.fail('no place');
  const finish = (place: CallPermit, how: 'taken' | 'slow' | 'other', holdMs = 0): void => {
    place.leave();
    if (how === 'taken') place.taken();
    if (how === 'slow') place.slowDown(holdMs);
  };
  return {
    window,
    enter,
    finish,
    pass: (ms: number) => {
      clock += ms;
    },
  };
}

describe('the window of calls under way', () => {
  it('begins at its given width or the number of connections, and counts what is under way', () => {
    expect(harness(50, 20).window.free()).to.equal(20);
    const { window, enter, finish } = harness(3, 20);
    expect(window.free()).to.equal(3);
    const places = [enter(), enter(), enter()];
    expect([window.free(), window.enter()]).to.deep.equal([0, null]);
    for (const place of places) finish(place, 'other');
    expect(window.free()).to.equal(3);
  });

  it('grows by one for every full window of accepted messages, up to the connections', () => {
    const { window, enter, finish } = harness(6, 4);
    for (let nth = 0; nth < 3; nth += 1) finish(enter(), 'taken');
    expect(window.size()).to.equal(4);
    finish(enter(), 'taken');
    expect(window.size()).to.equal(5);
    for (let nth = 0; nth < 100; nth += 1) finish(enter(), 'taken');
    expect(window.size()).to.equal(6);
  });

  it('halves once for all calls of one round trip, again for the next, and never under one', () => {
    const { window, enter, finish } = harness(20, 20);
    for (const place of Array.from({ length: 20 }, enter)) finish(place, 'slow');
    expect(window.size()).to.equal(10);
    for (const size of [5, 2, 1, 1]) {
      finish(enter(), 'slow');
      expect(window.size()).to.equal(size);
    }
  });

  it('lets nothing begin for as long as the carrier says', () => {
    const { window, enter, finish, pass } = harness(20, 20);
    finish(enter(), 'slow', 5000);
    finish(enter(), 'slow', 0);
    pass(4999);
    expect(window.free()).to.equal(0);
    pass(1);
    expect(window.free()).to.equal(5);
  });

  it('is never under one nor over the connections, and forgets no call', () => {
    const steps = fc.array(fc.constantFrom('enter', 'taken', 'slow', 'other'), { maxLength: 300 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), steps, (connections, walk) => {
        const { window, finish } = harness(connections, 4);
        const places: CallPermit[] = [];
        for (const step of walk) {
          if (step === 'enter') {
            const place = window.enter();
            if ((place === null) !== (places.length === connections)) return false;
            if (place !== null) places.push(place);
          } else if (places.length > 0) finish(places.shift() as CallPermit, step as 'taken');
          const free = Math.max(0, window.size() - places.length);
          if (window.size() < 1 || window.size() > connections || window.free() !== free) return false;
        }
        return true;
      }),
    );
  });

  it("changes with the carrier's answers", async () => {
    const line = await startScriptedServer(
      answerEach((nth) => (nth < 8 ? httpAnswer(429, { code: 20429 }) : httpAnswer(201, CREATED))),
    );
    const { carrier } = clientOf(line.url);
    const send = async (messages: number) =>
      (
        await handOver(
          Array.from({ length: messages }, () => cleared()),
          carrier.transport,
        )
      ).map(({ result }) => result);
    expect(new Set(await send(8))).to.deep.equal(new Set(['put-back']));
    expect(carrier.free()).to.equal(10);
    expect(new Set(await send(10))).to.deep.equal(new Set(['accepted']));
    expect(carrier.free()).to.equal(11);
    await carrier.close();
    await line.close();
  });
});
