import { expect } from 'chai';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ConsoleClient, signedIn } from './client.ts';

const OUT = 'take me off this list';

describe('The page that overturns an opt-out', () => {
  let gateway: Gateway;
  let compliance: ConsoleClient;
  let numbers = 0;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    compliance = await signedIn(gateway.url, 'compliance');
  });
  after(() => gateway.stop());

  /** A person who opted out in their own words: their record, and the page about their opt-out. */
  async function optedOut(): Promise<{ contact: string; record: string; page: string }> {
    const phone = `+1555125${String(++numbers).padStart(4, '0')}`;
    for (const words of ['JOIN', 'YES', OUT]) await gateway.text(phone, words);
    const found = await compliance.post('/console/people', { phone, reason: 'complaint' });
    const record = found.location ?? '';
    const { html } = await compliance.get(record);
    const page = /href="(\/console\/people\/c_[\w-]+\/overturn\/\d+)"/.exec(html)?.[1] ?? 'no door';
    return { contact: record.split('/').at(-1) ?? '', record, page };
  }

  const entriesOf = (contact: string) =>
    gateway.store.consentEvents.find({ contact }).sort({ seq: 1 }).toArray();

  it('says what happens: nobody else confirms it, and no text goes out', async () => {
    const { page } = await optedOut();
    const { html } = await compliance.get(page);
    expect(html)
      .to.include('Overturning puts them back into Fernway Deals.')
      .and.include('by your decision: nobody else confirms it, and no text tells the person.')
      .and.include(OUT);
  });

  it('puts the person back at once by one decision, and sends them no text about it', async () => {
    const { contact, record, page } = await optedOut();
    const before = await entriesOf(contact);
    const messages = await gateway.store.deliveries.countDocuments({ contact });
    const done = await compliance.post(page, { reason: 'It was about a list of errands.' });
    expect([done.status, done.location]).to.deep.equal([303, record]);
    const { html } = await compliance.follow(done);
    expect(html).to.include('The opt-out is overturned. What it closed is open again.');
    expect(html).to.match(/<p>May be texted about [^<]+\.<\/p>/);
    expect(html, 'the consent that it rests on').to.match(/By text to 28555 on [^<]+: <q[^>]*>YES<\/q>/);
    expect(await gateway.store.deliveries.countDocuments({ contact })).to.equal(messages);
    const [entry, ...others] = (await entriesOf(contact)).slice(before.length);
    expect(others).to.deep.equal([]);
    expect(entry).to.include({ kind: 'overturned' });
    const acts = await gateway.store.auditEntries.find({ act: 'opt-out-overturned' }).toArray();
    expect(acts).to.have.length(1);
    expect(entry?.actor).to.match(/^staff/);
  });

  it('refuses a missing reason and keeps the opt-out', async () => {
    const { contact, page } = await optedOut();
    const before = await entriesOf(contact);
    const refused = await compliance.post(page, { reason: ' x ' });
    expect(refused.status).to.equal(422);
    expect(refused.html).to.include('Say in a few words why it was no opt-out').and.include('value=" x "');
    expect(await entriesOf(contact)).to.have.length(before.length);
  });

  it('is shown to nobody who may not overturn', async () => {
    const { contact, page } = await optedOut();
    const support = await signedIn(gateway.url, 'support');
    const before = await entriesOf(contact);
    expect((await support.get(page)).status).to.equal(403);
    expect((await support.post(page, { reason: 'It was a mistake.' })).status).to.equal(403);
    expect(await entriesOf(contact)).to.have.length(before.length);
  });
});
