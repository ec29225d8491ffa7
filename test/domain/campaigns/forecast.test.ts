import { expect } from 'chai';
import { type Addressee, forecast, sumUp, type Terms } from '../../../src/domain/campaigns/forecast.ts';
import { EMPTY_PROFILE, type PostalPlace } from '../../../src/domain/contacts/profile.ts';
import { zonesOfPerson } from '../../../src/domain/hours/zones-of-person.ts';

const MINUTE = 60_000;
/** A Tuesday; Virginia and California permit 8 to 21, and 9 to 21 where the table is stricter. */
const NOON = new Date('2026-12-01T17:00:00Z');
const TERMS: Terms = {
  ...{ perSecond: 1, weight: 1, deadline: null, capped: 'defer' },
  ...{ quietHours: true, spareMs: 15 * MINUTE },
};
const EAST = { country: 'US', state: 'VA', zip: '22201', zone: 'America/New_York' };
const WEST = { country: 'US', state: 'CA', zip: '90001', zone: 'America/Los_Angeles' };
const where = (place: Partial<PostalPlace>, number: string) =>
  zonesOfPerson({ ...EMPTY_PROFILE.place, ...place }, number);
const east = (due: Date, parts = 1): Addressee => ({
  ...{ due, parts, capFrees: null },
  where: where(EAST, '+17035550100'),
});
const west = (due: Date, parts = 1): Addressee => ({
  ...{ due, parts, capFrees: null },
  where: where(WEST, '+12135550100'),
});
const at = (moment: string): Date => new Date(`2026-12-${moment}Z`);
const times = (fates: { at: Date | null }[]) =>
  fates.map((fate) => fate.at?.toISOString().slice(8, 19) ?? null);

