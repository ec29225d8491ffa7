import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { createKey, SCOPES } from '../../../src/access/api-keys.ts';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';
import { clientWith } from '../client.ts';
import { HELD } from '../good/requests.ts';
import { callOf, examplesIn, shapeOf } from './page.ts';

/** Pages that are read one after the other, and what they need: texts of the person, and stored templates. */
type Reading = { files: string[]; texts: string[]; templates: string[] };

const PAGES: Record<string, Reading> = {
  'docs/api': {
    files: ['docs/api.md', 'docs/api/calls.md', 'docs/api/campaigns.md'],
    texts: ['ORDERS', 'YES'],
    templates: [],
  },
  'docs/journeys': {
    files: ['docs/journeys.md'],
    texts: ['JOIN', 'YES'],
    templates: ['tips', 'offer', 'missed'],
  },
};

/**
 * The fields of an answer that its page shows. A field "…" of the page stands for all fields that the page leaves out,
 * and the value "…" stands for a whole value.
 */
const asShown = (given: object, shown: object): object =>
  Object.fromEntries(
    Object.entries(given)
      .filter(([name]) => name in shown || !('…' in shown))
      .map(([name, value]) => [name, Object(shown)[name] === '…' ? '…' : value]),
  );

/** What the page shows, without the field that stands for others. */
const shownOf = (answer: unknown): object => {
  const { '…': _, ...shown } = Object(answer);
  return shown;
};

for (const [page, { files, texts, templates }] of Object.entries(PAGES)) {
  describe(`the examples of ${page}`, () => {
    let gateway: Gateway;
    const values: Record<string, string> = {};
    before(async () => {
      gateway = await startGateway();
      for (const body of texts) await gateway.text(HELD, body);
      // A subscriber gets the campaigns of a page.
      for (const body of ['JOIN', 'YES']) await gateway.text('+15551230009', body);
      const { key } = await createKey(gateway.store, { name: 'test', scopes: SCOPES }, new Date());
      Object.assign(values, { URL: gateway.url, KEY: key });
      for (const id of templates) {
        const body = { program: 'deals', texts: { en: `{brand}: ${id}` } };
        await clientWith(gateway.url, key)('put', `/templates/${id}`, { body });
      }
    });
    after(() => gateway.stop());

    const text = files.map((file) => readFileSync(file, 'utf8')).join('\n');
    const examples = examplesIn(text).flatMap(({ command, answer }) =>
      answer === null ? [] : { command, status: answer.status, answer: answer.body },
    );

    it('have an answer behind each command', () => {
      const commands = text.match(/^curl /gm) ?? [];
      expect(commands.length).to.be.greaterThan(3);
      expect(examples).to.have.length(commands.length);
    });

    for (const { command, status, answer } of examples) {
      it(`are answered as shown: ${command.split(' -H')[0]} (${status})`, async () => {
        const { method, url, headers, body } = callOf(command, values);
        if (url.includes('/deliveries/')) await arrived(values.DELIVERY ?? '');
        if (/\/(progress|contacts\/c_[\w-]+\/journeys)$/.test(url)) await greeted();
        const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
        const given = (await response.json()) as { id?: string; state?: string; contact?: string };
        expect(response.status, JSON.stringify(given)).to.equal(status);
        expect(shapeOf(asShown(given, Object(answer)))).to.deep.equal(shapeOf(shownOf(answer)));
        if (url.endsWith('/messages') && given.id !== undefined) values.DELIVERY = given.id;
        if (url.endsWith('/contacts') && given.contact !== undefined) values.CONTACT = given.contact;
        if (url.endsWith('/lookup') && given.id !== undefined) values.CONTACT = given.id;
        for (const name of ['state', 'class', 'type', 'detail', 'reasons', 'text', 'sentences'] as const) {
          const shown = Object(answer)[name];
          if (shown !== undefined && shown !== '…') expect(Object(given)[name], name).to.deep.equal(shown);
        }
      });
    }

    const arrived = (id: string): Promise<void> =>
      until('the message of the example is delivered', async () => {
        const row = await gateway.store.deliveries.findOne({ _id: id });
        return row?.state === 'delivered' && row.acceptedAt !== undefined && row.decision !== null;
      });
    const greeted = (): Promise<void> =>
      until('a journey of the example has taken its first step', async () => {
        const run = await gateway.store.journeyRuns.findOne({ 'done.0': { $exists: true } });
        return run !== null;
      });
  });
}
