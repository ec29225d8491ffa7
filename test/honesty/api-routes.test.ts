import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { SCOPES } from '../../src/access/api-keys.ts';
import { PROBLEMS } from '../../src/api/http/problems.ts';
import { ROUTES } from '../../src/api/routes.ts';

const PAGE = readFileSync('docs/api.md', 'utf8');

/** Route and scope of each row of a table that begins with a route. */
const rowsIn = (page: string): string[] =>
  [...page.matchAll(/^\| `((?:GET|POST|PUT) [^`]+)` +\| `([^`]+)` +\|/gm)].map(
    ([, route, scope]) => `${route} ${scope}`,
  );

/** Of each row of the table of scopes the scope, and the first steps of the paths that it opens. */
const scopesIn = (page: string): string[][] =>
  [...page.matchAll(/^\| `(\w+:\w+)` +\| .+ \| ([^|]+) \|$/gm)].map(([, scope = '', under = '']) => [
    scope,
    ...[...under.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  ]);

const openedBy = (scope: string): string[] => {
  const first = ROUTES.filter((route) => route.scope === scope).map(({ path }) => path.split('/')[1] ?? '');
  return [...new Set(first)].sort();
};

/** Status and slug of each kind of problem, from the table that has a status in its first column. */
const problemsIn = (page: string): string[] =>
  [...page.matchAll(/^\| (\d{3}) +\| `([\w-]+)` +\|/gm)].map(([, status, slug]) => `${status} ${slug}`);

describe('docs/api.md', () => {
  it('has every route exactly once, with its scope', () => {
    const routes = ROUTES.map(({ method, path, scope }) => `${method.toUpperCase()} ${path} ${scope}`);
    expect(rowsIn(PAGE).sort()).to.deep.equal(routes.sort());
  });

  it('lists for every scope the paths of its routes', () => {
    const told = scopesIn(PAGE).sort();
    expect(told).to.deep.equal([...SCOPES].sort().map((scope) => [scope, ...openedBy(scope)]));
  });

  it('has every kind of problem exactly once, with its status', () => {
    const kinds = Object.entries(PROBLEMS).map(([kind, { status }]) => `${status} ${kind}`);
    expect(problemsIn(PAGE)).to.deep.equal(kinds);
  });
});
