import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { readKeyOptions } from '../../../scripts/key-options.ts';
import { seedAudience } from '../../../scripts/seed/audience/audience.ts';
import { DEMO_PROGRAMS, DEMO_SENDERS } from '../../../scripts/seed/programs.ts';
import { addSamples, SAMPLE_PEOPLE } from '../../../scripts/seed/samples.ts';
import { type ApiScope, createKey, SCOPES } from '../../../src/access/api-keys.ts';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';
import { clientWith } from '../client.ts';
import { type Values, wordsOf } from './page.ts';
import { runPage } from './run-page.ts';

const pageOf = (name: string): string => readFileSync(`docs/how-to/${name}.md`, 'utf8');

const PAGES = {
  move: pageOf('move-in'),
  send: pageOf('send-a-campaign'),
  results: pageOf('read-results'),
};

/** The scopes that stand between two words of a page. */
const scopesIn = (page: string, from: string, to: string): ApiScope[] => {
  const start = page.indexOf(from);
  const named = page.slice(start, page.indexOf(to, start)).match(/`([a-z]+:[a-z]+)`/g) ?? [];
  return named.map((scope) => scope.slice(1, -1) as ApiScope);
};

const startDemo = (): Promise<Gateway> =>
  startGateway({ senders: Object.values(DEMO_SENDERS), programs: [...DEMO_PROGRAMS] });

const addPeople = async ({ store, config }: Gateway): Promise<void> => {
  const people = { people: SAMPLE_PEOPLE, seed: 1, now: new Date(), progress: () => undefined };
  await seedAudience(store, config, people);
};

const keyFor = async ({ store }: Gateway, name: string, scopes: readonly ApiScope[]): Promise<string> =>
  (await createKey(store, { name, scopes }, new Date())).key;

describe('docs/how-to/send-a-campaign.md, from its top to its end', () => {
  let gateway: Gateway;
  const values: Values = {};
  before(async () => {
    gateway = await startDemo();
    await addPeople(gateway);
    const scopes = scopesIn(PAGES.send, 'a key with the scopes', 'URL=');
    Object.assign(values, {
      URL: gateway.url,
      KEY: await keyFor(gateway, 'marketer', scopes),
      SECOND: await keyFor(gateway, 'colleague', scopes),
    });
    // The page's reader works where campaigns to more than ten people need a second person.
    const admin = clientWith(gateway.url, await keyFor(gateway, 'admin', SCOPES));
    const { body: rules } = await admin('get', '/campaign-rules');
    await admin('put', '/campaign-rules', { body: { ...rules, approval_over: 10 } });
  });
  // The reader adds the phone in the console, before the test is sent to it.
  beforeEach(async () => {
    if (values.PHONE === undefined) return;
    const admin = clientWith(gateway.url, await keyFor(gateway, 'admin', SCOPES));
    await admin('put', `/test-recipients/${values.PHONE}`, { body: { name: 'My own' } });
  });
  after(() => gateway.stop());

  runPage(PAGES.send, () => ({ gateway, values }));
});

describe('docs/how-to/move-in.md, from its top to its end', () => {
  let gateway: Gateway;
  const values: Values = {};
  before(async () => {
    gateway = await startDemo();
    const keys = [...PAGES.move.matchAll(/^ +npm run key -- (.+)$/gm)].map(([, options = '']) => options);
    const [consent, numbers, profiles] = keys.map(
      (options) => readKeyOptions(wordsOf(options, {}))?.scopes ?? [],
    );
    Object.assign(values, {
      URL: gateway.url,
      KEY: await keyFor(gateway, 'move in', consent ?? []),
      READ: await keyFor(gateway, 'numbers', numbers ?? []),
      IMPORT: await keyFor(gateway, 'import', profiles ?? []),
    });
  });
  // A person answers after the question reached the phone.
  beforeEach(() =>
    until('everything planned has left', async () => {
      return (
        (await gateway.store.deliveries.countDocuments({ state: { $in: ['planned', 'sending'] } })) === 0
      );
    }),
  );
  after(() => gateway.stop());

  runPage(PAGES.move, () => ({ gateway, values }));

  it('ends with a subscriber, and with a number that opted out and stays out', async () => {
    const client = clientWith(gateway.url, values.READ ?? '');
    const says = async (phone: string): Promise<string> =>
      (await client('post', '/contacts/lookup', { body: { phone, reason: 'A test' } })).body.sentence;
    expect(await says('+15551234012')).to.match(/^Subscribed to Fernway Deals/);
    expect(await says('+15551234011')).to.match(/^Must not be texted: opted out/);
  });
});

describe('docs/how-to/read-results.md, from its top to its end', () => {
  let gateway: Gateway;
  const values: Values = {};
  before(async () => {
    gateway = await startDemo();
    const all = await keyFor(gateway, 'demo', SCOPES);
    await addSamples({ gateway: gateway.url, apiKey: all }, () => addPeople(gateway));
    const scopes = scopesIn(PAGES.send, 'a key with the scopes', 'URL=');
    Object.assign(values, { URL: gateway.url, KEY: await keyFor(gateway, 'marketer', scopes) });
    const client = clientWith(gateway.url, all);
    await until('the campaign is over', async () => {
      return (await client('get', '/campaigns/weekend-sale')).body.state === 'finished';
    });
  });
  after(() => gateway.stop());

  runPage(PAGES.results, () => ({ gateway, values }));
});
