import { expect } from 'chai';
import type { Flown } from './flight.ts';

/** Checks that a campaign went as its preview said, or stayed within what may change in between. */
export function checkFlight({ campaign, preview, flight, when }: Flown): void {
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
