import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { newClient } from '../api/client.ts';
import { axe, launchBrowser, takePicture, watchFaults } from '../support/browser.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';

const PEOPLE = 24;
const person = (at: number): string => `+1555128${String(at).padStart(4, '0')}`;
const PRICES = {
  currency: 'USD',
  as_of: '2026-01-01',
  prices: [{ country: 'US', kind: null, media: 'sms', price: '0.0083' }],
};
/** Without a space, and with letters that are written from the right. */
const LONG = `שלום ${'Winter'.repeat(50)}`;

describe('Sent in a browser', function () {
  this.timeout(300_000);
  let gateway: Gateway;
  let browser: Browser;
  before(async () => {
    gateway = await startGateway({ worker: 'sending', env: { CONSOLE: 'demo' } });
    const client = await newClient(gateway);
    for (let at = 1; at <= PEOPLE; at += 1) {
      await gateway.text(person(at), 'JOIN');
      if (at % 6 !== 0) await gateway.text(person(at), 'YES');
    }
    for (const at of [1, 2]) await gateway.text(person(at), 'STOP');
    await client('put', '/prices', { body: PRICES });
    const texts = { en: '{brand}: 20% off coats until Sunday.' };
    await client('put', '/templates/offer', { body: { program: 'deals', texts } });
    const segment = { kind: 'everyone' };
    for (const [id, name] of [
      ['spring', 'Spring coats'],
      ['long', 'Winter'],
    ]) {
      const draft = { name, program: 'deals', topic: 'deals', template: 'offer', segment };
      await client('put', `/campaigns/${id}`, { body: draft });
    }
    await client('post', '/campaigns/spring/start', { body: { everyone: true } });
    await until('the campaign is finished', async () => {
      return (await client('get', '/campaigns/spring')).body.state === 'finished';
    });
    await until('nothing is on the way any more', async () => {
      const underway = { campaign: 'spring', state: { $in: ['accepted' as const, 'sent' as const] } };
      return (await gateway.store.deliveries.countDocuments(underway)) === 0;
    });
    await gateway.store.campaigns.updateOne({ _id: 'long' }, { $set: { name: LONG } });
    await plantFailures(gateway);
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await gateway?.stop();
  });

  for (const width of [1440, 390])
    for (const theme of ['light', 'dark'] as const)
      it(`can be used by everybody at ${width} px in ${theme}`, async () => {
        const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: theme });
        const faults = await watchFaults(context);
        const page = await context.newPage();
        await page.goto(`${gateway.url}/console/sign-in`);
        await page.click('button[value="compliance"]');
        await page.waitForURL('**/console');
        const judge = async (name: string, path: string): Promise<void> => {
          await page.goto(gateway.url + path);
          await takePicture(page, `${name}-${width}-${theme}.png`);
          const { violations } = await axe(page);
          expect(violations, name).to.deep.equal([]);
          const reaches = Number(await page.evaluate('document.documentElement.scrollWidth'));
          expect(reaches, `${name} scrolls sideways`).to.be.at.most(width);
        };
        await judge('sent-start', '/console/sent');
        await judge('sent-campaign', '/console/sent?campaign=spring');
        await judge('sent-failed', '/console/sent?campaign=spring&state=undelivered,failed');
        await judge('sent-program', '/console/sent?program=deals');
        await judge('sent-long-name', '/console/sent?campaign=long');
        await judge('sent-refused', '/console/sent?campaign=$ne');
        for (const state of ['delivered', 'unknown', 'skipped', 'undelivered']) {
          const row = await gateway.store.deliveries.findOne({ campaign: 'spring', state: state as 'sent' });
          await judge(`sent-message-${state}`, `/console/sent/${row?._id}`);
        }
        expect(faults).to.deep.equal([]);
        await context.close();
      });

  it('narrows a list by its form, without script too', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${gateway.url}/console/sign-in`);
    await page.click('button[value="marketer"]');
    await page.goto(`${gateway.url}/console/sent?campaign=spring`);
    await page.click('.narrow summary');
    await page.selectOption('#sent-state', 'skipped,canceled,expired');
    await page.click('.narrow button');
    await page.waitForURL(/state=skipped/);
    expect(page.url()).to.include('campaign=spring');
    expect(await page.textContent('.answer')).to.include('were not sent');
    await page.click('a.chip');
    expect(await page.textContent('.answer')).to.include('messages:');
    await context.close();
  });
});

/** Some messages failed for two reasons, and of one nobody knows. */
async function plantFailures({ store }: Gateway): Promise<void> {
  const delivered = await store.deliveries.find({ campaign: 'spring', state: 'delivered' }).toArray();
  const [lost, refused, ...others] = delivered.map(({ _id }) => _id);
  await store.deliveries.updateOne(
    { _id: lost ?? '' },
    {
      $set: { state: 'unknown', error: 'no answer', lookups: [{ at: new Date(), epoch: 1, found: 0 }] },
      $unset: { acceptedAt: '', sentAt: '', finalAt: '', carrierSid: '' },
    },
  );
  await store.deliveries.updateOne({ _id: refused ?? '' }, { $set: { state: 'failed', error: '21211' } });
  await store.deliveries.updateMany(
    { _id: { $in: others.slice(0, 5) } },
    { $set: { state: 'undelivered', error: '30007' } },
  );
  await store.deliveries.updateMany({ _id: { $in: others.slice(5, 7) } }, { $set: { campaign: 'long' } });
}
