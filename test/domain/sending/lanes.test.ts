import { expect } from 'chai';
import { runId } from '../../../src/domain/campaigns/recurrence.ts';
import {
  campaignIdFault,
  inTurn,
  isMarketing,
  journeyStream,
  type Lane,
  laneKind,
  laneOf,
  lastMarketingLane,
} from '../../../src/domain/sending/lanes.ts';

describe('lanes of campaigns', () => {
  const names = ['spring', 'journeys', 'single-2', 'marketing', 'answers', '2612011500'];
  const table: [id: string, fault: RegExp | null][] = [
    ['single', /^No campaign can have the id "single": .* those of single messages, .* Choose another id\.$/],
    ['journey', /^No campaign can have the id "journey": .* those of a journey, .* Choose another id\.$/],
    ...names.map((id): [string, null] => [id, null]),
  ];
  for (const [id, fault] of table) {
    it(`${fault === null ? 'accept' : 'refuse'} the id ${id}`, () => {
      if (fault === null) expect(campaignIdFault(id)).to.equal(null);
      else expect(campaignIdFault(id)).to.match(fault);
    });
  }

  it('are shared with nothing else, nor are those of runs, except for refused ids', () => {
    const run = (id: string): string => runId(id, new Date('2026-12-01T15:00:00Z'));
    const all = ['single', 'journey', ...names];
    const others = new Set([
      ...[laneOf('help'), laneOf('transactional'), laneOf('marketing')],
      ...all.map((id) => laneOf('marketing', journeyStream(id))),
    ]);
    const shared = all.filter((id) =>
      [id, run(id)].some((campaign) => others.has(laneOf('marketing', campaign))),
    );
    expect(shared).to.deep.equal(['single', 'journey']);
    expect(all.filter((id) => campaignIdFault(id) !== null)).to.deep.equal(shared);
  });
});

describe('lanes of a sender', () => {
  const served = (lanes: Lane[], last: Lane | null, words: string): void => {
    expect(inTurn(lanes, last).join(' ')).to.equal(words);
  };

  it('follow from the class: answers, transactional messages, marketing by campaign', () => {
    expect(laneOf('help')).to.equal('0-answers');
    expect(laneOf('opt-out-confirmation')).to.equal('0-answers');
    expect(laneOf('prompt')).to.equal('0-answers');
    expect(laneOf('transactional')).to.equal('1-transactional');
    expect(laneOf('marketing')).to.equal('2-single');
    expect(laneOf('marketing', 'spring')).to.equal('2-spring');
  });

  it('are for answers, transactional messages or marketing', () => {
    const kinds = (['0-answers', '1-transactional', '2-single', '2-spring'] as const).map(laneKind);
    expect(kinds).to.deep.equal(['answers', 'orders', 'offers', 'offers']);
  });

  it('are served by rank, whatever was served last', () => {
    const all: Lane[] = ['2-b', '1-transactional', '2-a', '0-answers'];
    served(all, null, '0-answers 1-transactional 2-a 2-b');
    served(all, '0-answers', '0-answers 1-transactional 2-a 2-b');
  });

  it('take turns within one rank, even when the last one is gone', () => {
    served(['2-a', '2-b', '2-c'], '2-a', '2-b 2-c 2-a');
    served(['2-a', '2-b', '2-c'], '2-c', '2-a 2-b 2-c');
    served(['2-a', '2-c'], '2-b', '2-c 2-a');
    served(['2-a'], '2-a', '2-a');
    served([], '2-a', '');
  });

  it('take turns even when more urgent lanes are served in between', () => {
    const offers: Lane[] = ['2-a', '2-b', '2-c'];
    let last: Lane | null = null;
    const gone: Lane[] = [];
    for (let round = 0; round < 12; round += 1) {
      const urgent: Lane[] = round % 2 === 0 ? [] : [round % 4 === 1 ? '1-transactional' : '0-answers'];
      const [first] = inTurn([...offers, ...urgent], last);
      if (first !== undefined) gone.push(first);
      last = lastMarketingLane(gone.slice(-1), last);
    }
    expect(gone.filter((lane) => isMarketing(lane)).join(' ')).to.equal('2-a 2-b 2-c 2-a 2-b 2-c');
    expect(lastMarketingLane(['2-b', '1-transactional', '2-c'], '2-a')).to.equal('2-c');
    expect(lastMarketingLane([], '2-a')).to.equal('2-a');
  });
});
