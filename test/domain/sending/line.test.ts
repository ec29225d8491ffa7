import { expect } from 'chai';
import { type ConnectionRequest, inQueueOrder } from '../../../src/sending/connection-queue.ts';

const answer = (sender: string): ConnectionRequest => ({ sender, lane: '0-answers' });
const order = (sender: string): ConnectionRequest => ({ sender, lane: '1-transactional' });
const offer = (sender: string): ConnectionRequest => ({ sender, lane: '2-a-campaign' });

describe('queue for a connection to the carrier', () => {
  const table: [string, ConnectionRequest[], [string, number][], ConnectionRequest[]][] = [
    ['is empty where nobody waits', [], [], []],
    [
      'is by kind, whoever came first',
      [offer('a'), order('b'), answer('c')],
      [],
      [answer('c'), order('b'), offer('a')],
    ],
    ['puts a kind before whose turn it is', [offer('a'), order('b')], [['b', 9]], [order('b'), offer('a')]],
    [
      'is in turn among senders',
      [offer('a'), offer('b')],
      [
        ['a', 2],
        ['b', 1],
      ],
      [offer('b'), offer('a')],
    ],
    ['lets who never had a place go first', [offer('a'), offer('b')], [['a', 1]], [offer('b'), offer('a')]],
    [
      'is as they came among rounds of one sender',
      [offer('a'), { ...offer('a'), lane: '2-b' }],
      [['a', 1]],
      [offer('a'), { ...offer('a'), lane: '2-b' }],
    ],
  ];
  for (const [what, waiting, served, order] of table) {
    it(`${what}`, () => expect(inQueueOrder(waiting, new Map(served))).to.deep.equal(order));
  }
});
