import { expect } from 'chai';
import fc from 'fast-check';
import {
  type CarrierAnswer,
  isNews,
  meaningOf,
  refusalBy,
  retryAfterMs,
} from '../../src/domain/carrier-trouble.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const answer = (status: number, code: number | null, more: Partial<CarrierAnswer> = {}): CarrierAnswer => ({
  status,
  code,
  retryAfter: null,
  abroad: false,
  ...more,
});
const meaning = (status: number, code: number | null, more: Partial<CarrierAnswer> = {}) =>
  meaningOf(answer(status, code, more), NOW, () => 0);

describe('answer of the create call', () => {
  const table: [what: string, status: number, code: number | null, expected: object][] = [
    ['made', 201, null, { message: 'made' }],
    [
      'too many calls at once',
      429,
      20429,
      { message: 'put-back', code: '20429', afterMs: 500, slower: true },
    ],
    [
      'a limit before the carrier',
      429,
      null,
      { message: 'put-back', code: 'http-429', afterMs: 500, slower: true },
    ],
    ['the carrier is busy', 503, 20503, { message: 'put-back', code: '20503', afterMs: 500, failing: true }],
    ['503 of another machine', 503, null, { message: 'unknown', code: 'http-503' }],
    ['an error of the carrier', 500, 20500, { message: 'unknown', code: '20500' }],
    ['a gateway between', 504, null, { message: 'unknown', code: 'http-504' }],
    ['sent elsewhere', 302, null, { message: 'unknown', code: 'http-302' }],
    [
      'a page that is not the carrier’s',
      403,
      null,
      { message: 'put-back', code: 'http-403', afterMs: 500, failing: true },
    ],
    [
      'the queue of the sender is full',
      400,
      21611,
      { message: 'put-back', code: '21611', afterMs: 30_000, full: true },
    ],
    [
      'the Messaging Service takes nothing now',
      400,
      21702,
      { message: 'put-back', code: '21702', afterMs: 500, failing: true },
    ],
    ['not a number', 400, 21211, { message: 'refused', code: '21211' }],
    ['opted out at the carrier', 400, 21610, { message: 'refused', code: '21610' }],
    ['a country that is not enabled', 400, 21408, { message: 'refused', code: '21408' }],
    ['a pair that does not go together', 400, 21612, { message: 'refused', code: '21612' }],
    ['too long', 400, 21617, { message: 'refused', code: '21617' }],
    ['unknown to us', 400, 99_998, { message: 'refused', code: '99998' }],
    ['forbidden, and nobody knows why', 403, 99_998, { message: 'refused', code: '99998' }],
    ['not found, and nobody knows what', 404, 99_998, { message: 'refused', code: '99998' }],
  ];
  for (const [what, status, code, expected] of table) {
    it(`${status} ${code ?? 'without a code'} means: ${what}`, () => {
      expect(meaning(status, code)).to.deep.equal(expected);
    });
  }

  const stops: [status: number, code: number | null][] = [
    ...[10001, 20003, 20005, 20006, 20403, 20404, 30002].map((code): [number, number] => [401, code]),
    ...[21212, 21601, 21606, 21607, 21609, 21659, 21660, 21661].map((code): [number, number] => [400, code]),
    ...[21663, 21701, 21703, 21704, 21705, 21711, 30032, 30033, 30034, 30037].map(
      (code): [number, number] => [400, code],
    ),
    [401, null],
    [404, null],
    ...[20107, 21211, 99_998].map((code): [number, number] => [401, code]),
  ];
  for (const [status, code] of stops) {
    it(`${status} ${code ?? 'without a code'} stops the sender, keeps the message, and says what to do next`, () => {
      const found = meaning(status, code);
      expect(found).to.have.nested.property('stop.code', code === null ? `http-${status}` : String(code));
      expect(found).to.include({ message: 'put-back' }).and.not.have.property('failing');
      expect(found)
        .to.have.nested.property('stop.why')
        .that.matches(/^[A-Z].+\. [A-Z].+, then resume this number( and the campaigns that paused)?\.$/);
    });
  }

  it('does not stop a sender for a foreign number, since a short code texts its own country only', () => {
    for (const code of [21606, 21659]) {
      expect(meaning(400, code, { abroad: true })).to.deep.equal({ message: 'refused', code: String(code) });
    }
    expect(meaning(400, 21660, { abroad: true })).to.have.property('stop');
  });

  it('never counts a message as refused or put back that may have been created', () => {
    const statuses = fc.oneof(fc.integer({ min: 100, max: 399 }), fc.integer({ min: 500, max: 599 }));
    const codes = fc.option(fc.constantFrom(20003, 20500, 20503, 21211, 21610, 30002, 99_998));
    fc.assert(
      fc.property(statuses, codes, (status, code) => {
        const { message } = meaning(status, code);
        if (status === 503 && code === 20503) return message === 'put-back';
        return message === (status >= 200 && status < 300 ? 'made' : 'unknown');
      }),
    );
  });
});

describe('error of a message as a fault of its sender', () => {
  for (const [code, all] of [
    ['30002', true],
    ['30032', false],
    ['30033', false],
    ['30034', false],
    ['30037', true],
  ] as const) {
    it(`${code} stops ${all ? 'all senders' : 'the sender'} until a person resumes`, () => {
      const refusal = refusalBy(code);
      expect([refusal?.all, refusal?.stop.code]).to.deep.equal([all, code]);
      expect(refusal?.stop.why).to.match(
        /^[A-Z].+\. [A-Z].+, then resume this number( and the campaigns that paused)?\.$/,
      );
    });
  }

  it('stops no sender for other codes, nor for codes that only a refused call has', () => {
    for (const code of ['30003', '30007', '21610', '21606', '20003', '99998']) {
      expect(refusalBy(code), code).to.equal(null);
    }
  });

  it('is ignored for a message that left more than an hour ago', () => {
    const ago = (ms: number): boolean => isNews(new Date(NOW.getTime() - ms), NOW);
    expect([ago(-1000), ago(3_600_000), ago(3_600_001)]).to.deep.equal([true, true, false]);
  });
});

describe('Retry-After', () => {
  it('is read in seconds or as a date, and holds for at most a minute', () => {
    expect(retryAfterMs('7', NOW)).to.equal(7000);
    expect(retryAfterMs('0', NOW)).to.equal(0);
    expect(retryAfterMs(' 3600 ', NOW)).to.equal(60_000);
    expect(retryAfterMs('Sun, 01 Mar 2026 12:00:09 GMT', NOW)).to.equal(9000);
    expect(retryAfterMs('Sun, 01 Mar 2026 11:00:00 GMT', NOW)).to.equal(0);
  });

  it('is ignored when it is absent or unreadable', () => {
    for (const header of [null, '', 'soon', '-5', '1e9', 'NaN']) {
      const ms = retryAfterMs(header, NOW);
      expect(ms === null || (ms >= 0 && ms <= 60_000), String(header)).to.equal(true);
    }
    expect(retryAfterMs('soon', NOW)).to.equal(null);
    expect(retryAfterMs(null, NOW)).to.equal(null);
  });

  it('is replaced by a random delay when absent, so that retries do not come back at once', () => {
    const at = (draw: number) => meaningOf(answer(429, 20429), NOW, () => draw);
    expect(
      [at(0), at(0.5), at(0.999)].map((meaning) => 'afterMs' in meaning && meaning.afterMs),
    ).to.deep.equal([500, 1000, 1499]);
  });
});
