import { expect } from 'chai';
import { scanDuplicates } from '../../src/contacts/duplicates.ts';
import type { AuditAct } from '../../src/domain/audit/acts.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { type Client, newClient } from '../api/client.ts';
import { contextOf } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ConsoleClient, signedIn } from './client.ts';

describe('Merges at the console', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  let api: Client;
  let mia: ConsoleClient;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    open = await contextOf(gateway);
    api = await newClient(gateway);
    mia = await signedIn(gateway.url, 'marketer');
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const person = (name: string, phone: string) =>
    api('post', '/contacts', {
      body: { phone, first_name: name, last_name: 'Reyes', birth_date: '1990-02-28' },
    });
  const pairs = async (): Promise<string[]> => {
    const { html } = await mia.get('/console/merges');
    return [...new Set(html.match(/\/console\/merges\/k_[\w-]{16}/g) ?? [])];
  };
  const entries = (act: AuditAct) => gateway.store.auditEntries.countDocuments({ act });
  const reason = 'The same person at the till';

  it('say that nothing waits, then list pairs masked, with why they are thought one', async () => {
    expect((await mia.get('/console/merges')).html).to.include('No pair waits for a decision.');
    for (const phone of ['+15551990001', '+15551990002']) await person('Ana', phone);
    for (const phone of ['+15551990003', '+15551990004']) await person('Zoltan', phone);
    await scanDuplicates(open.context, { most: 100, goOn: () => true });
    const { html } = await mia.get('/console/merges');
    expect(html).to.include('2 pairs of numbers may be one person each.').and.include('ending 0001');
    expect(html).to.include('They have the same name and birth date.').and.not.include('Reyes');
  });

  it('refuse a merge without a reason, or with a number in it, and keep what was typed', async () => {
    const [first = ''] = await pairs();
    const { html } = await mia.get(first);
    expect(html).to.include('These two numbers may be one person.').and.include('Keep them apart');
    const odd = await mia.post(`${first}/merge`, { reason: 'call 415 555 0109' });
    expect(odd.status).to.equal(422);
    expect(odd.html).to.include('without a phone number').and.include('value="call 415 555 0109"');
    expect(await entries('contacts-merged')).to.equal(0);
  });

  it('merge once when the button is pressed twice, and take the merge back once', async () => {
    const [first = ''] = await pairs();
    await mia.get(first);
    const sent = await Promise.all([
      mia.post(`${first}/merge`, { reason }),
      mia.post(`${first}/merge`, { reason }),
    ]);
    expect(sent.map(({ status }) => status)).to.deep.equal([303, 303]);
    expect(await entries('contacts-merged')).to.equal(1);
    const { html } = await mia.get(first);
    expect(html).to.include('These two numbers are one person.').and.include(reason);
    const merge = /name="merge" value="(m_[\w-]{16})"/.exec(html)?.[1] ?? '';
    const form = { merge, reason: 'Father and son' };
    const back = await mia.post(`${first}/take-back`, form);
    expect((await mia.follow(back)).html).to.include('These two numbers are two people.');
    const again = await mia.post(`${first}/take-back`, form);
    expect((await mia.follow(again)).html).to.include('It was decided already.');
    expect(await entries('merge-undone')).to.equal(1);
  });

  it('keep a pair apart, and open it again', async () => {
    const [other = ''] = await pairs();
    await mia.get(other);
    const apart = await mia.post(`${other}/keep-apart`, { reason: 'Two sisters' });
    expect((await mia.follow(apart)).html)
      .to.include('Two sisters')
      .and.include('Decide it anew');
    const late = await mia.post(`${other}/merge`, { reason });
    expect((await mia.follow(late)).html).to.include('It was decided already.');
    const opened = await mia.post(`${other}/reopen`);
    expect((await mia.follow(opened)).html).to.include('Open again.');
    expect((await mia.follow(await mia.post(`${other}/reopen`))).html).to.include('It was open already.');
    expect([await entries('pair-dismissed'), await entries('dismissal-undone')]).to.deep.equal([1, 1]);
  });

  it('are read by support, who decides nothing, and are a door of the list of people', async () => {
    const rosa = await signedIn(gateway.url, 'support');
    const [other = ''] = await pairs();
    expect((await rosa.get(other)).html).to.include('Your role looks only.');
    expect((await rosa.post(`${other}/merge`, { reason })).status).to.equal(403);
    expect((await mia.get('/console/people')).html).to.include('href="/console/merges"');
  });
});
