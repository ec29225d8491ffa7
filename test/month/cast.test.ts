import { expect } from 'chai';
import { carrierOn, deactivatedOn } from '../../scripts/month/carrier-of-day.ts';
import { castOf } from '../../scripts/month/cast.ts';
import { type FateKind, SHARES } from '../../scripts/month/fate.ts';

const cast = castOf({ seed: 1, people: 5000, days: 30 });
const ofKind = (kind: FateKind) => cast.members.filter(({ fate }) => fate.kind === kind);

describe('the people of a simulated month', () => {
  it('are the same for the same seed, and others for another', () => {
    const small = (seed: number) => castOf({ seed, people: 200, days: 30 });
    expect(small(5)).to.deep.equal(small(5));
    expect(small(5).members.map(({ fate }) => fate)).to.not.deep.equal(
      small(6).members.map(({ fate }) => fate),
    );
  });

  it('have each fate in about its share', () => {
    for (const [kind, share] of Object.entries(SHARES)) {
      const expected = (share / 1000) * cast.members.length;
      const found = ofKind(kind as FateKind).length;
      expect(found, kind).to.be.within(
        expected - 4 * Math.sqrt(expected),
        expected + 4 * Math.sqrt(expected),
      );
    }
  });

  it('have more of each fate when more is asked for', () => {
    const good = (times: number): number =>
      castOf({ seed: 1, people: 1000, days: 30, times }).members.filter(({ fate }) => fate.kind === 'good')
        .length;
    expect(good(4)).to.be.within(550, 680);
    expect(good(1)).to.be.within(870, 930);
  });

  it('have nothing happen outside of the days, and nobody comes back before they went', () => {
    for (const { fate } of cast.members) {
      if ('from' in fate) expect(fate.from).to.be.within(0, 29);
      if ('on' in fate) expect(fate.on).to.be.within(0, 29);
      if (fate.kind === 'off') expect(fate.to).to.be.within(fate.from + 1, 29);
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
  const first = (kind: FateKind, holds: (fate: never) => boolean = () => true) => {
    const found = ofKind(kind).find(({ fate }) => holds(fate as never));
    if (found === undefined) throw new Error(`nobody is ${kind}`);
    return found;
  };

  it('accepts messages to a dead number until its day, and none afterwards', () => {
    const { number, fate } = first('dead', ({ from }: { from: number }) => from > 0 && from < 29);
    const from = 'from' in fate ? fate.from : 0;
    expect([codesOn(from - 1, number), codesOn(from, number), codesOn(29, number)]).to.deep.equal([
      [],
      [30005],
      [30005],
    ]);
  });

  it('reaches a phone that is on again', () => {
    const { number, fate } = first('off');
    const { from, to } = fate as { from: number; to: number };
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
        ({ fate }) => fate.kind === 'reassigned' && fate.known && fate.on <= day,
      );
      expect(toldOn(day)).to.deep.equal(new Set(known.map(({ number }) => number)));
      expect(known).to.not.deep.equal([]);
    }
  });

  it('lists as deactivated only numbers given up that day, never those that changed the network', () => {
    const listed = Array.from({ length: 30 }, (_, day) => deactivatedOn(cast, day)).flat();
    const kinds = new Map(cast.members.map(({ number, fate }) => [number, fate.kind]));
    expect(new Set(listed.map((number) => kinds.get(number)))).to.deep.equal(new Set(['dead', 'reassigned']));
    expect(listed).to.have.length(new Set(listed).size);
  });
});
