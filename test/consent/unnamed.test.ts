import { expect } from 'chai';
import { idOfForm } from '../../src/consent/inbound/unnamed.ts';
import { newSid } from '../promises/inbound-posts.ts';

const HOUR = 3_600_000;
const NINE = new Date('2026-12-01T09:00:00.000Z');
const nineAnd = (ms: number): Date => new Date(NINE.getTime() + ms);
const form = (text: string): Buffer => Buffer.from(`From=%2B15551240000&To=28555&Body=${text}`);

describe('the id of a form', () => {
  it('is the first of its names that is one of the carrier’s', () => {
    const [sid, other] = [newSid(), newSid()];
    expect(idOfForm([sid, other], form('HELP'), NINE)).to.equal(sid);
    expect(idOfForm(['', sid], form('HELP'), NINE)).to.equal(sid);
    expect(idOfForm(['SM1', other], form('HELP'), NINE)).to.equal(other);
  });

  it('is the same for the same bytes within one hour of the clock, where it has no such name', () => {
    const id = idOfForm([], form('HELP'), NINE);
    expect(idOfForm(['', 'no id'], form('HELP'), nineAnd(HOUR - 1))).to.equal(id);
    expect(id).to.match(/^unnamed\.[0-9a-f]{64}$/);
  });

  it('is another one in the next hour, and another one for other bytes, where it has no such name', () => {
    const id = idOfForm([], form('HELP'), NINE);
    for (const at of [nineAnd(HOUR), nineAnd(-1)]) {
      expect(idOfForm([], form('HELP'), at), at.toISOString()).not.to.equal(id);
    }
    expect(idOfForm([], form('help'), NINE)).not.to.equal(id);
    expect(idOfForm([], Buffer.alloc(0), NINE)).not.to.equal(id);
  });

  it('tells nothing that was said', () => {
    expect(idOfForm([`SM${'x'.repeat(32)}`], form('PLANTEDWORD'), NINE)).not.to.match(/PLANTED|x{32}/);
  });
});
