import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { axe, launchBrowser, takePicture, watchFaults } from '../support/browser.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const HEBREW = 'שלום, you text me too much "באמת"!';
const ARABIC = 'مرحبا، you text me too much (كثيرا)';
const OUT = 'take me off this list';

/** A person for each way of opening the pages, because an overturned opt-out and a decided hold are gone. */
const VIEWS = [
  { width: 1440, theme: 'light' },
  { width: 390, theme: 'dark' },
] as const;

describe('Words from right to left, a kept form and Spanish in a browser', function () {
  this.timeout(300_000);
  let gateway: Gateway;
  let browser: Browser;
  before(async () => {
    gateway = await startGateway({ worker: 'sending', env: { CONSOLE: 'demo' } });
    for (const [at, words] of [HEBREW, ARABIC, OUT, HEBREW, ARABIC].entries())
      for (const body of ['JOIN', 'YES', words]) await gateway.text(`+155512700${at}0`, body);
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await gateway?.stop();
  });

  async function signedIn({ width, theme }: (typeof VIEWS)[number]) {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: theme });
    const faults = await watchFaults(context);
    const page = await context.newPage();
    await page.goto(`${gateway.url}/console/sign-in`);
    await page.click('button[value="compliance"]');
    await page.waitForURL('**/console');
    const judge = async (name: string, path?: string): Promise<void> => {
      if (path !== undefined) await page.goto(gateway.url + path);
      await takePicture(page, `${name}-${width}-${theme}.png`);
      expect((await axe(page)).violations, name).to.deep.equal([]);
      const reaches = Number(await page.evaluate('document.documentElement.scrollWidth'));
      expect(reaches, `${name} scrolls sideways`).to.be.at.most(width);
    };
    return { context, faults, page, judge };
  }

  /** The addresses of all holds whose words the page shows, with the direction in which their bubble runs. */
  async function openHolds(page: Page): Promise<string[]> {
    await page.goto(`${gateway.url}/console/holds`);
    return (await page.evaluate(
      `[...document.querySelectorAll('main tbody a')].map((link) => new URL(link.href).pathname)`,
    )) as string[];
  }

  const speakSpanish = async (page: Page, language: 'en' | 'es'): Promise<void> => {
    await page.goto(`${gateway.url}/console/account`);
    await page.selectOption('[name="language"]', language);
    await page.click('main button.main');
    await page.waitForSelector(`html[lang="${language}"]`);
  };

  for (const view of VIEWS)
    it(`run by their own direction and keep what was typed, at ${view.width} px in ${view.theme}`, async () => {
      const { context, faults, page, judge } = await signedIn(view);
      const [first = 'no hold', second = 'no second hold'] = await openHolds(page);
      for (const [name, path] of [
        ['hold-from-right', first],
        ['hold-from-right-2', second],
      ] as const) {
        await judge(name, path);
        const direction = await page.evaluate(
          `getComputedStyle([...document.querySelectorAll('.bubble.theirs')].at(-1)).direction`,
        );
        expect(direction).to.equal('rtl');
      }
      await page.goto(gateway.url + first);
      await page.fill('#reason', 'הם התכוונו לשעה "9"');
      await page.check('input[value="release"]');
      await context.clearCookies();
      await page.click('main button.main');
      await page.waitForURL('**/console/sign-in**');
      await page.click('button[value="compliance"]');
      await page.waitForURL('**/console/again');
      await judge('again');
      expect(await page.inputValue('textarea')).to.equal('הם התכוונו לשעה "9"');
      await page.click('button[formaction="/console/again"]');
      expect(faults).to.deep.equal([]);
      await context.close();
    });

  for (const view of VIEWS)
    it(`say which sentences are English on Spanish pages, at ${view.width} px in ${view.theme}`, async () => {
      const { context, faults, page, judge } = await signedIn(view);
      await speakSpanish(page, 'es');
      const overturn = await gateway.store.consentEvents.findOne({ kind: 'withdrawn' });
      const message = await gateway.store.deliveries.findOne({ contact: overturn?.contact ?? '' });
      await judge('sent-start-es', '/console/sent');
      await judge('sent-person-es', `/console/sent?contact=${overturn?.contact}`);
      expect(await page.locator('table.sent tbody td span[lang="en"]').count()).to.be.greaterThan(0);
      await judge('sent-message-es', `/console/sent/${message?._id}`);
      expect(await page.locator('.answer [lang="en"]').count()).to.equal(1);
      await judge('overturn-es', `/console/people/${overturn?.contact}/overturn/${overturn?.seq}`);
      await judge('person-es', `/console/people/${overturn?.contact}`);
      await judge('suppressions-es', '/console/suppressions');
      await judge('drift-es', '/console/drift');
      await speakSpanish(page, 'en');
      expect(faults).to.deep.equal([]);
      await context.close();
    });
});
