import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { axe, launchBrowser, takePicture, watchFaults } from '../support/browser.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const WIDER = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

describe('Numbers and doctor in a browser', function () {
  this.timeout(180_000);
  let gateway: Gateway;
  let browser: Browser;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
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
    it(`are readable and accessible at ${width} px in the ${theme} theme`, async () => {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: theme });
      const faults = await watchFaults(context);
      const page = await context.newPage();
      await page.goto(`${gateway.url}/console/sign-in`);
      await page.click('button[value="admin"]');
      await page.waitForURL('**/console');
      const views = [
        ['numbers', '/console/numbers'],
        ['number', '/console/numbers/28555'],
        ['doctor', '/console/doctor'],
      ] as const;
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

  it('are used with script: stop, send again, set the addresses, test again', async () => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const faults = await watchFaults(context);
    const page = await context.newPage();
    await page.goto(`${gateway.url}/console/sign-in`);
    await page.click('button[value="admin"]');
    await page.waitForURL('**/console');
    await page.goto(`${gateway.url}/console/numbers/28555`);
    await page.fill('#reason', 'The carrier asked us to');
    await page.click('button.red');
    await page.waitForSelector('text=is stopped since');
    await takePicture(page, 'number-stopped.png');
    await page.fill('#reason', 'It is settled');
    await page.click('button:has-text("Let it send again")');
    await page.waitForSelector('text=It sends again.');
    await page.click('button:has-text("Set them at the carrier")');
    await page.waitForSelector('text=Every address is as it must be.');
    await takePicture(page, 'number-set.png');
    await page.goto(`${gateway.url}/console/doctor`);
    await page.click('button:has-text("Test again")');
    await page.waitForSelector('text=Tested again just now.');
    expect(faults).to.deep.equal([]);
    await context.close();
  });
});
