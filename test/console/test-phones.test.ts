import { expect } from 'chai';
import type { AuditAct } from '../../src/domain/audit/acts.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ConsoleClient, signedIn } from './client.ts';

const [MIAS, SAMS, STRANGER] = ['+15551970001', '+15551970002', '+15551970003'];

describe('Test phones at the console', () => {
  let gateway: Gateway;
  let mia: ConsoleClient;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    for (const body of ['JOIN', 'YES']) await gateway.text(MIAS, body);
    await gateway.text(SAMS, 'hello');
    mia = await signedIn(gateway.url, 'marketer');
  });
  after(() => gateway.stop());

  const path = '/console/test-phones';
  const entries = (act: AuditAct) => gateway.store.auditEntries.countDocuments({ act });

  it('say that there is none, and refuse numbers that nobody has here', async () => {
    expect((await mia.get(path)).html).to.include('No phone of the team gets tests yet.');
    const unknown = await mia.post(path, { name: 'Desk', phone: STRANGER });
    expect(unknown.status).to.equal(422);
    expect(unknown.html).to.include('Let the phone text a keyword first.').and.include('value="Desk"');
    const nameless = await mia.post(path, { name: '', phone: MIAS });
    expect(nameless.html).to.include('Say whose phone it is');
  });

  it('are added once when the button is pressed twice, and say which of them get tests', async () => {
    await mia.get(path);
    const added = await mia.post(path, { name: 'Mia', phone: MIAS });
    expect((await mia.follow(added)).html).to.include('1 of 1 test phone gets tests.');
    const again = await mia.post(path, { name: 'Mia', phone: MIAS });
    expect((await mia.follow(again)).html).to.include('It is a test phone already.');
    await mia.post(path, { name: 'Sam', phone: SAMS });
    const { html } = await mia.get(path);
    expect(html).to.include('1 of 2 test phones get tests.').and.include('Gets no tests');
    expect(html).to.include('ending 0001').and.not.include('1970001');
    expect(await entries('test-recipient-marked')).to.equal(2);
  });

  it('are taken off once, and their consent stays', async () => {
    const { html } = await mia.get(path);
    const [remove = ''] = /\/console\/test-phones\/c_[\w-]{16}\/remove/.exec(html) ?? [];
    expect((await mia.follow(await mia.post(remove))).html).to.include('Taken off.');
    expect((await mia.follow(await mia.post(remove))).html).to.include('It is no test phone any more.');
    expect(await entries('test-recipient-unmarked')).to.equal(1);
  });

  it('are seen by read-only, who changes nothing', async () => {
    const reader = await signedIn(gateway.url, 'read-only');
    expect((await reader.get(path)).html).to.include('Your role looks only.');
    expect((await reader.post(path, { name: 'Me', phone: MIAS })).status).to.equal(403);
  });
});
