import { expect } from 'chai';
import { ROUTES } from '../../src/api/routes.ts';
import { callOf, type Values } from '../api/pages/page.ts';
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

/** The commands of a page that call the API, each on one line; without those that it shows refused. */
const commandsIn = (text: string): string[] =>
  [
    ...text
      .replaceAll(/```sh\n[^`]*```\s+```json 4/g, '')
      .replaceAll(/\\\n\s*/g, ' ')
      .matchAll(/^ *(curl [^\n]*\/api\/v1\/(?:'[^']*'|[^'\n])*)$/gm),
  ].map(([, command = '']) => command.replace(/ (?:>|\||-o) .*$/, '').replaceAll(/ -[fsS]+ /g, ' '));

/** Values that a page keeps from an earlier answer: each is a contact. */
const KEPT: Values = new Proxy({}, { get: () => 'c_-rRfbsRyh2J5ttRW' });

/** What is wrong with a command; null where a route takes its method, its path and its body. */
function commandFault(command: string): string | null {
  const { method, url, body } = callOf(command, KEPT);
  const path = url.replace(/^.*\/api\/v1/, '').replace(/\?.*$/, '');
  const route = ROUTES.find(
    (apiRoute) =>
      apiRoute.method === (body === undefined ? method : method.replace('GET', 'POST')).toLowerCase() &&
      new RegExp(`^${apiRoute.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
  );
  if (route === undefined) return `no such route: ${method} ${path}`;
  if (!route.body || body === undefined) return null;
  const read = route.body.safeParse(JSON.parse(body));
  return read.success ? null : `${method} ${path}: ${read.error.issues[0]?.path}`;
}

describe('commands of the documentation that call the API', () => {
  const commands = readSources(/^(README|docs\/.+)\.md$/).flatMap(({ text }) => commandsIn(text));

  it('are accepted by their routes', () => {
    expect(commands).to.have.length.above(60);
    expect(commands.map(commandFault).filter((fault) => fault !== null)).to.deep.equal([]);
  });

  it('are searched for wrong paths and bodies', () => {
    const page = `curl -X POST $URL/api/v1/no\n    curl $URL/api/v1/keys \\\n  -d '{"name": "a"}'\ncurl $URL/api/v1/keys\n`;
    const faults = commandsIn(page).map(commandFault);
    expect(faults).to.deep.equal(['no such route: POST /no', 'GET /keys: scopes', null]);
  });
});

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
