import { expect } from 'chai';
import { endFirstRun, isFirstRunDone, readFirstRun } from '../../src/contacts/first-run.ts';
import { openContext } from '../../src/open-context.ts';
import { createLog } from '../../src/running/log.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ConsoleClient, colleague, firstAdmin } from './client.ts';

const ANA = '+15551238701';
const NEW = '/console/numbers/new';

describe('The first steps of an installation', () => {
  let gateway: Gateway;
  let ada: ConsoleClient;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'on' } });
    ada = await firstAdmin(gateway);
  });
  after(() => gateway.stop());

  const read = async () => {
    const own = { ...gateway.config, database: gateway.store.db.databaseName };
    const { context, close } = await openContext(own, createLog('silent', 'web'));
    const run = await readFirstRun(context);
    await close();
    return run;
  };
  const home = async (): Promise<string> => (await ada.get('/console')).html;

  it('begin with a number, and say that the carrier posts its texts elsewhere', async () => {
    const run = await read();
    expect(run).to.include({ webhook: 'differs', hasOptIn: false, hasSent: false });
    expect(run?.number).to.not.equal(null);
    const html = await home();
    expect(html).to.include('2 of 5 steps to the first message are done.');
    expect(html).to.match(/class="btn main" href="\/console\/numbers\/\w+#webhooks">Set the webhook/);
  });

  it('are shown to admins alone', async () => {
    const member = { name: 'Mia Okafor', email: 'mia@fernway.example', role: 'marketer' } as const;
    const mia = await colleague(gateway, ada, member);
    expect((await mia.get('/console')).html).to.not.include('First steps');
  });

  it('count an opt-in once somebody has confirmed, and no question as a message', async () => {
    await ada.get('/console/numbers/28555');
    await ada.post('/console/numbers/28555/webhooks');
    await gateway.text(ANA, 'JOIN');
    expect(await read()).to.include({ webhook: 'right', hasOptIn: false });
    expect(await home()).to.include('Take your own phone, text JOIN to 28555');
    await gateway.text(ANA, 'YES');
    expect(await read()).to.include({ hasOptIn: true, hasSent: false });
    expect(await home())
      .to.include('4 of 5 steps')
      .and.include('href="/console/keys/new">Make a key');
  });

  it('say so once when all are done, and are gone then', async () => {
    const deliveries = gateway.store.db.collection('deliveries');
    await deliveries.updateOne(
      { program: 'deals' },
      { $set: { class: 'transactional', answers: null, state: 'delivered' } },
    );
    const run = await read();
    expect(run !== null && isFirstRunDone(run)).to.equal(true);
    expect(await home())
      .to.include('All five first steps are done')
      .and.not.include('What it takes');
    expect(await home()).to.not.include('first steps');
    expect(await read()).to.equal(null);
    expect(await endFirstRun({ store: gateway.store, now: () => new Date() })).to.equal(false);
  });
});

describe('Adding a number at the console', () => {
  let gateway: Gateway;
  let ada: ConsoleClient;
  before(async () => {
    gateway = await startGateway({ worker: false, senders: [], programs: [], env: { CONSOLE: 'on' } });
    ada = await firstAdmin(gateway);
  });
  after(() => gateway.stop());

  const add = async (fields: Record<string, string>) => {
    await ada.get(NEW);
    return ada.post(NEW, { country: 'US', handling: 'usual', service: '', brand: '', ...fields });
  };

  it('is the first step where there is none', async () => {
    const { html } = await ada.get('/console');
    expect(html).to.include('5 steps lead from here to the first message.');
    expect(html).to.include(`class="btn main" href="${NEW}">Add a number`);
    expect((await ada.get('/console/numbers')).html).to.include('Add the first one');
    expect((await ada.get('/console/programs/new')).html).to.include(NEW);
  });

  it('refuses what is no number of ours, and keeps what was typed', async () => {
    const wrong: [Record<string, string>, string][] = [
      [{ number: '' }, 'Number: Type five or six digits'],
      [{ number: '1234' }, 'Number: Type five or six digits'],
      [{ number: '28555', country: 'FR' }, 'Country: '],
      [{ number: '28555', service: 'MG1' }, 'Messaging Service: It must be the id of a Messaging Service'],
      [{ number: '28555', handling: 'advanced' }, 'name the service as well'],
      [{ number: '28555', brand: 'BN1', tier: 'low-volume' }, 'Only long codes belong to a brand'],
    ];
    for (const [fields, sentence] of wrong) {
      const { status, html } = await add(fields);
      expect(status, JSON.stringify(fields)).to.equal(422);
      expect(html).to.include(sentence);
      if (fields.number) expect(html).to.include(`value="${fields.number}"`);
    }
  });

  it('reads the kind from the digits in any spelling, and keeps the number out of the address', async () => {
    const cases: [string, string, RegExp][] = [
      ['28555', 'short-code', /\/numbers\/28555$/],
      ['(202) 555-0143', 'long-code', /\/numbers\/n[0-9a-f]{12}$/],
      ['+1 888 555 0143', 'toll-free', /\/numbers\/n[0-9a-f]{12}$/],
    ];
    for (const [number, kind, address] of cases) {
      const { status, location } = await add({ number });
      expect(status, number).to.equal(303);
      expect(location).to.match(address);
      const saved = gateway.store.db.collection('senders').findOne({ kind });
      expect(await saved, number).to.not.equal(null);
    }
    expect((await add({ number: '28555' })).html).to.include('It is saved already.');
  });
});
