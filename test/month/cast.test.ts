import { expect } from 'chai';
import { carrierOn, deactivatedOn } from '../../scripts/month/carrier-of-day.ts';
import { castOf } from '../../scripts/month/cast.ts';
import { type NumberEventKind, SHARES } from '../../scripts/month/number-event.ts';

const cast = castOf({ seed: 1, people: 5000, days: 30 });
const ofKind = (kind: NumberEventKind) => cast.members.filter(({ event }) => event.kind === kind);

describe('the people of a simulated month', () => {
  it('are the same for the same seed, and others for another', () => {
    const small = (seed: number) => castOf({ seed, people: 200, days: 30 });
    expect(small(5)).to.deep.equal(small(5));
    expect(small(5).members.map(({ event }) => event)).to.not.deep.equal(
      small(6).members.map(({ event }) => event),
    );
  });

  it('have each event in about its share', () => {
    for (const [kind, share] of Object.entries(SHARES)) {
      const expected = (share / 1000) * cast.members.length;
      const found = ofKind(kind as NumberEventKind).length;
      expect(found, kind).to.be.within(
        expected - 4 * Math.sqrt(expected),
        expected + 4 * Math.sqrt(expected),
      );
    }
  });

  it('have more of each fate when more is asked for', () => {
    const good = (times: number): number =>
      castOf({ seed: 1, people: 1000, days: 30, times }).members.filter(({ event }) => event.kind === 'good')
        .length;
    expect(good(4)).to.be.within(550, 680);
    expect(good(1)).to.be.within(870, 930);
  });

  it('have nothing happen outside of the days, and nobody comes back before they went', () => {
    for (const { event } of cast.members) {
      if ('from' in event) expect(event.from).to.be.within(0, 29);
      if ('on' in event) expect(event.on).to.be.within(0, 29);
      if (event.kind === 'off') expect(event.to).to.be.within(event.from + 1, 29);
    }
  });

  it('have newcomers with numbers of nobody else, some on each day', () => {
    const known = new Set(cast.members.map(({ number }) => number));
    expect(cast.newcomers.filter(({ number }) => known.has(number))).to.deep.equal([]);
    expect(new Set(cast.newcomers.map(({ day }) => day)).size).to.equal(30);
  });
});

describe('the carrier of a simulated month', () => {
  const codesOn = (day: number, number: string): number[] =>
    carrierOn(cast, day).flatMap(({ match, effect }) =>
      match.number === number && 'code' in effect ? [effect.code ?? 0] : [],
    );
  const first = (kind: NumberEventKind, holds: (event: never) => boolean = () => true) => {
    const found = ofKind(kind).find(({ event }) => holds(event as never));
    if (found === undefined) throw new Error(`nobody is ${kind}`);
    return found;
  };

  it('accepts messages to a dead number until its day, and none afterwards', () => {
    const { number, event } = first('dead', ({ from }: { from: number }) => from > 0 && from < 29);
    const from = 'from' in event ? event.from : 0;
    expect([codesOn(from - 1, number), codesOn(from, number), codesOn(29, number)]).to.deep.equal([
      [],
      [30005],
      [30005],
    ]);
  });

  it('reaches a phone that is on again', () => {
    const { number, event } = first('off');
    const { from, to } = event as { from: number; to: number };
    expect([codesOn(from, number), codesOn(to, number)]).to.deep.equal([[30003], []]);
  });

  it('reports a new holder by Lookup from their day on, and no other', () => {
    const toldOn = (day: number): Set<string | undefined> =>
      new Set(
        carrierOn(cast, day).flatMap(({ match, effect }) =>
          effect.kind === 'line' && effect.reassigned === 'yes' ? [match.number] : [],
        ),
      );
    for (const day of [0, 12, 29]) {
      const known = ofKind('reassigned').filter(
        ({ event }) => event.kind === 'reassigned' && event.known && event.on <= day,
      );
      expect(toldOn(day)).to.deep.equal(new Set(known.map(({ number }) => number)));
      expect(known).to.not.deep.equal([]);
    }
  });

  it('lists as deactivated only numbers given up that day, never those that changed the network', () => {
    const listed = Array.from({ length: 30 }, (_, day) => deactivatedOn(cast, day)).flat();
    const kinds = new Map(cast.members.map(({ number, event }) => [number, event.kind]));
    expect(new Set(listed.map((number) => kinds.get(number)))).to.deep.equal(new Set(['dead', 'reassigned']));
    expect(listed).to.have.length(new Set(listed).size);
  });
});
