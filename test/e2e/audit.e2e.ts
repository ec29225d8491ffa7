import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { newClient } from '../api/client.ts';
import { axe, launchBrowser, takePicture, watchFaults } from '../support/browser.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const ANA = '+15551234001';

describe('The audit trail in a browser', function () {
  this.timeout(180_000);
  let gateway: Gateway;
  let browser: Browser;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    await gateway.text(ANA, 'JOIN');
    await gateway.text(ANA, 'YES');
    const client = await newClient(gateway);
    for (const id of ['vips', 'win-back'])
      await client('put', `/segments/${id}`, { body: { name: id, tree: { kind: 'everyone' } } });
    const lines = JSON.stringify({ phone: ANA });
    await client('post', '/opt-outs/bulk', { raw: lines, type: 'application/x-ndjson' });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await gateway?.stop();
  });

  for (const [width, theme] of [
    [1440, 'light'],
    [1440, 'dark'],
    [390, 'light'],
    [390, 'dark'],
  ] as const) {
    it(`is readable and accessible at ${width} px in the ${theme} theme, and filters by its form`, async () => {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: theme });
      const faults = await watchFaults(context);
      const page = await context.newPage();
      await page.goto(`${gateway.url}/console/sign-in`);
      await page.click('button[value="compliance"]');
      await page.waitForURL('**/console');
      await page.goto(`${gateway.url}/console/audit`);
      await takePicture(page, `audit-${width}-${theme}.png`);
      expect(await page.textContent('main')).to.include('carry our signature');
      expect((await axe(page)).violations).to.deep.equal([]);
      await page.selectOption('#audit-what', 'sign-in');
      await page.click('main form button');
      await page.waitForURL('**what=sign-in**');
      expect(await page.textContent('main'))
        .to.include('signed in.')
        .and.not.include('read the audit trail');
      const room = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
      expect(await page.evaluate(room)).to.be.at.most(0);
      expect(faults).to.deep.equal([]);
      await context.close();
    });
  }
});
