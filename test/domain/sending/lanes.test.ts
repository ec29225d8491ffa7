import { expect } from 'chai';
import { inTurn, type Lane, laneKind, laneOf } from '../../../src/domain/sending/lanes.ts';

describe('lanes of a sender', () => {
  const served = (lanes: Lane[], last: Lane | null, words: string): void => {
    expect(inTurn(lanes, last).join(' ')).to.equal(words);
  };

  it('follow from the class: answers, what was ordered, offers by campaign', () => {
    expect(laneOf('help')).to.equal('0-answers');
    expect(laneOf('opt-out-confirmation')).to.equal('0-answers');
    expect(laneOf('prompt')).to.equal('0-answers');
    expect(laneOf('transactional')).to.equal('1-transactional');
    expect(laneOf('marketing')).to.equal('2-single');
    expect(laneOf('marketing', 'spring')).to.equal('2-spring');
  });

  it('are for answers, orders or offers', () => {
    const kinds = (['0-answers', '1-transactional', '2-single', '2-spring'] as const).map(laneKind);
    expect(kinds).to.deep.equal(['answers', 'orders', 'offers', 'offers']);
  });

  it('are served by rank, whatever was served last', () => {
    const all: Lane[] = ['2-b', '1-transactional', '2-a', '0-answers'];
    served(all, null, '0-answers 1-transactional 2-a 2-b');
    served(all, '0-answers', '0-answers 1-transactional 2-a 2-b');
  });

  it('of one rank take turns, also where the last one is gone', () => {
    served(['2-a', '2-b', '2-c'], '2-a', '2-b 2-c 2-a');
    served(['2-a', '2-b', '2-c'], '2-c', '2-a 2-b 2-c');
    served(['2-a', '2-c'], '2-b', '2-c 2-a');
    served(['2-a'], '2-a', '2-a');
    served([], '2-a', '');
  });
});
