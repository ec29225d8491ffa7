import { expect } from 'chai';
import { checkFlight } from './check-flight.ts';
import { type Flown, previewAndFly } from './flight.ts';
import { generateCampaign } from './generated-campaign.ts';

const SEEDS = [3, 4, 8, 11, 22, 27];

describe('the preview of a campaign and what is then sent', () => {
  let flown: Flown[];
  before(async function () {
    this.timeout(240_000);
    flown = await previewAndFly(SEEDS.map(generateCampaign));
  });

  for (const seed of SEEDS)
    it(`agree for generated campaign ${seed}`, () => {
      const found = flown.find(({ campaign }) => campaign.id === `generated-${seed}`);
      if (found === undefined) throw new Error('it was not sent');
      checkFlight(found);
    });

  it('have capped people, holdouts and deadlines among them', () => {
    const sum = (of: (flight: Flown['flight']) => number) =>
      flown.reduce((total, { flight }) => total + of(flight), 0);
    expect(sum(({ going }) => going)).to.be.above(0);
    expect(sum(({ overCap }) => overCap.skipped)).to.be.above(0);
    expect(sum(({ overCap }) => overCap.delayed)).to.be.above(0);
    expect(sum(({ refused }) => refused)).to.be.above(0);
  });
});
