import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { createKey } from '../../src/access/api-keys.ts';
import { axe, launchBrowser, takePicture, watchFaults } from '../support/browser.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const WIDER = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

const VIEWS = [
  ['jobs', '/console/jobs'],
  ['keys', '/console/keys'],
  ['key-new', '/console/keys/new'],
  ['requests', '/console/requests'],
  ['prices', '/console/prices'],
  ['settings', '/console/settings'],
  ['number-new', '/console/numbers/new'],
] as const;

describe('The pages for jobs, keys, requests and prices in a browser', function () {
  this.timeout(180_000);
  let gateway: Gateway;
  let browser: Browser;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    const { key } = await createKey(
      gateway.store,
      { name: 'web form', scopes: ['programs:read', 'jobs:read'] },
      new Date(),
    );
    for (const path of ['programs', 'jobs', 'no-such-route'])
      await fetch(`${gateway.url}/api/v1/${path}`, { headers: { Authorization: `Bearer ${key}` } });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await gateway?.stop();
  });

  async function signIn(page: Page): Promise<void> {
    await page.goto(`${gateway.url}/console/sign-in`);
    await page.click('button[value="admin"]');
    await page.waitForURL('**/console');
  }

  async function judge(page: Page, name: string): Promise<void> {
    await takePicture(page, `setup-${name}.png`);
    expect((await axe(page)).violations, name).to.deep.equal([]);
    expect(await page.evaluate(WIDER), `${name} scrolls sideways`).to.be.at.most(0);
  }

  for (const width of [1440, 390])
    for (const theme of ['light', 'dark'] as const)
      it(`are readable and accessible at ${width} px in the ${theme} theme`, async () => {
        const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: theme });
        const faults = await watchFaults(context);
        const page = await context.newPage();
        await signIn(page);
        for (const [name, path] of VIEWS) {
          await page.goto(gateway.url + path);
          await judge(page, `${name}-${width}-${theme}`);
        }
        await page.goto(`${gateway.url}/console/jobs`);
        await page.click('main tbody th a');
        await judge(page, `job-${width}-${theme}`);
        await page.goto(`${gateway.url}/console/keys`);
        await page.click('main tbody th a');
        await judge(page, `key-${width}-${theme}`);
        await page.goto(`${gateway.url}/console/keys/new`);
        await page.click('main button.main');
        await page.waitForSelector('[role="alert"]');
        await judge(page, `key-refused-${width}-${theme}`);
        expect(faults).to.deep.equal([]);
        await context.close();
      });
});
