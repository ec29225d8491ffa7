import { expect } from 'chai';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { newClient } from '../client.ts';
import { CELLS, type Cell, loggedAmong, untrueAbout } from './told.ts';

/** People who live side by side, so that the product takes minutes and one gateway serves it. */
const TOGETHER = 8;

describe('all that is said about a person, in every combination', () => {
  let gateway: Gateway;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
  });
  after(() => gateway.stop());

  it(`is so in all ${CELLS.length} combinations of topics off, paused, held, pending, opted out, expired, dead`, async function () {
    this.timeout(1_800_000);
    const numbers = CELLS.map((_, place) => `+1555140${String(place).padStart(4, '0')}`);
    const wrong: string[] = [];
    for (let from = 0; from < CELLS.length; from += TOGETHER) {
      const some = CELLS.slice(from, from + TOGETHER);
      const found = await Promise.all(
        some.map(async (cell: Cell, place) => {
          // A key of their own for each: one key may look up only so many numbers in a minute.
          const rig = { gateway, client: await newClient(gateway) };
          return untrueAbout(rig, numbers[from + place] ?? '', cell);
        }),
      );
      wrong.push(...found.flat());
    }
    expect(wrong.slice(0, 10), `${wrong.length} sentences are not so`).to.deep.equal([]);
    expect(loggedAmong(gateway, numbers)).to.deep.equal([]);
  });
});
