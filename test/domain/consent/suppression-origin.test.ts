import { expect } from 'chai';
import { countsAsConfirmed, raiseSuppression } from '../../../src/domain/consent/suppression.ts';
import { type SuppressionOrigin, sourceOf } from '../../../src/domain/consent/suppression-origin.ts';

describe('the origin of a suppression', () => {
  const rows: [origin: SuppressionOrigin, source: string, isConfirmed: boolean][] = [
    [{ by: 'text', rule: 'exact:stop' }, 'VIA_TEXT exact:stop', true],
    [{ by: 'text', rule: 'exact:stop', unconfirmed: true }, 'VIA_TEXT exact:stop, not confirmed', false],
    [{ by: 'channel', channel: 'WEB_FORM', rule: 'door:WEB_FORM' }, 'WEB_FORM door:WEB_FORM', false],
    [{ by: 'staff', reply: 'sent' }, 'VIA_TEXT review:opt-out', true],
    [{ by: 'staff', reply: 'impossible' }, 'VIA_TEXT review:opt-out, not confirmed', false],
    [{ by: 'staff', reply: 'too-late' }, 'review:opt-out', false],
    [{ by: 'hold-timer' }, 'hold timer', false],
    [{ by: 'carrier-keyword' }, 'carrier', false],
    [{ by: 'carrier-error', code: '21610' }, 'carrier error 21610', false],
    [
      { by: 'job', rule: { name: 'failures', times: 3, withinDays: 30 } },
      'messages failed on 3 days of 30',
      false,
    ],
    [{ by: 'job', rule: { name: 'verification', refusal: 'landline' } }, 'verification:landline', false],
  ];
  for (const [origin, source, isConfirmed] of rows) {
    it(`"${source}" ${isConfirmed ? 'was confirmed by a text' : 'is confirmed by the next reply'}`, () => {
      expect(sourceOf(origin)).to.equal(source);
      const [row] = raiseSuppression([], { scope: 'all', kind: 'opt-out', at: new Date(), origin });
      expect(row && countsAsConfirmed(row)).to.equal(isConfirmed);
    });
  }
});
