import { expect } from 'chai';
import { type Flown, previewAndFly } from './flight.ts';
import { generateCampaign } from './generated-campaign.ts';

const COUNTS = {
  going: ({ going }) => going,
  refused: ({ refused }) => refused,
  holdout: ({ holdout }) => holdout,
  skipped: ({ overCap }) => overCap.skipped,
  delayed: ({ overCap }) => overCap.delayed,
  pastDeadline: ({ pastDeadline }) => pastDeadline,
  hourPassed: ({ hourPassed }) => hourPassed,
} satisfies Record<string, (flight: Flown['flight']) => number>;

type Kept = keyof typeof COUNTS;

/**
 * Tests that the campaigns generated from these seeds go as their previews say. `among`: what must occur in them, so
 * that the comparison says something about it.
 */
export function testFlights(seeds: readonly number[], among: readonly Kept[], limitMs: number): void {
  let flown: Flown[];
  before(async function () {
    this.timeout(limitMs);
    flown = await previewAndFly(seeds.map(generateCampaign));
  });

  for (const seed of seeds)
    it(`agree for generated campaign ${seed}`, () => {
      const found = flown.find(({ campaign }) => campaign.id === `generated-${seed}`);
      if (found === undefined) throw new Error('it was not sent');
      checkFlight(found);
    });

  it(`have people among them for each of: ${among.join(', ')}`, () => {
    for (const kept of among) {
      const counts = flown.map(({ flight }) => COUNTS[kept](flight));
      expect(Math.max(...counts), kept).to.be.above(0);
    }
  });
}

/** Checks that a campaign went as its preview said, or stayed within what may change in between. */
function checkFlight({ campaign, preview, flight, when }: Flown): void {
  const { going, holdout, refused, overCap, pastDeadline, hourPassed } = preview;
  const all = going + holdout + refused + overCap.skipped + pastDeadline + hourPassed;
  expect([all, when.people.people], 'everybody is named once').to.deep.equal([
    ...[campaign.people.length, campaign.people.length],
  ]);
  if (campaign.leave === 0) {
    expect(flight).to.deep.equal(preview);
    return;
  }
  // People who opt out after the preview get nothing, and nobody gets it in their place.
  expect(flight.going).to.be.within(going - campaign.leave, going);
  expect(flight.parts).to.be.at.most(preview.parts);
  expect(flight.refused).to.be.within(refused, refused + campaign.leave);
}
