import { expect } from 'chai';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ConsoleClient, signedIn } from './client.ts';

const OUT = ['+15551241001', '+15551241002'];
const BACK = '+15551241003';
const HELD = '+15551241004';

describe('Suppressions and drift at the console', () => {
  let gateway: Gateway;
  let sam: ConsoleClient;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    sam = await signedIn(gateway.url, 'compliance');
  });
  after(() => gateway.stop());

  it('say that nothing forbids anything, where nothing does', async () => {
    expect((await sam.get('/console/suppressions')).html).to.include('No number is suppressed.');
    expect((await sam.get('/console/drift')).html)
      .to.include('Not compared with the carrier’s list yet.')
      .and.include('The job “reconcile” does it every night.');
  });

  it('count the numbers that no program may text, each once', async () => {
    for (const phone of [...OUT, BACK, HELD]) {
      await gateway.text(phone, 'JOIN');
      await gateway.text(phone, 'YES');
    }
    await gateway.text(BACK, 'STOP');
    expect((await sam.get('/console/suppressions')).html).to.include(
      '1 number may not be texted by any program.',
    );
    await gateway.text(BACK, 'JOIN');
    await gateway.text(BACK, 'YES');
    for (const phone of OUT) {
      await gateway.text(phone, 'you text me too much');
      await gateway.text(phone, 'STOP');
    }
    await gateway.text(HELD, 'you text me too much');
    const { html } = await sam.get('/console/suppressions');
    expect(html).to.include('3 numbers may not be texted by any program.');
    expect(html)
      .to.include('ending 1001')
      .and.include('ending 1003')
      .and.not.include(OUT[0] ?? '');
  });

  it('list one kind alone, and read no forged filter', async () => {
    const held = await sam.get('/console/suppressions?kind=hold');
    expect(held.html).to.include('On hold now: 1 entry.').and.include('ending 1004');
    expect(held.html).to.not.include('Opted out</span>');
    for (const query of ['kind=%24ne', 'kind[$ne]=x', 'cursor=x', 'cursor[$gt]=', 'kind=hold&kind=hold']) {
      const { status, html } = await sam.get(`/console/suppressions?${query}`);
      expect(status, query).to.equal(200);
      expect(html, query).to.include('3 numbers may not be texted by any program.');
    }
  });

  it('say in figures that add up how many entries hold, hold in part and were lifted', async () => {
    const { html } = await sam.get('/console/suppressions');
    const figures =
      /list: (\d+)\. Of these (\d+) forbid a number to all programs, (\d+) forbid a part, (\d+) /.exec(html);
    const [all = 0, whole = 0, part = 0, lifted = 0] = (figures ?? []).slice(1).map(Number);
    expect(all).to.equal(await gateway.store.suppressions.countDocuments({}));
    expect(whole + part + lifted).to.equal(all);
    expect(part, 'who joined one program again').to.equal(1);
    expect(html)
      .to.include('Opted out, but not for Fernway Deals')
      .and.include('it was lifted for Fernway Deals and stands for all others');
    const holds = await sam.get('/console/suppressions?kind=hold');
    expect(holds.html).to.not.include('more was lifted');
  });

  it('say which entries of how many a page lists, and export exactly these, on record', async () => {
    const all = await gateway.store.suppressions.countDocuments({});
    expect((await sam.get('/console/suppressions')).html).to.include(`1–${all} of ${all} entries`);
    const lines = ({ html }: { html: string }): string[] => html.trim().split('\r\n');
    const whole = lines(await sam.get('/console/suppressions.csv'));
    expect(whole[0]).to.equal('ending,handle,contact,kind,state,scope,since,until,sentence');
    expect(whole.length).to.equal(all + 1);
    const holds = lines(await sam.get('/console/suppressions.csv?kind=hold'));
    const held = await gateway.store.suppressions.countDocuments({ kind: 'hold' });
    expect(holds.length).to.equal(held + 1);
    expect(holds.join()).to.include('1004').and.not.include(HELD);
    const exports = gateway.logs.join('').split('the suppressions were exported');
    expect(exports.length).to.equal(3);
  });

  it('are closed to support', async () => {
    const rosa = await signedIn(gateway.url, 'support');
    for (const path of ['/console/suppressions', '/console/suppressions.csv', '/console/drift'])
      expect((await rosa.get(path)).status, path).to.equal(403);
  });
});
