import { expect } from 'chai';
import { ROUTES } from '../../src/api/routes.ts';
import { readSources } from './tree.ts';

type DocumentedBody = { method: string; path: string; body: string };

/** A body that prose gives to a route: "`POST /x` with `{…}`", or in brackets behind the route. */
const GIVEN = /`(POST|PUT) (?:\/api\/v1)?(\/[^`\s]+)`\s+(?:with\s+|\()`(\{"[^`]*\})`/g;

const bodiesIn = (text: string): DocumentedBody[] =>
  [...text.matchAll(GIVEN)].map(([, method = '', path = '', body = '']) => ({
    method: method.toLowerCase(),
    path,
    body,
  }));

/** What is wrong with one; null where its route takes it. */
function faultOf({ method, path, body }: DocumentedBody): string | null {
  const route = ROUTES.find((apiRoute) => apiRoute.method === method && apiRoute.path === path);
  if (!route?.body) return `no such route takes a body: ${method} ${path}`;
  const read = route.body.safeParse(JSON.parse(body));
  return read.success ? null : `${method} ${path} ${body}: ${read.error.issues[0]?.path}`;
}

describe('request bodies quoted in the documentation', () => {
  const told = readSources(/\.md$/).flatMap(({ text }) => bodiesIn(text));

  it('are accepted by their routes', () => {
    expect(told.map(faultOf).filter((fault) => fault !== null)).to.deep.equal([]);
    expect(told).not.to.deep.equal([]);
  });

  it('are found by this test', () => {
    const text = '`POST /keys` with `{"a": 1}`, `PUT /api/v1/prices`\n(`{"b": 1}`), `POST /no`: `{"c": 1}`.';
    expect(bodiesIn(text).map(({ path }) => path)).to.deep.equal(['/keys', '/prices']);
    expect(faultOf({ method: 'post', path: '/keys', body: '{"name": "a"}' })).to.contain('scopes');
    expect(faultOf({ method: 'post', path: '/nowhere', body: '{}' })).to.contain('no such route');
  });
});
