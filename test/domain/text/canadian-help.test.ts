import { expect } from 'chai';
import { SENDERS } from '../../../scripts/seed/programs.ts';
import type { Program, ProgramBook, Sender } from '../../../src/domain/program.ts';
import { codeFault, phoneFault } from '../../../src/domain/text/required-content.ts';
import { DEALS } from './fernway.ts';

const CODE: Sender = { ...SENDERS.shop, country: 'CA' };
const on = (support: string, more: Partial<Program> = {}): Program => ({
  ...{ ...DEALS, numbers: [CODE.number], support },
  ...more,
});
const MAIL = on('help@fernway.example');
const PHONES = ['1-800-555-0142', '(888) 555-0143', '+18335550143', '877.555.0143', '1-800-FERNWAY'];
const OTHERS = ['help@fernway.example', '416-555-0143', '1800555014', '28005550142', '18005550142a'];

/** Why it may not be saved beside others, with what it was before. */
function faultOf(saved: Program, senders: Sender[], before: Program | null = null, others: Program[] = []) {
  const standing = before === null ? others : [before, ...others];
  return phoneFault(saved, { senders, programs: standing }, { senders, programs: [saved, ...others] });
}

describe('support contact for HELP on a Canadian short code', () => {
  for (const support of PHONES) {
    it(`may be ${support}`, () => expect(faultOf(on(support), [CODE])).to.equal(null));
  }
  for (const support of OTHERS) {
    it(`must be a toll-free phone, not ${support}`, () => {
      const fault = faultOf(on(support), [CODE]);
      expect(fault?.field).to.equal('support');
      expect(fault?.message).to.match(/^HELP on 28555, .* Write one/);
    });
  }

  it('may be an email on other numbers and for a program that ends', () => {
    const tollFree: Sender = { ...CODE, kind: 'toll-free' };
    for (const sender of [SENDERS.shop, tollFree]) expect(faultOf(MAIL, [sender])).to.equal(null);
    expect(faultOf({ ...MAIL, status: 'ended' }, [CODE])).to.equal(null);
  });

  it('is checked again when its words or numbers change', () => {
    expect(faultOf(MAIL, [CODE], MAIL)).to.equal(null);
    for (const before of [
      on('hello@fernway.example'),
      { ...MAIL, status: 'ended' as const },
      { ...MAIL, numbers: ['28556'] },
    ])
      expect(faultOf(MAIL, [CODE], before)?.field).to.equal('support');
  });

  it('is checked when a number with programs becomes a Canadian short code', () => {
    const book = (sender: Sender, program: Program): ProgramBook => ({
      senders: [sender],
      programs: [program],
    });
    expect(codeFault(CODE, book(SENDERS.shop, MAIL))).to.match(/Fernway Deals gives none: save one/);
    expect(codeFault(CODE, book(SENDERS.shop, { ...MAIL, status: 'ended' }))).to.equal(null);
    expect(codeFault(CODE, book(SENDERS.shop, on('1-800-555-0142')))).to.equal(null);
    expect(codeFault(CODE, book(CODE, MAIL)), 'it is one already').to.equal(null);
    expect(codeFault(SENDERS.shop, book(CODE, MAIL))).to.equal(null);
  });

  const elsewhere = (support: string): Program =>
    on(support, { id: 'other', name: 'Other', numbers: ['28556'] });
  const PHONE = on('1-800-555-0142');
  const away = { numbers: ['28556'] };

  it('is checked for the first program elsewhere when no program is on the code', () => {
    const [mail, phone] = [elsewhere('help@fernway.example'), elsewhere('1-800-555-0143')];
    const refused =
      /^HELP on 28555, .* would speak for Other, which gives none: save one as its support first/;
    const ended: Program = { ...PHONE, status: 'ended' };
    const fault = faultOf(ended, [CODE], PHONE, [mail]);
    expect(fault?.field).to.equal('body');
    expect(fault?.message).to.match(refused);
    expect(faultOf(ended, [CODE], PHONE, [phone])).to.equal(null);
    expect(faultOf({ ...PHONE, ...away }, [CODE], PHONE, [mail]), 'the first itself').to.equal(null);
    expect(faultOf({ ...MAIL, ...away }, [CODE], PHONE)?.field, 'itself').to.equal('support');
    expect(faultOf({ ...MAIL, ...away }, [CODE], { ...MAIL, ...away }), 'as before').to.equal(null);
    expect(faultOf(PHONE, [CODE], { ...PHONE, status: 'ended' }, [mail]), 'no more').to.equal(null);
  });

  it('is checked too when a number without programs becomes a Canadian short code', () => {
    const book = (program: Program): ProgramBook => ({ senders: [SENDERS.shop], programs: [program] });
    expect(codeFault(CODE, book(elsewhere('help@fernway.example')))).to.match(/Other gives none: save one/);
    expect(codeFault(CODE, book(elsewhere('1-800-555-0143')))).to.equal(null);
  });
});
