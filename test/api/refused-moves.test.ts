import { expect } from 'chai';
import { refuseCampaign } from '../../src/api/campaigns.ts';
import { Problem, type ProblemKind, throwRefusal } from '../../src/api/http/problems.ts';
import { ROUTES } from '../../src/api/routes.ts';
import { CommandRefused, ConcurrentChange } from '../../src/consent/command-refused.ts';

const kindOf = (refusing: (error: unknown) => never, error: unknown): ProblemKind => {
  try {
    return refusing(error);
  } catch (problem) {
    if (problem instanceof Problem) return problem.kind;
    throw problem;
  }
};

describe('a refused move', () => {
  const table: [what: string, refusing: (error: unknown) => never, error: Error, kind: ProblemKind][] = [
    ['as not possible', refuseCampaign, new CommandRefused('It is paused.'), 'not-possible'],
    ['as somebody else’s where they were first', refuseCampaign, new ConcurrentChange(), 'conflict'],
    ['by its field', refuseCampaign, new CommandRefused('It is late.', 'at'), 'unprocessable'],
    ['as not possible, of a journey', throwRefusal, new CommandRefused('It runs.'), 'not-possible'],
    ['as somebody else’s, of a journey', throwRefusal, new ConcurrentChange(), 'conflict'],
  ];
  for (const [what, refusing, error, kind] of table)
    it(what, () => expect(kindOf(refusing, error)).to.equal(kind));

  it('is documented as not possible and as a conflict by every route that moves a campaign or a journey', () => {
    const moving = ROUTES.filter(
      ({ method, path }) =>
        method === 'post' && /^\/(campaigns|journeys)\/\{id\}\/(?!preview|why|archive|restore)/.test(path),
    );
    expect(moving).to.have.length.above(9);
    for (const { path, problems } of moving)
      expect(problems, path).to.include.members(['not-found', 'not-possible', 'conflict']);
  });
});
