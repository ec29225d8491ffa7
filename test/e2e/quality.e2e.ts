import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { ALARM, addQuality } from '../console/quality-data.ts';
import { axe, launchBrowser, takePicture, watchFaults } from '../support/browser.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const WIDER = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

describe('Quality, incidents and codes in a browser', function () {
  this.timeout(180_000);
  let gateway: Gateway;
  let browser: Browser;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    await addQuality(gateway.store, { isUnderWay: true });
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
      await page.click('button[value="marketer"]');
      await page.waitForURL('**/console');
      const looked = async (name: string): Promise<void> => {
        await takePicture(page, `${name}-${width}-${theme}.png`);
        expect((await axe(page)).violations, name).to.deep.equal([]);
        expect(await page.evaluate(WIDER), name).to.be.at.most(0);
      };
      const views = [
        ['quality', '/console/quality'],
        ['quality-alarm', `/console/quality/alarms/${ALARM}`],
        ['quality-rule', '/console/quality/rules/bounces'],
        ['incidents', '/console/incidents'],
        ['codes', '/console/codes'],
        ['code', '/console/codes/30499'],
      ] as const;
      for (const [name, path] of views) {
        await page.goto(gateway.url + path);
        await looked(name);
      }
      await page.goto(`${gateway.url}/console/incidents`);
      await page.click('th a[href^="/console/incidents/"]');
      await looked('incident');
      expect(faults).to.deep.equal([]);
      await context.close();
    });
  }

  it('are used with script: take an alarm on, set limits, say what a code means, dismiss an incident', async () => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const faults = await watchFaults(context);
    const page = await context.newPage();
    await page.goto(`${gateway.url}/console/sign-in`);
    await page.click('button[value="marketer"]');
    await page.waitForURL('**/console');
    await page.click('a:has-text("Alarm: ")');
    await page.fill('#alarm-note', 'Dana reads each number back.');
    await page.click('button:has-text("Take it on")');
    await page.waitForSelector('text=You are on it.');
    await page.goto(`${gateway.url}/console/quality/rules/bounces`);
    await page.fill('#rule-warn', '6');
    await page.click('button:has-text("Save the limits")');
    await page.waitForSelector('text=It must fail at a higher share');
    await takePicture(page, 'quality-rule-refused.png');
    await page.fill('#rule-warn', '1');
    await page.click('button:has-text("Save the limits")');
    await page.waitForSelector('text=It warns above 1 %');
    await page.goto(`${gateway.url}/console/codes/30499`);
    await page.check('input[value="network"]');
    await page.fill('#code-note', 'Their list says so.');
    await page.click('button:has-text("Save the meaning")');
    await page.waitForSelector('text=means “The network”');
    await takePicture(page, 'codes-classed.png');
    await page.goto(`${gateway.url}/console/incidents`);
    await page.click('th a[href^="/console/incidents/"]');
    await page.fill('#incident-note', 'The list was bad.');
    await page.click('button.red');
    await page.waitForSelector('text=dismissed it on');
    await takePicture(page, 'incident-dismissed.png');
    expect(faults).to.deep.equal([]);
    await context.close();
  });
});
