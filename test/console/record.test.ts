import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ConsoleClient, type PageAnswer, signedIn } from './client.ts';

const TWICE = '+15551239001';
const HELD = '+15551239002';

const oneLine = ({ html }: PageAnswer): string => html.replace(/\s+/g, ' ');

describe('The record of a person and what it rests on', function () {
  this.timeout(60_000);
  let gateway: Gateway;
  let support: ConsoleClient;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    support = await signedIn(gateway.url, 'support');
  });
  after(() => gateway.stop());

  const pathOf = async (phone: string): Promise<string> =>
    (await support.post('/console/people', { phone, reason: 'call' })).location ?? '';

  it('proves each program by its own consent and by the words shown for it', async () => {
    await gateway.text(TWICE, 'JOIN');
    await gateway.text(TWICE, 'YES');
    await gateway.text(TWICE, 'STYLE', SENDERS.stylist.number);
    await gateway.text(TWICE, 'YES', SENDERS.stylist.number);
    const path = await pathOf(TWICE);
    const html = oneLine(await support.get(`${path}/proof`));
    const [, top = ''] = /<div class="answer"(.*?)<\/div>/.exec(html) ?? [];
    expect(top).to.include('Consent is in force for Fernway Deals, Fernway Stylist.');
    const lines = top.split('<li>').slice(1);
    expect(lines).to.have.length(2);
    expect(lines[0]).to.match(/For Fernway Deals: consented on [^<]+, by text\..*<q[^>]*>Fernway Deals/);
    expect(lines[1]).to.match(/For Fernway Stylist: consented on [^<]+, by text\..*<q[^>]*>Fernway Stylist/);
  });

  it('names on the record the cause of each program', async () => {
    const phone = '+15551239003';
    await gateway.text(phone, 'JOIN');
    await gateway.text(phone, 'YES');
    await gateway.text(phone, 'STYLE', SENDERS.stylist.number);
    await gateway.text(phone, 'YES', SENDERS.stylist.number);
    const html = oneLine(await support.get(await pathOf(phone)));
    expect(html).to.match(/Fernway Deals: By text to 28555 on [^<]+: <q[^>]*>YES<\/q>/);
    expect(html).to.match(/Fernway Stylist: By text to \+1\d+ on [^<]+: <q[^>]*>YES<\/q>/);
  });

  it('says since when a program is on hold, and by which entry', async () => {
    await gateway.text(HELD, 'JOIN');
    await gateway.text(HELD, 'YES');
    const path = await pathOf(HELD);
    const contact = path.split('/').at(-1) ?? '';
    await gateway.text(HELD, 'you text me too much');
    const held = await gateway.store.consentEvents.findOne({ contact, kind: 'held' });
    const since = new Date('2025-03-05T17:00:00Z');
    await gateway.store.suppressions.updateOne({ kind: 'hold' }, { $set: { since } });
    const html = oneLine(await support.get(path));
    expect(html).to.match(/On hold<\/span>\s*<\/td>\s*<td[^>]*>\s*Mar 5, 2025, 12:00 PM EST/);
    expect(html).to.include(`#entry-${held?.seq}`);
  });

  it('shows why staff paused marketing, lets staff end that pause, and counts both as acts of staff', async () => {
    const phone = '+15551239004';
    await gateway.text(phone, 'JOIN');
    await gateway.text(phone, 'YES');
    const path = await pathOf(phone);
    await support.post(`${path}/pause`, { days: '30', reason: 'in hospital' });
    const paused = oneLine(await support.get(path));
    expect(paused).to.include('in hospital</q>').and.include('End the pause');
    expect(paused).to.not.include('<summary class="btn">Pause marketing');
    expect((await support.post(`${path}/pause-end`, { reason: 'x' })).status).to.equal(422);
    expect((await support.post(`${path}/pause-end`, { reason: 'back home' })).status).to.equal(303);
    const ended = oneLine(await support.get(path));
    expect(ended)
      .to.match(/<p>May be texted about /)
      .and.match(/staff 2<\/a>/);
    const staff = oneLine(await support.get(`${path}?kind=staff`));
    expect(staff).to.include('Marketing was paused for 30 days.').and.include('The pause ended.');
    expect(await gateway.store.auditEntries.countDocuments({ act: 'person-pause-ended' })).to.equal(1);
  });

  it('lets nobody but the person end a pause that they asked for', async () => {
    const phone = '+15551239005';
    await gateway.text(phone, 'JOIN');
    await gateway.text(phone, 'YES');
    await gateway.text(phone, 'PAUSE');
    const path = await pathOf(phone);
    expect((await support.get(path)).html)
      .to.not.include('End the pause')
      .and.not.include('Pause marketing');
    const refused = await support.post(`${path}/pause-end`, { reason: 'we want to send' });
    expect(refused.status).to.equal(422);
    expect(refused.html).to.include('A pause of their own ends by their own RESUME.');
    const longer = { contact: path.split('/').at(-1) ?? '' };
    expect(await gateway.store.consentEvents.countDocuments({ ...longer, kind: 'resumed' })).to.equal(0);
  });

  it('shows on record, timeline and proof what a caller said who was opted out at the desk', async () => {
    const phone = '+15551239006';
    await gateway.text(phone, 'JOIN');
    const path = await pathOf(phone);
    await support.post(`${path}/opt-out`, { said: 'no more of this, please' });
    const quoted = /<q[^>]*>no more of this, please<\/q>/g;
    const record = oneLine(await support.get(path));
    expect(record).to.match(/In person or by phone on [^<]+: <q[^>]*>no more of this, please<\/q>/);
    expect(record.match(quoted)).to.have.length(2);
    const proof = oneLine(await support.get(`${path}/proof`));
    expect(proof).to.match(/What was noted of it: <q[^>]*>no more of this, please<\/q>/);
    const marketer = await signedIn(gateway.url, 'marketer');
    for (const page of [path, `${path}/proof`])
      expect((await marketer.get(page)).html).to.not.include('no more of this');
  });
});
