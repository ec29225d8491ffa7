import { expect } from 'chai';
import type { SimulatorBox } from './simulator-box.ts';
import { openBox, PERSON, SHORT_CODE } from './simulator-box.ts';

describe('faults of the simulated carrier', () => {
  let box: SimulatorBox;

  before(async () => {
    box = await openBox();
  });
  after(() => box.close());

  const behave = (effect: object, match: object) =>
    box.control('PUT', '/sim/behaviours', [{ match, on: 'create', effect }]);
  const offer = (To: string) => box.create({ To, From: SHORT_CODE, Body: 'offer' });

  describe('faults that hit a share of calls', () => {
    const share = (of: number) => behave({ kind: 'errorSync', code: 21614 }, { share: of });
    const people = Array.from({ length: 60 }, (_, index) => `+1555123${1000 + index}`);
    const statusOf = async (To: string) => (await offer(To)).status;

    it('hit the same calls of one person for the same seed', async () => {
      const hits = async () => {
        await share(0.3);
        const statuses: number[] = [];
        for (let sent = 0; sent < 60; sent += 1) statuses.push(await statusOf(PERSON));
        return statuses;
      };

      const first = await hits();

      expect(await hits()).to.deep.equal(first);
      expect(first.filter((status) => status === 400).length).to.be.within(8, 30);
    });

    it('hit the same people in whatever order they come', async () => {
      await share(0.3);
      const forwards = new Map<string, number>();
      for (const To of people) forwards.set(To, await statusOf(To));
      await share(0.3);
      const backwards = new Map<string, number>();
      await Promise.all(
        [...people].reverse().map(async (To) => {
          backwards.set(To, await statusOf(To));
        }),
      );

      expect(people.map((To) => backwards.get(To))).to.deep.equal(people.map((To) => forwards.get(To)));
      expect([...forwards.values()].filter((status) => status === 400).length).to.be.within(8, 30);
    });

    it('hit other people for another seed', async () => {
      const other = await openBox({ seed: 8 });
      await share(0.5);
      await other.control('PUT', '/sim/behaviours', [
        { match: { share: 0.5 }, on: 'create', effect: { kind: 'errorSync', code: 21614 } },
      ]);
      const hits = (of: SimulatorBox) =>
        Promise.all(
          people.map(async (To) => (await of.create({ To, From: SHORT_CODE, Body: 'offer' })).status),
        );

      expect(await hits(other)).to.not.deep.equal(await hits(box));
      await other.close();
    });
  });
});
