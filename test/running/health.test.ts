import { expect } from 'chai';
import { answersPart, areAnswersLate, readiness } from '../../src/running/health.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const ago = (ms: number): Date => new Date(NOW.getTime() - ms);

describe('replies to people in the health of a web process', () => {
  it('are late once the oldest has been due for over half a minute', () => {
    expect(areAnswersLate(null, NOW), 'none is due').to.equal(false);
    expect(areAnswersLate(ago(30_000), NOW)).to.equal(false);
    expect(areAnswersLate(ago(30_001), NOW)).to.equal(true);
  });

  const readyWith = (oldest: () => Promise<Date | null>) => readiness([answersPart(oldest, () => NOW)]);

  it('are a part of readiness', async () => {
    expect(await readyWith(async () => ago(31_000))).to.deep.equal({
      ready: false,
      parts: { answers: false },
    });
    expect(await readyWith(async () => null)).to.deep.equal({ ready: true, parts: { answers: true } });
  });

  it('are not called late when the database does not answer, which another part reports', async () => {
    const { parts } = await readyWith(async () => {
      throw new Error('no primary');
    });
    expect(parts).to.deep.equal({ answers: true });
  });
});
