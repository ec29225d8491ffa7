import { expect } from 'chai';
import { MESSAGE_CLASSES } from '../../../src/domain/sending/lanes.ts';
import { goodUntil, MARKETING_HELD_MS, type ValidityEnds } from '../../../src/domain/sending/validity.ts';

const NOW = new Date('2026-03-02T19:00:00Z');
const at = (ms: number): Date => new Date(NOW.getTime() + ms);
const MINUTE = 60_000;

const ends = (more: Partial<ValidityEnds>): ValidityEnds => ({
  ...{ class: 'marketing', end: null, hoursEnd: null, answers: null },
  ...more,
});

describe('validity of a message at the carrier', () => {
  const asked = { receivedAt: at(-MINUTE) };
  const cases: [what: string, of: Partial<ValidityEnds>, until: Date | null][] = [
    ['marketing: some minutes', {}, at(MARKETING_HELD_MS)],
    ['marketing with a later deadline', { end: at(60 * MINUTE) }, at(MARKETING_HELD_MS)],
    ['marketing with an earlier one', { end: at(MINUTE) }, at(MINUTE)],
    ['marketing whose hours end sooner', { end: at(2 * MINUTE), hoursEnd: at(MINUTE) }, at(MINUTE)],
    ['marketing whose hours end later', { hoursEnd: at(600 * MINUTE) }, at(MARKETING_HELD_MS)],
    [
      'a confirmation: five minutes from the text it answers',
      { class: 'opt-out-confirmation', answers: asked },
      at(4 * MINUTE),
    ],
    ['what was ordered, as long as its deadline says', { class: 'transactional', end: at(5) }, at(5)],
  ];
  for (const [what, of, until] of cases) {
    it(`ends for ${what}`, () => expect(goodUntil(ends(of), NOW)).to.deep.equal(until));
  }

  it('has no end for other classes without an end of their own', () => {
    const without = MESSAGE_CLASSES.filter(
      (of) => goodUntil(ends({ class: of, answers: asked }), NOW) === null,
    );
    expect(without).to.deep.equal(
      MESSAGE_CLASSES.filter((of) => of !== 'marketing' && of !== 'opt-out-confirmation'),
    );
  });

  it('is between one and five minutes for marketing', () => {
    expect(MARKETING_HELD_MS).to.be.within(MINUTE, 5 * MINUTE);
  });
});
