import { expect } from 'chai';
import { errorLines } from '../../../src/domain/reports/carrier-errors.ts';
import { emptyTally } from '../../../src/domain/reports/delivery-tally.ts';

describe('error counts compared with the period before', () => {
  const failing = (...codes: [string, number][]) =>
    new Map(codes.map(([code, undelivered]) => [code, { ...emptyTally(), undelivered }]));
  const lines = errorLines(
    { byCode: failing(['30003', 40], ['30005', 20], ['30007', 30], ['30008', 3]), handedOver: 1000 },
    { byCode: failing(['30003', 20], ['30005', 40], ['30004', 20], ['30008', 9]), handedOver: 1000 },
    new Map(),
    10,
  );

  it('are listed most frequent first, with their trend', () => {
    expect(lines.map(({ code, count, trend }) => [code, count, trend])).to.deep.equal([
      ['30003', 40, 'rising'],
      ['30007', 30, 'new'],
      ['30005', 20, 'falling'],
      ['30008', 3, 'few'],
      ['30004', 0, 'falling'],
    ]);
  });

  it('are shares of all messages that left, so that more messages are no rise', () => {
    const now = { byCode: failing(['30003', 40]), handedOver: 4000 };
    const before = { byCode: failing(['30003', 20]), handedOver: 2000 };
    expect(errorLines(now, before, new Map(), 10)[0]).to.include({ share: 0.01, trend: 'steady' });
  });

  it("explain a code by the table, then by a person's entry, then as unknown", () => {
    const now = {
      byCode: failing(['30003', 6], ['39999', 5], ['4001', 4], ['632001', 3], ['', 2]),
      handedOver: 99,
    };
    const said = { class: 'network' as const, note: 'carrier says routing' };
    const classed = new Map([
      ['39999', said],
      ['30003', said],
    ]);
    const found = errorLines(now, { byCode: new Map(), handedOver: 0 }, classed, 10);
    expect(found.map((errorLine) => [errorLine.code, errorLine.class])).to.deep.equal([
      ['30003', 'unreachable'],
      ['39999', 'network'],
      ['4001', 'unknown'],
      ['632001', 'unknown'],
      ['none', 'unknown'],
    ]);
    expect(found[1]?.sentence).to.contain('“carrier says routing”');
    expect(found.slice(2).map(({ sentence }) => sentence.includes('without an error code'))).to.deep.equal([
      ...[false, false, true],
    ]);
    const none = errorLines(now, { byCode: new Map(), handedOver: 0 }, new Map([['none', said]]), 10);
    expect(none.at(-1)).to.include({ code: 'none', class: 'network' });
  });
});
