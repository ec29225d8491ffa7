import { expect } from 'chai';
import { type Flown, previewAndFly } from './flight.ts';
import { generateCampaign } from './generated-campaign.ts';

const COUNTS = {
  going: ({ flight }) => flight.going,
  refused: ({ flight }) => flight.refused,
  holdout: ({ flight }) => flight.holdout,
  skipped: ({ flight }) => flight.overCap.skipped,
  delayed: ({ flight }) => flight.overCap.delayed,
  pastDeadline: ({ flight }) => flight.pastDeadline,
  hourPassed: ({ flight }) => flight.hourPassed,
  afterTest: ({ flight }) => flight.afterTest,
  fromSecond: ({ fromSecond }) => fromSecond,
  fromFirst: ({ flight, fromSecond }) => flight.going - fromSecond,
} satisfies Record<string, (flown: Flown) => number>;

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
      const found = flown.find(({ campaign }) => campaign.seed === seed);
      if (found === undefined) throw new Error('it was not sent');
      checkFlight(found);
    });

  it(`have people among them for each of: ${among.join(', ')}`, () => {
    for (const kept of among) {
      const counts = flown.map((found) => COUNTS[kept](found));
      expect(Math.max(...counts), kept).to.be.above(0);
    }
  });
}

/**
 * Checks that a campaign went as its preview said, or stayed within what may change in between.
 *
 * - Always equal: everybody is named once.
 * - Equal where nobody opts out after the preview: all figures, also by hour. With an A/B test the preview counts the
 *   first variant for the people who wait for the winner, which wins here because nobody replies.
 * - Inside bounds where people opt out after the preview: they get nothing, and nobody gets it in their place.
 */
function checkFlight({ campaign, preview, flight, when, winner }: Flown): void {
  const { going, holdout, refused, overCap, pastDeadline, hourPassed } = preview;
  const all = going + holdout + refused + overCap.skipped + pastDeadline + hourPassed;
  expect([all, when.people.people], 'everybody is named once').to.deep.equal([
    ...[campaign.people.length, campaign.people.length],
  ]);
  expect(winner, 'the winner').to.equal(campaign.draft.split?.test == null ? null : 'a');
  if (campaign.leave === 0) {
    expect(flight).to.deep.equal(preview);
    return;
  }
  expect(flight.going).to.be.within(going - campaign.leave, going);
  expect(flight.parts).to.be.at.most(preview.parts);
  expect(flight.refused).to.be.within(refused, refused + campaign.leave);
}