describe('forecast of a campaign', () => {
  it('sends messages one after another, by their parts', () => {
    const { outcomes: fates, end } = forecast([east(NOON), east(NOON, 3), east(NOON)], TERMS);
    expect(times(fates)).to.deep.equal(['01T17:00:00', '01T17:00:01', '01T17:00:04']);
    expect(end).to.deep.equal(at('01T17:00:05'));
  });

  it('counts each person of a sample as many times as the sample weighs', () => {
    const { outcomes: fates, end } = forecast([east(NOON), east(NOON)], {
      ...TERMS,
      weight: 60,
      perSecond: 2,
    });
    expect(times(fates)).to.deep.equal(['01T17:00:00', '01T17:00:30']);
    expect(end).to.deep.equal(at('01T17:01:00'));
  });

  it('holds each message until the local morning of its person and lets nobody else wait', () => {
    const early = at('01T10:00:00');
    const { outcomes: fates } = forecast([west(early), east(early), east(NOON)], TERMS);
    expect(times(fates)).to.deep.equal(['01T17:00:01', '01T13:00:00', '01T17:00:00']);
    expect(fates[0]?.held?.until).to.deep.equal(at('01T17:00:00'));
    expect(fates[1]?.held?.by).to.match(/CFR|Code/);
    expect(fates[2]?.held).to.equal(null);
  });

  it('holds messages overnight that a slow sender does not reach before quiet hours', () => {
    // 20:44 in the east, a minute before the last quarter.
    const { outcomes: fates } = forecast([east(at('02T01:44:00'), 90), east(at('02T01:44:00'))], TERMS);
    expect(times(fates)).to.deep.equal(['02T01:44:00', '02T13:00:00']);
  });

  it('sends nothing after the deadline', () => {
    const terms = { ...TERMS, deadline: at('01T17:00:02') };
    const { outcomes: fates } = forecast(
      [east(NOON), east(NOON), east(NOON), west(at('01T10:00:00'))],
      terms,
    );
    expect(times(fates)).to.deep.equal(['01T17:00:00', '01T17:00:01', null, null]);
    expect(fates.map((fate) => fate.why)).to.deep.equal([null, null, 'deadline', 'deadline']);
  });

  it('delays a message until its cap frees, and then by the hours of that moment', () => {
    const soon = { ...east(NOON), capFrees: at('01T17:00:30') };
    const night = { ...east(NOON), capFrees: at('02T03:00:00') };
    const { outcomes: fates } = forecast([soon, night, east(NOON)], TERMS);
    expect(times(fates)).to.deep.equal(['01T17:00:30', '02T13:00:00', '01T17:00:00']);
    expect(fates.map(({ cap }) => cap)).to.deep.equal([
      { foundAt: NOON, frees: soon.capFrees },
      { foundAt: NOON, frees: night.capFrees },
      null,
    ]);
  });

  it('leaves out whom a cap keeps back where the campaign skips them or ends first', () => {
    const capped = { ...east(NOON), capFrees: at('01T18:00:00') };
    const skips = forecast([capped, east(NOON)], { ...TERMS, capped: 'skip' }).outcomes;
    expect(skips.map(({ why, at: time }) => [why, time !== null])).to.deep.equal([
      ['capped', false],
      [null, true],
    ]);
    const ends = forecast([capped], { ...TERMS, deadline: at('01T18:00:00') }).outcomes;
    expect([ends[0]?.why, ends[0]?.at]).to.deep.equal(['capped', null]);
    // A cap is found when the hour allows the message, and not before.
    const dawn = { ...east(at('01T10:00:00')), capFrees: at('01T18:00:00') };
    const [found] = forecast([dawn], { ...TERMS, capped: 'skip' }).outcomes;
    expect([found?.why, found?.cap?.foundAt]).to.deep.equal(['capped', at('01T13:00:00')]);
    // By the morning for which the message waits, the cap has freed.
    const early = { ...east(at('01T10:00:00')), capFrees: at('01T12:00:00') };
    expect(times(forecast([early], { ...TERMS, capped: 'skip' }).outcomes)).to.deep.equal(['01T13:00:00']);
  });

  it('ignores quiet hours where none apply', () => {
    const { outcomes: fates } = forecast([west(at('01T10:00:00'))], { ...TERMS, quietHours: false });
    expect(times(fates)).to.deep.equal(['01T10:00:00']);
  });

  it('sums up messages by hour, hold, time zone and certainty of the zone', () => {
    const early = at('01T10:00:00');
    const guess: Addressee = { due: NOON, parts: 1, capFrees: null, where: where({}, '+13125550100') };
    const two: Addressee = {
      due: NOON,
      parts: 1,
      capFrees: null,
      where: where({ country: 'US', state: 'TN' }, '+18005550100'),
    };
    const none: Addressee = { due: NOON, parts: 1, capFrees: null, where: where({}, '+18005550100') };
    const people = [west(early), east(early), guess, two, none];
    const { outcomes: fates } = forecast(people, TERMS);
    const zone = [
      'America/Los_Angeles',
      'America/New_York',
      'America/Chicago',
      'America/Chicago',
      'America/New_York',
    ];
    const sum = sumUp(
      fates.map((fate, n) => ({
        ...fate,
        ...{ missed: false, late: n === 0, zone: zone[n] ?? '', where: people[n]?.where ?? two.where },
      })),
    );
    expect(sum.first).to.deep.equal(at('01T13:00:00'));
    expect(Object.fromEntries(sum.byHour)).to.deep.include({ '2026-12-01T13:00Z': 1 });
    expect(Object.fromEntries(sum.byLocalHour)).to.deep.include({
      '2026-12-01T08:00': 1,
      '2026-12-01T09:00': 1,
    });
    expect([...sum.zones.values()]).to.deep.equal([2, 2, 1]);
    expect(sum.weak).to.deep.equal({ areaCode: 1, several: 1, unknown: 1 });
    expect(sum.held.reduce((total, { people: n }) => total + n, 0)).to.be.at.least(2);
    expect([sum.atOnce, sum.skipped, sum.expired, sum.nowhere]).to.deep.equal([1, 0, 0, 0]);
  });
});
