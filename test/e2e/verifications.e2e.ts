import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { scanDuplicates } from '../../src/contacts/duplicates.ts';
import { runVerifications, verifyPeople } from '../../src/contacts/verification.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { newClient } from '../api/client.ts';
import { contextOf } from '../receipts/rows.ts';
import { axe, launchBrowser, takePicture, watchFaults } from '../support/browser.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const WIDER = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
const PHONES = ['+15551960001', '+15551960002', '+15551960003', '+15551960004'];

describe('Verifications, merges, test phones and settings in a browser', function () {
  this.timeout(240_000);
  let gateway: Gateway;
  let open: OpenedContext;
  let browser: Browser;
  let views: (readonly [name: string, path: string])[] = [];
  before(async () => {
    gateway = await startGateway({ worker: 'replies', lookup: true, env: { CONSOLE: 'demo' } });
    open = await contextOf(gateway);
    const api = await newClient(gateway);
    const contacts: string[] = [];
    for (const phone of PHONES) {
      await gateway.text(phone, 'JOIN');
      const body = { phone, first_name: 'Ana', last_name: 'Reyes', birth_date: '1990-02-28' };
      contacts.push((await api('post', '/contacts', { body })).body.contact);
    }
    await scanDuplicates(open.context, { most: 100, goOn: () => true });
    await gateway.sim('PUT', '/sim/behaviours', [
      { match: { number: PHONES[3] }, on: 'lookup', effect: { kind: 'line', type: 'landline' } },
    ]);
    const actor = { kind: 'staff', id: 'admin' } as const;
    const run = await verifyPeople(open.context, { segment: null, days: 30, actor });
    await runVerifications(open.context, () => true);
    const pairs = (await api('get', '/people/candidates')).body.items;
    await api('put', `/test-recipients/${contacts[0]}`, { body: { name: 'Marketing desk' } });
    await api('post', `/people/candidates/${pairs[1].id}/merge`, { body: { reason: 'The same till card' } });
    views = [
      ['verifications', '/console/verifications'],
      ['verification', `/console/verifications/${run.id}`],
      ['merges', '/console/merges'],
      ['merge', `/console/merges/${pairs[0].id}`],
      ['merged', `/console/merges/${pairs[1].id}`],
      ['test-phones', '/console/test-phones'],
      ['settings', '/console/settings'],
      ['setting-lines', '/console/settings/lookup-lines'],
    ];
  });
  after(async () => {
    await browser?.close();
    await open?.close();
    await gateway?.stop();
  });

  for (const [width, theme] of [
    [1440, 'light'],
    [1440, 'dark'],
    [390, 'light'],
    [390, 'dark'],
  ] as const) {
    it(`are readable and accessible at ${width} px in the ${theme} theme`, async () => {
      browser ??= await launchBrowser();
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: theme });
      const faults = await watchFaults(context);
      const page = await context.newPage();
      await page.goto(`${gateway.url}/console/sign-in`);
      await page.click('button[value="admin"]');
      await page.waitForURL('**/console');
      for (const [name, path] of views) {
        await page.goto(gateway.url + path);
        await takePicture(page, `${name}-${width}-${theme}.png`);
        expect((await axe(page)).violations, name).to.deep.equal([]);
        expect(await page.evaluate(WIDER), name).to.be.at.most(0);
      }
      expect(faults).to.deep.equal([]);
      await context.close();
    });
  }

  it('are used by their buttons: the cost first, a pair kept apart, a phone added', async () => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const faults = await watchFaults(context);
    const page = await context.newPage();
    await page.goto(`${gateway.url}/console/sign-in`);
    await page.click('button[value="admin"]');
    await page.waitForURL('**/console');
    await gateway.store.contacts.updateMany({}, { $unset: { verified: true } });
    await page.goto(`${gateway.url}/console/verifications`);
    await page.click('button:has-text("See what it costs")');
    await page.waitForSelector('text=It asks the carrier about 4 numbers at most.');
    await takePicture(page, 'verification-begin.png');
    expect((await axe(page)).violations).to.deep.equal([]);
    await page.click('button:has-text("Verify 4 numbers")');
    await page.waitForSelector('text=Begun. A worker asks about eight numbers at a time.');
    await page.click('button:has-text("Cancel the rest")');
    await page.waitForSelector('text=Canceled. What it found stays.');
    await page.goto(`${gateway.url}/console/merges`);
    await page.click('a:has-text("Decide the likeliest")');
    await page.fill('#reason', 'Two sisters');
    await page.click('button:has-text("Keep them apart")');
    await page.waitForSelector('text=Kept apart.');
    await page.goto(`${gateway.url}/console/test-phones`);
    await page.fill('#test-name', 'Warehouse');
    await page.fill('#test-number', '(555) 196-0004');
    await page.click('button:has-text("Add the phone")');
    await page.waitForSelector('text=Added. Tests of templates may go to it.');
    expect(faults).to.deep.equal([]);
    await context.close();
  });
});
