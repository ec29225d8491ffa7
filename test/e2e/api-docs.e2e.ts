import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { createKey } from '../../src/access/api-keys.ts';
import { axe, launchBrowser, takePicture, watchFaults } from '../support/browser.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';

/** What axe finds in the elements that swagger-ui makes, where a style cannot mend it. */
const OF_THE_RENDERER = [
  // It draws the operations as a second `main` inside ours, which the page needs where script is off.
  'landmark-main-is-top-level: ',
  'landmark-no-duplicate-main: ',
  'landmark-unique: ',
  // Its button that opens an operation contains the link to that operation.
  'nested-interactive: <button',
  // It names no boxes of samples, and no list of servers.
  'scrollable-region-focusable: <pre',
  'select-name: <select id="servers">',
];

describe('The documentation of the API in a browser', function () {
  this.timeout(180_000);
  let gateway: Gateway;
  let browser: Browser;
  before(async () => {
    gateway = await startGateway({ worker: false });
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
    it(`shows routes, tries one with a key and breaks no policy at ${width} px in the ${theme} theme`, async () => {
      const { key } = await createKey(gateway.store, { name: 'docs', scopes: ['programs:read'] }, new Date());
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: theme });
      const faults = await watchFaults(context);
      const page = await context.newPage();
      await page.goto(`${gateway.url}/api/docs`);
      await page.waitForSelector('.opblock-tag');
      await takePicture(page, `api-docs-${width}-${theme}.png`, { fullPage: false });
      await page.click('.auth-wrapper .authorize');
      await page.fill('.modal-ux input', key);
      await page.click('.modal-ux .auth.authorize');
      await page.click('.modal-ux .btn-done');
      await page.click('#operations-tag-programs');
      const operation = '#operations-tag-programs + * .opblock-get >> nth=0';
      await page.click(`${operation} >> .opblock-summary-control`);
      await page.click(`${operation} >> .try-out__btn`);
      await page.click(`${operation} >> .execute`);
      await page.waitForSelector('.live-responses-table tbody .response-col_status');
      expect(await page.textContent('.live-responses-table tbody .response-col_status')).to.contain('200');
      expect(await page.textContent('.live-responses-table')).to.contain('"items"');
      await takePicture(page, `api-docs-tried-${width}-${theme}.png`, { fullPage: false });
      const room = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
      expect(await page.evaluate(room)).to.be.at.most(0);
      const { violations } = await axe(page);
      expect(
        violations.filter((found) => !OF_THE_RENDERER.some((rule) => found.startsWith(rule))),
      ).to.deep.equal([]);
      expect(faults).to.deep.equal([]);
      await context.close();
    });
  }

  it('leads the type of a problem to its line', async () => {
    const page = await browser.newPage();
    await page.goto(`${gateway.url}/api/docs#not-possible`);
    await page.waitForSelector('.opblock-tag');
    expect(await page.isVisible('#not-possible')).to.equal(true);
    const top = `document.getElementById('not-possible').getBoundingClientRect().top`;
    await until('the line is in view', async () => Number(await page.evaluate(top)) < 720);
    await page.close();
  });

  it('lists every route without script', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${gateway.url}/api/docs`);
    expect(await page.isVisible('#routes-programs')).to.equal(true);
    await context.close();
  });
});
