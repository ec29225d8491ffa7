import { expect } from 'chai';
import fc from 'fast-check';
import {
  afterFailure,
  allowanceOf,
  type Circuit,
  FAILURES,
  offersWait,
  QUEUE_FULL_MS,
  SOUND,
} from '../../../src/domain/sending/circuit-state.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const later = (ms: number, from = NOW): Date => new Date(from.getTime() + ms);
const broken = (): Circuit => {
  let circuit = SOUND;
  for (let nth = 0; nth < FAILURES; nth += 1) circuit = afterFailure(circuit, NOW, 0);
  return circuit;
};

describe('circuit breaker of a sender', () => {
  it('lets everything pass until the fifth failure in a row, then nothing, then one trial call', () => {
    let circuit = SOUND;
    for (let nth = 1; nth < FAILURES; nth += 1) {
      circuit = afterFailure(circuit, NOW, 0);
      expect([circuit.failures, allowanceOf(circuit, NOW)]).to.deep.equal([nth, 'all']);
    }
    circuit = afterFailure(circuit, NOW, 0);
    expect(circuit).to.deep.equal({ failures: FAILURES, pausedUntil: later(500) });
    expect(allowanceOf(circuit, NOW)).to.equal('none');
    expect(allowanceOf(circuit, later(499))).to.equal('none');
    expect(allowanceOf(circuit, later(500))).to.equal('one');
  });

  it('ignores failures within a pause', () => {
    const circuit = broken();
    expect(afterFailure(circuit, later(499), 0.9)).to.equal(circuit);
  });

  it('ignores a pause longer than any, since the clock that began it was ahead', () => {
    const ahead: Circuit = { failures: FAILURES, pausedUntil: later(60_001) };
    expect(allowanceOf({ ...ahead, pausedUntil: later(60_000) }, NOW)).to.equal('none');
    expect(allowanceOf(ahead, NOW)).to.equal('one');
    const next = afterFailure(ahead, NOW, 0);
    expect([next.failures, next.pausedUntil]).to.deep.equal([FAILURES + 1, later(1000)]);
  });

  it('doubles each pause up to a minute, with jitter down to half', () => {
    const pauses: number[] = [];
    let circuit = broken();
    for (let nth = 0; nth < 12; nth += 1) {
      const at = circuit.pausedUntil ?? NOW;
      circuit = afterFailure(circuit, at, 0);
      pauses.push((circuit.pausedUntil?.getTime() ?? 0) - at.getTime());
    }
    expect(pauses.slice(0, 7)).to.deep.equal([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    fc.assert(
      fc.property(
        fc.integer({ min: FAILURES, max: 5000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failures, draw) => {
          const next = afterFailure({ failures, pausedUntil: NOW }, NOW, draw);
          const ms = (next.pausedUntil?.getTime() ?? 0) - NOW.getTime();
          return next.failures === failures + 1 && ms >= 1000 && ms <= 60_000;
        },
      ),
    );
  });
});

describe('marketing of a sender whose queue at the carrier is full', () => {
  it('waits at most half a minute', () => {
    const until = (ms: number): boolean => offersWait(later(ms), NOW);
    expect([until(1), until(QUEUE_FULL_MS)]).to.deep.equal([true, true]);
    expect([until(0), until(-1), until(QUEUE_FULL_MS + 1), offersWait(null, NOW)]).to.deep.equal([
      false,
      false,
      false,
      false,
    ]);
  });
});
