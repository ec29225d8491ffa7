import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { newClient } from '../api/client.ts';
import { axe, launchBrowser, takePicture, watchFaults } from '../support/browser.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const IN = '+15551234001';
const OUT = '+15551234002';
const LONG = '+15551234003';
const HELD = '+15551234004';

describe('People of the console in a browser', function () {
  this.timeout(180_000);
  let gateway: Gateway;
  let browser: Browser;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    for (const phone of [IN, OUT]) {
      await gateway.text(phone, 'JOIN');
      await gateway.text(phone, 'YES');
    }
    await gateway.text(OUT, 'take me off this list please');
    await gateway.text(LONG, `<b>${'endless'.repeat(40)}</b> {{first_name}} שלום`);
    for (const words of ['JOIN', 'YES', 'you text me too much']) await gateway.text(HELD, words);
    const contact = { first_name: `<b>${'Maximiliana'.repeat(8)}`, lists: ['shoes'] };
    const client = await newClient(gateway);
    for (const phone of [LONG, '+15551234005'])
      await client('post', '/contacts', { body: { phone, ...contact } });
    const failed = { state: 'failed' as const, error: '30006', finalAt: new Date() };
    await gateway.store.deliveries.updateMany(
      { state: { $in: ['delivered', 'sent', 'accepted'] } },
      { $set: failed },
    );
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await gateway?.stop();
  });

  async function signedIn(width: number, theme: 'light' | 'dark', role = 'support') {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: theme });
    const faults = await watchFaults(context);
    const page = await context.newPage();
    await page.goto(`${gateway.url}/console/sign-in`);
    await page.click(`button[value="${role}"]`);
    await page.waitForURL('**/console');
    return { context, faults, page };
  }

  async function lookUp(page: Page, phone: string): Promise<void> {
    await page.goto(`${gateway.url}/console/people`);
    await page.fill('#look-number', phone);
    if ((await page.$('#look-reason')) !== null) await page.selectOption('#look-reason', 'call');
    await page.click('main button.main');
    await page.waitForURL(/people(\/c_|\?miss=)/);
  }

  for (const width of [1440, 390])
    for (const theme of ['light', 'dark'] as const)
      it(`can be used by everybody at ${width} px in ${theme}`, async () => {
        const { context, faults, page } = await signedIn(width, theme);
        const judge = async (name: string): Promise<void> => {
          await takePicture(page, `${name}-${width}-${theme}.png`);
          const { violations } = await axe(page);
          expect(violations, name).to.deep.equal([]);
          const reaches = Number(await page.evaluate('document.documentElement.scrollWidth'));
          expect(reaches, `${name} scrolls sideways`).to.be.at.most(width);
        };
        await page.goto(`${gateway.url}/console/people`);
        await judge('people');
        await lookUp(page, '415 555 0109');
        await judge('people-miss');
        await lookUp(page, OUT);
        await judge('person-out');
        await lookUp(page, IN);
        await page.click('.person-acts summary.red');
        await judge('person-in');
        await page.click('.answer a');
        await page.waitForURL(/\/proof/);
        await judge('person-proof');
        await lookUp(page, LONG);
        await judge('person-long');
        await lookUp(page, HELD);
        await page.click('summary:has-text("Data request")');
        await judge('person-held');
        expect(faults).to.deep.equal([]);
        await context.close();
      });

  for (const width of [1440, 390])
    for (const theme of ['light', 'dark'] as const)
      it(`lists people for marketers at ${width} px in ${theme}`, async () => {
        const { context, faults, page } = await signedIn(width, theme, 'marketer');
        await page.goto(`${gateway.url}/console/people`);
        await page.waitForSelector('text=people may be texted now.');
        const judge = async (name: string): Promise<void> => {
          await takePicture(page, `${name}-${width}-${theme}.png`);
          const { violations } = await axe(page);
          expect(violations, name).to.deep.equal([]);
          const reaches = Number(await page.evaluate('document.documentElement.scrollWidth'));
          expect(reaches, `${name} scrolls sideways`).to.be.at.most(width);
        };
        await judge('people-list');
        await page.selectOption('#filter-status', 'opted-out');
        await page.click('.filters button');
        await page.waitForURL('**/console/people?*status=opted-out*');
        await page.click('main details summary');
        await judge('people-list-filtered');
        expect(faults).to.deep.equal([]);
        await context.close();
      });

  it('leads by / from any page to the answer, without a number in the address', async () => {
    const { context, page } = await signedIn(1440, 'light');
    await lookUp(page, IN);
    await page.keyboard.press('/');
    await page.keyboard.type('(555) 123-4002');
    await page.keyboard.press('Enter');
    await page.waitForSelector('text=Must not be texted. Opted out of everything.');
    expect(page.url()).to.match(/\/console\/people\/c_[\w-]{16}$/);
    await context.close();
  });

  it('hides a number again that was shown', async () => {
    const { context, page } = await signedIn(1440, 'light');
    await page.clock.install();
    await lookUp(page, IN);
    await page.click('button.link');
    await page.waitForSelector(`text=${IN}`);
    await page.clock.fastForward(31_000);
    await page.waitForSelector('text=hidden again');
    expect(await page.content()).to.not.include(`<b class="mono" hx-ignore="">${IN}`);
    await context.close();
  });
});
