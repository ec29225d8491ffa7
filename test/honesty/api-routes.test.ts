import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ROUTES } from '../../src/api/routes.ts';

/** Route and scope of each row of a table that begins with a route. */
const rowsIn = (page: string): string[] =>
  [...page.matchAll(/^\| `((?:GET|POST|PUT) [^`]+)` +\| `([^`]+)` +\|/gm)].map(
    ([, route, scope]) => `${route} ${scope}`,
  );

describe('docs/api.md', () => {
  it('has every route exactly once, with its scope', () => {
    const routes = ROUTES.map(({ method, path, scope }) => `${method.toUpperCase()} ${path} ${scope}`);
    expect(rowsIn(readFileSync('docs/api.md', 'utf8')).sort()).to.deep.equal(routes.sort());
  });
});
