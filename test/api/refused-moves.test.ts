import { expect } from 'chai';
import * as campaigns from '../../src/api/campaigns/campaigns.ts';
import * as journeys from '../../src/api/journeys/journeys.ts';
import { Problem, type ProblemKind } from '../../src/api/problem.ts';
import { ROUTES } from '../../src/api/routes.ts';
import { JourneyMovedMeanwhile, JourneyRefused } from '../../src/campaigns/journeys/refused.ts';
import { CampaignRefused, MovedMeanwhile } from '../../src/campaigns/refused.ts';

const kindOf = (refuse: (error: unknown) => never, error: unknown): ProblemKind => {
  try {
    return refuse(error);
  } catch (problem) {
    if (problem instanceof Problem) return problem.kind;
    throw problem;
  }
};

describe('a move that is refused is told', () => {
  const table: [what: string, refuse: (error: unknown) => never, error: Error, kind: ProblemKind][] = [
    ['as not possible', campaigns.refuse, new CampaignRefused('It is paused.'), 'not-possible'],
    ['as somebody else’s where they were first', campaigns.refuse, new MovedMeanwhile(), 'conflict'],
    ['by its field', campaigns.refuse, new CampaignRefused('It is late.', 'at'), 'unprocessable'],
    ['as not possible, of a journey', journeys.refuse, new JourneyRefused('It runs.'), 'not-possible'],
    ['as somebody else’s, of a journey', journeys.refuse, new JourneyMovedMeanwhile(), 'conflict'],
  ];
  for (const [what, refuse, error, kind] of table)
    it(what, () => expect(kindOf(refuse, error)).to.equal(kind));

  it('as both by every route that moves a campaign or a journey', () => {
    const moving = ROUTES.filter(
      ({ method, path }) =>
        method === 'post' && /^\/(campaigns|journeys)\/\{id\}\/(?!preview|why)/.test(path),
    );
    expect(moving).to.have.length.above(9);
    for (const { path, problems } of moving)
      expect(problems, path).to.include.members(['not-found', 'not-possible', 'conflict']);
  });
});
