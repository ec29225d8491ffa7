import { expect } from 'chai';
import { docsPage } from '../../../src/api/http/docs-page.ts';
import { PROBLEMS } from '../../../src/api/http/problems.ts';
import { ROUTES } from '../../../src/api/routes.ts';

const idsIn = (html: string): string[] => [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id ?? '');

describe('pages of the API', () => {
  const docs = docsPage(ROUTES, '/base');

  it('name each route once, under its noun', () => {
    const listed = [...docs.matchAll(/<code>([A-Z]+ \/base[^<]+)<\/code>/g)].map(([, route]) => route);
    const known = ROUTES.map(({ method, path }) => `${method.toUpperCase()} /base${path}`);
    expect(listed.toSorted()).to.deep.equal(known.toSorted());
    const targets = [...docs.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(targets).to.have.length.above(20);
    expect(idsIn(docs)).to.include.members(targets);
  });

  it('have a place for each kind of problem, to which its type leads', () => {
    const ids = idsIn(docs);
    expect(ids).to.include.members(Object.keys(PROBLEMS));
    expect(new Set(ids).size).to.equal(ids.length);
  });
});
