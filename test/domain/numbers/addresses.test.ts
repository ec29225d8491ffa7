import { expect } from 'chai';
import { channelOf, numberOf } from '../../../src/domain/numbers.ts';

describe('address of the carrier', () => {
  const ADDRESSES: [address: string, channel: string | null, number: string][] = [
    ['+15551230001', null, '+15551230001'],
    ['28555', null, '28555'],
    ['', null, ''],
    ['rcs:+15551230001', 'rcs', '+15551230001'],
    ['RCS:+15551230001', 'rcs', '+15551230001'],
    ['whatsapp:+15551230001', 'whatsapp', '+15551230001'],
    // An agent has no number: it is told apart by its name alone.
    ['rcs:fernway_agent', 'rcs', 'rcs:fernway_agent'],
    ['messenger:1234567890', 'messenger', 'messenger:1234567890'],
    // A second channel in front of a number is nothing that the carrier writes.
    ['rcs:whatsapp:+15551230001', 'rcs', 'rcs:whatsapp:+15551230001'],
    ['rcs: +15551230001', 'rcs', 'rcs: +15551230001'],
    ['1:+15551230001', null, '1:+15551230001'],
    [':+15551230001', null, ':+15551230001'],
    [`${'a'.repeat(21)}:+15551230001`, null, `${'a'.repeat(21)}:+15551230001`],
  ];
  for (const [address, channel, number] of ADDRESSES) {
    it(`names the channel ${channel ?? 'of texts'} and the number ${JSON.stringify(number)}: ${JSON.stringify(address)}`, () => {
      expect([channelOf(address), numberOf(address)]).to.deep.equal([channel, number]);
    });
  }
});
