import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { type Client, newClient } from '../api/client.ts';
import { signedIn } from '../console/client.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { programs } from '../support/program.ts';
import { scratchFolders } from '../support/scratch.ts';

const PAGE = readFileSync('docs/evidence-check.md', 'utf8');
const PROGRAM = 'docs/evidence-check.mjs';
const EXAMPLE_PAGE = readFileSync('docs/evidence-example.json', 'utf8');
const [, EXAMPLE = ''] = /check\.mjs (c_\S+)/.exec(PAGE) ?? [];

type Item = Record<string, unknown> & { personal: Record<string, string>; salts: Record<string, string> };

describe('P6 proof: an independent program checks the ledger as docs/evidence-check.md describes', () => {
  const folder = scratchFolders();
  const start = programs((program) => [program]);
  let gateway: Gateway;
  let client: Client;
  let contact: string;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    client = await newClient(gateway);
    for (const words of ['JOIN', 'Sí, Yes! 👍', 'YES', 'STOP']) await gateway.text('+15551230611', words);
    contact = (await gateway.store.contacts.findOne({}))?._id ?? '';
  });
  after(() => gateway.stop());

  const check = async (of: string, ...pages: string[]) => {
    const dir = folder();
    const paths = pages.map((_, at) => join(dir, `${at}.json`));
    for (const [at, page] of pages.entries()) writeFileSync(paths[at] ?? '', page);
    const { code, stdout, stderr } = await start(pathToFileURL(resolve(PROGRAM)), [of, ...paths]).ended;
    expect(stderr).to.equal('');
    return { code, lines: stdout.trimEnd().split('\n') };
  };
  const pageOf = async (more = ''): Promise<{ text: string; items: Item[]; next: string | null }> => {
    const { body, text } = await client('get', '/consent-records', { query: `contact=${contact}${more}` });
    return { text, items: body.items, next: body.next_cursor };
  };

  it('imports only what Node brings', () => {
    expect(readFileSync(PROGRAM, 'utf8').match(/from '[^']+'/g)).to.deep.equal([
      "from 'node:crypto'",
      "from 'node:fs'",
    ]);
  });

  it('verifies the example, which is that of a JOIN and a YES', async () => {
    const { code, lines } = await check(EXAMPLE, EXAMPLE_PAGE);
    const fits = ['requested', 'prompted', 'confirmed'].map((kind, at) => `entry ${at + 1}, ${kind}: fits`);
    expect([code, lines]).to.deep.equal([0, fits]);
    const shape = ({ kind, topics, answers, personal, salts, ...rest }: Item) => ({
      ...{ kind, topics, answers },
      names: [rest, personal, salts].map((rest) => Object.keys(rest ?? {}).sort()),
    });
    const { items } = JSON.parse(EXAMPLE_PAGE) as { items: Item[] };
    expect(items.map(shape)).to.deep.equal((await pageOf()).items.slice(0, 3).map(shape));
    expect(items.map(({ personal }) => personal.shown)).to.deep.equal(
      (await pageOf()).items.slice(0, 3).map(({ personal }) => personal.shown),
    );
  });

  it('says when there is nothing to check', async () => {
    const { code, lines } = await check(EXAMPLE, JSON.stringify({ items: [] }), '{"title": "Not found"}');
    expect([code, lines]).to.deep.equal([1, ['there is no entry on these pages: nothing was checked']]);
  });

  it('verifies what the API returns, page after page, with the words of each entry', async () => {
    const first = await pageOf('&limit=2');
    const second = await pageOf(`&cursor=${first.next}`);
    const { code, lines } = await check(contact, first.text, second.text);
    expect(code, lines.join()).to.equal(0);
    const all = [...first.items, ...second.items];
    expect(lines).to.have.length(all.length);
    for (const { personal, salts } of all) {
      const named = Object.keys(personal).filter((field) => field !== 'number');
      expect(Object.keys(salts).sort()).to.deep.equal(named.sort());
    }
    expect(all.some(({ personal }) => personal.words === 'YES')).to.equal(true);
  });

  it('verifies the file that the console gives', async () => {
    const compliance = await signedIn(gateway.url, 'compliance');
    const { html: file } = await compliance.get(`/console/people/${contact}/proof.json`);
    const { code, lines } = await check(contact, file);
    expect(code, lines.join()).to.equal(0);
    expect(lines).to.have.length((await pageOf()).items.length);
    expect(lines.join()).to.not.include('nobody looked at');
  });

  const changes: [what: string, change: (item: Item) => void, says: RegExp][] = [
    [
      'a time',
      (item) => Object.assign(item, { acted_at: '2020-01-01T00:00:00.000Z' }),
      /its hash is another/,
    ],
    ['words', (item) => Object.assign(item.personal, { words: 'NO' }), /its words is another/],
    [
      'words, with their salt left out,',
      ({ personal, salts }) => {
        personal.words = 'NO';
        delete salts.words;
      },
      /its words is another/,
    ],
    [
      'words, with no salts at all,',
      (item) => {
        item.personal.words = 'NO';
        Object.assign(item, { salts: null });
      },
      /its words is another/,
    ],
    ['a place', (item) => Object.assign(item, { seq: 9 }), /does not follow/],
  ];
  for (const [what, change, says] of changes) {
    it(`finds that ${what} was changed`, async () => {
      const { items } = await pageOf();
      change(items[0] as Item);
      const { code, lines } = await check(contact, JSON.stringify({ items }));
      expect(code).to.equal(1);
      expect(lines[0]).to.match(says);
    });
  }

  it('names the fields that nobody checked when no value is shown', async () => {
    const plain = await newClient(gateway, ['contacts:read']);
    const { text } = await plain('get', '/consent-records', { query: `contact=${contact}` });
    const { code, lines } = await check(contact, text);
    expect(code).to.equal(0);
    expect(lines[0]).to.match(/: fits, but nobody looked at .*\bwords\b/);
  });

  it('gets no salt without evidence:read, and none once the sealed part is gone', async () => {
    const plain = await newClient(gateway, ['contacts:read']);
    const { body } = await plain('get', '/consent-records', { query: `contact=${contact}` });
    expect(new Set(body.items.map(({ salts }: Item) => salts))).to.deep.equal(new Set([null]));
    await gateway.store.consentEvents.updateOne({ contact, seq: 1 }, { $set: { sealed: null } });
    const { items } = await pageOf();
    expect([items[0]?.personal, items[0]?.salts]).to.deep.equal([null, null]);
    await gateway.store.consentEvents.updateOne({ contact, seq: 1 }, { $set: { sealed: Buffer.of(1) } });
    const broken = await client('get', '/consent-records', { query: `contact=${contact}` });
    expect(broken.body).to.deep.include({
      verified: false,
      fault: { seq: 1, what: 'the sealed fields were changed' },
    });
  });
});
