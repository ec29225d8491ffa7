import { expect } from 'chai';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ConsoleClient, signedIn } from './client.ts';

const PHONE = '+15551261001';
/** Entries of the ledger on one page of the proof. */
const PER_PAGE = 200;

describe('The proof of somebody with more entries than a page shows', function () {
  this.timeout(120_000);
  let gateway: Gateway;
  let support: ConsoleClient;
  let path: string;
  let count: number;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    support = await signedIn(gateway.url, 'support');
    await gateway.text(PHONE, 'JOIN');
    await gateway.text(PHONE, 'YES');
    path = (await support.post('/console/people', { phone: PHONE, reason: 'complaint' })).location ?? '';
    const contact = path.split('/').at(-1) ?? '';
    const entries = () => gateway.store.consentEvents.countDocuments({ contact });
    while ((await entries()) <= PER_PAGE + 5) {
      await gateway.text(PHONE, 'STOP');
      await gateway.text(PHONE, 'START');
    }
    count = await entries();
  });
  after(() => gateway.stop());

  const numbersIn = (html: string): number[] =>
    [...html.matchAll(/<li id="entry-(\d+)"/g)].map(([, seq]) => Number(seq));
  const upTo = (first: number, last: number): number[] =>
    Array.from({ length: last - first + 1 }, (_, at) => first + at);

  it('lists each entry on exactly one page, and says on each how many were verified', async () => {
    const first = await support.get(`${path}/proof`);
    expect(numbersIn(first.html)).to.deep.equal(upTo(1, PER_PAGE));
    expect(first.html).to.include(`Chain of ${count} entries verified`);
    const [, next = ''] = /href="([^"]+)">Later entries</.exec(first.html) ?? [];
    const last = await support.get(next);
    expect(numbersIn(last.html)).to.deep.equal(upTo(PER_PAGE + 1, count));
    expect(last.html)
      .to.include(`Chain of ${count} entries verified`)
      .and.include('From the first entry')
      .and.not.include('Later entries');
  });

  it('says the same on top of each page: the newest consent, with a door to the page of its entry', async () => {
    const top = (html: string): string | undefined => /<div class="answer"[\s\S]*?<\/div>/.exec(html)?.[0];
    const first = await support.get(`${path}/proof`);
    expect(top(first.html)).to.match(/<p>(For Fernway Deals: consented on|Opted out on) [^<]+<\/p>/);
    expect(top((await support.get(`${path}/proof?after=${PER_PAGE}`)).html)).to.equal(top(first.html));
    const [, door = '', entry] = /href="([^"]+)#entry-(\d+)"/.exec(top(first.html) ?? '') ?? [];
    expect((await support.get(door)).html).to.include(`<li id="entry-${entry}"`);
  });

  it('names the place of the next entries in the file too', async () => {
    const file = JSON.parse((await support.get(`${path}/proof.json`)).html);
    expect(file).to.include({ verified: true, next: String(PER_PAGE) });
    const rest = JSON.parse((await support.get(`${path}/proof.json?after=${file.next}`)).html);
    expect(rest).to.include({ verified: true, next: null });
    expect(file.entries.length + rest.entries.length).to.equal(count);
  });

  it('says on the first page that an entry of a later page was changed', async () => {
    const contact = path.split('/').at(-1) ?? '';
    const forged = PER_PAGE + 3;
    await gateway.store.consentEvents.updateOne({ contact, seq: forged }, { $set: { reason: 'forged' } });
    const { html } = await support.get(`${path}/proof`);
    expect(html).to.include(`The chain is broken at entry ${forged}`).and.not.include('entries verified');
    expect(JSON.parse((await support.get(`${path}/proof.json`)).html)).to.include({ verified: false });
  });
});
