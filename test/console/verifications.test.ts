import { expect } from 'chai';
import { runVerifications } from '../../src/contacts/verification.ts';
import type { AuditAct } from '../../src/domain/audit/acts.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { contextOf } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ConsoleClient, signedIn } from './client.ts';

const [ANA, BEN] = ['+15551980001', '+15551980002'];

describe('Verifications at the console', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  let ada: ConsoleClient;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', lookup: true, env: { CONSOLE: 'demo' } });
    open = await contextOf(gateway);
    for (const phone of [ANA, BEN]) for (const body of ['JOIN', 'YES']) await gateway.text(phone, body);
    ada = await signedIn(gateway.url, 'admin');
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const runIn = (html: string): string => /name="run" value="(v_\w+)"/.exec(html)?.[1] ?? '';
  const entries = (act: AuditAct) => gateway.store.auditEntries.countDocuments({ act });

  it('say that none was run, refuse days that cannot be, and keep what was typed', async () => {
    expect((await ada.get('/console/verifications')).html).to.include('never verified in a run');
    const odd = await ada.post('/console/verifications/count', { segment: '', days: '900' });
    expect(odd.status).to.equal(422);
    expect(odd.html).to.include('from 1 to 366').and.include('value="900"');
  });

  it('say the cost and the budget before anything is asked', async () => {
    const before = await ada.post('/console/verifications/count', { segment: '', days: '90' });
    expect(before.html).to.include('It asks the carrier about 2 numbers at most.');
    expect(before.html)
      .to.include('No price of a question is set')
      .and.include('The budget of today is enough.');
    await ada.get('/console/settings/lookup-price');
    await ada.post('/console/settings/lookup-price', { value: '0.008', was: '' });
    const budget = { value: '1', was: '1000' };
    await ada.post('/console/settings/lookup-budget', budget);
    const { html } = await ada.post('/console/verifications/count', { segment: '', days: '90' });
    expect(html).to.include('at most, for $0.02.').and.include('goes on for 1 more day.');
    await ada.post('/console/settings/lookup-budget', { value: '1000', was: '1' });
    expect(await gateway.store.verifications.countDocuments()).to.equal(0);
  });

  it('begin one run when the button is pressed twice, and show what it found', async () => {
    await gateway.sim('PUT', '/sim/behaviours', [
      { match: { number: BEN }, on: 'lookup', effect: { kind: 'line', type: 'landline' } },
    ]);
    const { html } = await ada.post('/console/verifications/count', { segment: '', days: '90' });
    const form = { segment: '', days: '90', run: runIn(html) };
    const [first, again] = await Promise.all([
      ada.post('/console/verifications', form),
      ada.post('/console/verifications', form),
    ]);
    expect(first.location).to.equal(again.location);
    expect(await gateway.store.verifications.countDocuments()).to.equal(1);
    expect(await entries('verification-begun')).to.equal(1);
    expect((await ada.follow(first)).html)
      .to.include('0 of 2 numbers are done.')
      .and.include('Cancel the rest');
    await runVerifications(open.context, () => true);
    const over = await ada.follow(first);
    expect(over.html).to.include('1 of 2 numbers gets no texts; its consent is ended.');
    expect(over.html).to.include('Landline').and.include('Mobile phone').and.not.include('Cancel the rest');
    expect((await ada.get('/console/verifications')).html).to.include('The last run is over.');
  });

  it('cancel a run once, and keep what it found', async () => {
    const { html } = await ada.post('/console/verifications/count', { segment: '', days: '1' });
    expect(html).to.include('Nobody has to be asked about.');
    await gateway.store.contacts.updateMany({}, { $unset: { verified: true } });
    const counted = await ada.post('/console/verifications/count', { segment: '', days: '1' });
    const form = { segment: '', days: '1', run: runIn(counted.html) };
    const begun = await ada.post('/console/verifications', form);
    const canceled = await ada.post(`${begun.location}/cancel`);
    expect((await ada.follow(canceled)).html).to.include('Canceled. What it found stays.');
    const again = await ada.post(`${begun.location}/cancel`);
    expect((await ada.follow(again)).html).to.include('It has ended already.');
    expect(await entries('verification-canceled')).to.equal(1);
  });

  it('are begun by support and only read by marketers', async () => {
    const rosa = await signedIn(gateway.url, 'support');
    expect((await rosa.get('/console/verifications')).html).to.include('See what it costs');
    const mia = await signedIn(gateway.url, 'marketer');
    const { html } = await mia.get('/console/verifications');
    expect(html).to.include('Your role looks only.').and.include('/console/settings/lookup-lines');
    expect((await mia.post('/console/verifications/count', { days: '1' })).status).to.equal(403);
  });
});
