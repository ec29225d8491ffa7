import { expect } from 'chai';
import type { Sender } from '../../src/domain/program.ts';
import { senderFaults } from '../../src/domain/sender-faults.ts';

const SHORT: Sender = {
  number: '28555',
  kind: 'short-code',
  country: 'US',
  handling: 'own',
  messagingServiceSid: null,
};
const LONG: Sender = { ...SHORT, number: '+12125552368', kind: 'long-code', handling: 'default' };
const FREE: Sender = { ...SHORT, number: '+18885550143', kind: 'toll-free', handling: 'network' };
const SERVICE = `MG${'0'.repeat(32)}`;

const TABLE: [title: string, sender: Sender, fields: (keyof Sender)[]][] = [
  ['a short code of its own', SHORT, []],
  ['a long code', LONG, []],
  ['a long code that is kept for fiction', { ...LONG, number: '+15550100199' }, []],
  ['a toll-free number', FREE, []],
  ['a toll-free number of Canada', { ...FREE, country: 'CA' }, []],
  ['a short code in a service', { ...SHORT, handling: 'advanced', messagingServiceSid: SERVICE }, []],
  ['a long code of a brand', { ...LONG, brand: { id: 'B123', tier: 'score-75' } }, []],
  ['a short code that is none', { ...SHORT, number: '12345' }, ['number']],
  ['a long code called short', { ...SHORT, number: '+12125552368' }, ['number']],
  ['a toll-free number called long', { ...LONG, number: '+18885550143' }, ['number']],
  ['a long code without +', { ...LONG, number: '12125552368' }, ['number']],
  ['a long code of another country', { ...LONG, country: 'CA' }, ['number']],
  ['a toll-free number that we answer', { ...FREE, handling: 'own' }, ['handling']],
  ['a long code that a network answers', { ...LONG, handling: 'network' }, ['handling']],
  ['a short code that Twilio answers by default', { ...SHORT, handling: 'default' }, ['handling']],
  ['advanced handling without a service', { ...LONG, handling: 'advanced' }, ['handling']],
  ['a short code of a brand', { ...SHORT, brand: { id: 'B123', tier: 'score-75' } }, ['brand']],
];

describe('validation of a sender', () => {
  for (const [title, sender, fields] of TABLE) {
    it(`${fields.length === 0 ? 'accepts' : `refuses ${fields.join(', ')} of`} ${title}`, () => {
      expect(senderFaults(sender).map(({ field }) => field)).to.deep.equal(fields);
    });
  }
});
