import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { writeDraft } from '../../src/store/campaigns/campaigns.ts';
import { draftToEveryone } from '../campaigns/draft-to-everyone.ts';
import { addQuality } from '../console/quality-data.ts';
import { axe, type Faults, launchBrowser, takePicture, watchFaults } from '../support/browser.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

describe('The shell of the console in a browser', function () {
  this.timeout(180_000);
  let gateway: Gateway;
  let browser: Browser;
  let base: string;

  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    base = gateway.url;
    // What waits for a person has long names and findings, as in a real installation.
    await addQuality(gateway.store, { isUnderWay: true });
    const name = 'Spring coats for everyone who bought a winter coat in one of our stores last year';
    await writeDraft(gateway.store, { ...draftToEveryone('coats'), name }, new Date());
    await gateway.store.campaigns.updateOne({ _id: 'coats' }, { $set: { state: 'paused' } });
    browser = await launchBrowser();
  });

  after(async () => {
    await browser?.close();
    await gateway?.stop();
  });

  type Look = { width: number; theme: 'light' | 'dark' };
  const LOOKS: Look[] = [1440, 390].flatMap((width) => [
    { width, theme: 'light' },
    { width, theme: 'dark' },
  ]);

  async function opened(
    { width, theme }: Look,
    role: string | null,
  ): Promise<{
    context: BrowserContext;
    page: Page;
    faults: Faults;
  }> {
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: theme,
      locale: 'en-US',
    });
    const faults = await watchFaults(context);
    const page = await context.newPage();
    if (role !== null) {
      await page.goto(`${base}/console/sign-in`);
      await page.click(`button[value="${role}"]`);
    }
    return { context, page, faults };
  }

  it('obeys single keys until Account switches them off', async () => {
    const { context, page } = await opened({ width: 1440, theme: 'light' }, 'support');
    await page.goto(`${base}/console/account`);
    await page.keyboard.press('?');
    expect(await page.locator('#keys').isVisible()).to.equal(true);
    expect(await page.textContent('#keys')).to.include('These keys can be switched off');
    await page.keyboard.press('Escape');
    await page.selectOption('#shortcuts', 'off');
    await page.click('main .fields button');
    await page.waitForSelector('.notice.good');
    await page.locator('body').press('?');
    expect(await page.locator('#keys').isVisible()).to.equal(false);
    await page.locator('body').press('/');
    expect(await page.evaluate('document.activeElement.id')).to.not.equal('find-number');
    await context.close();
  });

  it('opens the look-up and the menu from one row on a phone, without script', async () => {
    const context = await browser.newContext({
      viewport: { width: 390, height: 900 },
      javaScriptEnabled: false,
    });
    const page = await context.newPage();
    await page.goto(`${base}/console/sign-in`);
    await page.click('button[value="support"]');
    expect(await page.locator('#find-number').isVisible()).to.equal(false);
    await page.getByRole('banner').getByRole('link', { name: 'Look up' }).click();
    await page.fill('#find-number', '28555');
    await page.locator('.menu summary').click();
    await page.getByRole('link', { name: 'Inbox' }).first().waitFor();
    await takePicture(page, 'console_head_390.png', { fullPage: false });
    await context.close();
  });

  for (const [path, role] of [
    ['/console/sign-in', null],
    ['/console/components', null],
    ['/console', 'support'],
    ['/console', 'compliance'],
    ['/console', 'marketer'],
    ['/console', 'admin'],
    ['/console', 'read-only'],
    ['/console', 'integrator'],
    ['/console/account', 'marketer'],
    ['/console/nothing', 'admin'],
  ] as const) {
    it(`shows ${path} to ${role ?? 'anybody'} without a fault, wide and narrow, light and dark`, async () => {
      for (const look of LOOKS) {
        const { context, page, faults } = await opened(look, role);
        await page.goto(base + path);
        const name = `${path.slice(1).replaceAll('/', '_')}_${role ?? 'anybody'}_${look.width}_${look.theme}`;
        await takePicture(page, `${name}.png`);
        expect((await axe(page)).violations, name).to.deep.equal([]);
        const wider = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        expect(wider, `${name} scrolls sideways`).to.be.at.most(0);
        if (path === '/console' && role === 'marketer')
          expect(await page.textContent('main'), name).to.include('in one of our stores last year is paused');
        const head = await page.evaluate('document.querySelector("main").getBoundingClientRect().top');
        if (look.width === 390) expect(head, `${name}: what stands above the page`).to.be.at.most(130);
        expect(faults, name).to.deep.equal([]);
        await context.close();
      }
    });
  }
});
