import { expect } from 'chai';
import { checkFlight } from './check-flight.ts';
import { type Flown, previewAndFly } from './flight.ts';
import { generateCampaign } from './generated-campaign.ts';

const SEEDS = Array.from({ length: 30 }, (_, at) => at + 1);

describe('the previews of thirty campaigns and what is then sent', () => {
  let flown: Flown[];
  before(async function () {
    this.timeout(900_000);
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
    expect(sum(({ pastDeadline }) => pastDeadline)).to.be.above(0);
    expect(sum(({ holdout }) => holdout)).to.be.above(0);
    expect(sum(({ hourPassed }) => hourPassed)).to.be.above(0);
  });
});
