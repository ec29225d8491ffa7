import { expect } from 'chai';
import { SENDERS } from '../../../scripts/seed/programs.ts';
import type { Book, Program, Sender } from '../../../src/domain/program.ts';
import { codeFault, phoneFault } from '../../../src/domain/text/canadian-help.ts';
import { DEALS } from './fernway.ts';

const CODE: Sender = { ...SENDERS.shop, country: 'CA' };
const on = (support: string, more: Partial<Program> = {}): Program => ({
  ...{ ...DEALS, numbers: [CODE.number], support },
  ...more,
});
const MAIL = on('help@fernway.example');
const PHONES = ['1-800-555-0142', '(888) 555-0143', '+18335550143', '877.555.0143', '1-800-FERNWAY'];
const OTHERS = ['help@fernway.example', '416-555-0143', '1800555014', '28005550142', '18005550142a'];

describe('HELP on a Canadian short code', () => {
  for (const support of PHONES) {
    it(`may give ${support}`, () => expect(phoneFault(on(support), [CODE])).to.equal(null));
  }
  for (const support of OTHERS) {
    it(`needs a toll-free phone, and ${support} is none`, () => {
      expect(phoneFault(on(support), [CODE])).to.match(/^support: HELP on 28555, .* Write one/);
    });
  }

  it('is all that asks for a phone: an email does elsewhere, and for a program that ends', () => {
    const tollFree: Sender = { ...CODE, kind: 'toll-free' };
    for (const one of [SENDERS.shop, tollFree]) expect(phoneFault(MAIL, [one])).to.equal(null);
    expect(phoneFault({ ...MAIL, status: 'ended' }, [CODE])).to.equal(null);
  });

  it('is judged anew where its words or numbers are new', () => {
    expect(phoneFault(MAIL, [CODE], MAIL)).to.equal(null);
    expect(phoneFault(MAIL, [CODE], on('hello@fernway.example'))).to.be.a('string');
    expect(phoneFault(MAIL, [CODE], { ...MAIL, status: 'ended' })).to.be.a('string');
    expect(phoneFault(MAIL, [CODE], { ...MAIL, numbers: ['28556'] })).to.be.a('string');
  });

  it('is judged where a number of programs becomes one', () => {
    const book = (sender: Sender, program: Program): Book => ({ senders: [sender], programs: [program] });
    expect(codeFault(CODE, book(SENDERS.shop, MAIL))).to.match(/Fernway Deals gives none: save one/);
    expect(codeFault(CODE, book(SENDERS.shop, { ...MAIL, status: 'ended' }))).to.equal(null);
    expect(codeFault(CODE, book(SENDERS.shop, on('1-800-555-0142')))).to.equal(null);
    expect(codeFault(CODE, book(CODE, MAIL)), 'it is one already').to.equal(null);
    expect(codeFault(SENDERS.shop, book(CODE, MAIL))).to.equal(null);
  });
});
