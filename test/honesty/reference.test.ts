import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { COMMAND, referencePages } from '../../scripts/guards/reference-pages.ts';
import { PROBLEMS } from '../../src/api/http/problems.ts';
import { ROUTES } from '../../src/api/routes.ts';
import { ERROR_CODES } from '../../src/domain/hygiene/error-codes.ts';
import { DELIVERY_STATES } from '../../src/domain/sending/delivery-sentence.ts';
import { rowsUnder } from './page-tables.ts';
import { readSources } from './tree.ts';

/** The entries of a page, each under the heading that it stands under. */
const entriesIn = (page: string): string[] =>
  page
    .split('\n## ')
    .flatMap((section) =>
      [...section.matchAll(/^- `([^`]+)`/gm)].map(([, entry]) => `${section.split('\n')[0]} ${entry}`),
    );

describe('docs/reference', () => {
  let pages: Record<string, string>;
  before(async () => {
    pages = await referencePages();
  });

  it('is what the code says now', () => {
    const stale = Object.entries(pages)
      .filter(([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text)
      .map(([path]) => path);
    expect(stale, `these pages are out of date: run ${COMMAND}`).to.deep.equal([]);
  });

  it('holds no page that the command does not make', () => {
    const files = readdirSync('docs/reference').map((file) => `docs/reference/${file}`);
    expect(files).to.have.members(Object.keys(pages));
  });

  it('has every route once, under its scope', () => {
    const routes = ROUTES.map(({ method, path, scope }) => `Scope ${scope} ${method.toUpperCase()} ${path}`);
    expect(entriesIn(pages['docs/reference/api.md'] ?? '')).to.have.members(routes);
  });

  it('has every way in which a request can fail', () => {
    const problems = Object.keys(PROBLEMS).map((kind) => `Why a request failed ${kind}`);
    expect(entriesIn(pages['docs/reference/reasons.md'] ?? '')).to.include.members(problems);
  });

  it('has every error code of the carrier once, under its action', () => {
    const codes = ERROR_CODES.map(({ action, code }) => `Action ${action} ${code}`);
    expect(entriesIn(pages['docs/reference/error-codes.md'] ?? '')).to.have.members(codes);
  });

  it('has every metric that the code registers', () => {
    const source = readSources(/^src\/running\/metrics\.ts$/)
      .map(({ text }) => text)
      .join('\n');
    const names = [...source.matchAll(/'(assent_\w+)'/g)].map(([, name]) => ` ${name}`);
    expect(names).to.have.length.above(10);
    const listed = entriesIn(pages['docs/reference/metrics.md'] ?? '').map((entry) =>
      entry.slice(entry.lastIndexOf(' ')),
    );
    expect(listed).to.have.members(names);
  });
});

describe('docs/api.md', () => {
  it('explains every state of a message', () => {
    expect(
      rowsUnder(readFileSync('docs/api.md', 'utf8'), 'States of a message').map(([state]) => state),
    ).to.deep.equal(DELIVERY_STATES.map((state) => `\`${state}\``));
  });
});
