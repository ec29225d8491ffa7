import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { addRacePeople } from '../../scripts/seed/race-people.ts';
import { axe, type Faults, launchBrowser, takePicture, watchFaults } from '../support/browser.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

/** Longest wait for what must appear by itself, ms: this machine may be busy. */
const PATIENCE_MS = 60_000;

describe('The phones of the demo in a browser', function () {
  this.timeout(300_000);
  let gateway: Gateway;
  let browser: Browser;

  before(async () => {
    gateway = await startGateway({ worker: 'sending', env: { CONSOLE: 'demo' } });
    await addRacePeople(gateway.store, gateway.config, new Date());
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await gateway?.stop();
  });

  type PageLook = { width: number; theme: 'light' | 'dark'; isScripted?: boolean };

  async function opened({
    width,
    theme,
    isScripted = true,
  }: PageLook): Promise<{ page: Page; faults: Faults }> {
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: theme,
      locale: 'en-US',
      javaScriptEnabled: isScripted,
    });
    const faults = isScripted ? await watchFaults(context) : [];
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(gateway.url);
    return { page, faults };
  }

  const phone = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

  it('shows bubbles, states and steps without a reload, and keeps what somebody types', async () => {
    const { page, faults } = await opened({ width: 1440, theme: 'light' });
    await page.evaluate('window.stays = true');
    await page.fill('#carmen-words', 'half a sentence');
    await phone(page, 'Ana').getByRole('button', { name: 'Text JOIN as Ana' }).click();
    await phone(page, 'Ana').getByText('Asked for a YES').waitFor();
    await phone(page, 'Ana').getByText('what the rules saw').click();
    await phone(page, 'Ana').getByText('“join” is a word of the program.').waitFor();
    await page.fill('#ana-words', 'yes please');
    await page.press('#ana-words', 'Enter');
    await phone(page, 'Ana').getByText('Subscribed', { exact: true }).waitFor();
    expect(await page.locator('details[open]').count(), 'what is open stays open').to.equal(1);
    await page.fill('#ben-words', 'take me off this list please');
    await page.press('#ben-words', 'Enter');
    await phone(page, 'Ben').getByText('Opted out', { exact: true }).waitFor();
    await page.getByText('confirmed after').waitFor();
    expect(await page.locator('.steps .is-good').count()).to.equal(3);
    expect(await page.inputValue('#carmen-words')).to.equal('half a sentence');
    expect(await page.evaluate('window.stays'), 'the page was not loaded anew').to.equal(true);
    expect(faults).to.deep.equal([]);
    await page.context().close();
  });

  it('races STOPs against a campaign under the eyes of whoever pressed', async () => {
    const { page, faults } = await opened({ width: 1440, theme: 'dark' });
    await page.getByRole('button', { name: 'Send a campaign to 500 people' }).click();
    await page.locator('.race-answer').waitFor();
    await page
      .locator('.figures a', { hasText: /^[1-9]/ })
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'STOP from 50 of them while it runs' }).click();
    await page.getByText(/50 people texted STOP while it ran, 50 of them were answered/).waitFor();
    await takePicture(page, 'console_phones_race.png');
    const paused = page.getByText('Paused by itself: ');
    const over = page.locator('.race-answer.is-good');
    await paused.or(over).first().waitFor();
    if (await paused.isVisible()) await page.getByRole('button', { name: 'Go on after a pause' }).click();
    await over.waitFor();
    expect(await over.textContent()).to.include('Nobody got it after their STOP was answered.');
    expect(faults).to.deep.equal([]);
    await page.context().close();
  });

  for (const width of [1440, 390]) {
    for (const theme of ['light', 'dark'] as const) {
      it(`is without a fault at ${width} px in ${theme}`, async () => {
        const { page, faults } = await opened({ width, theme });
        await takePicture(page, `console_phones_${width}_${theme}.png`);
        expect((await axe(page)).violations).to.deep.equal([]);
        const wider = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        expect(wider, 'it scrolls sideways').to.equal(0);
        expect(faults).to.deep.equal([]);
        await page.context().close();
      });
    }
  }

  it('says since when it follows nothing while its stream is cut, by the clock of the server', async () => {
    const { page } = await opened({ width: 390, theme: 'light' });
    // The browser's clock is two hours off.
    await page.clock.setFixedTime(new Date(Date.now() + 2 * 3_600_000));
    await page.route('**/console/phones/live*', (route) => route.abort());
    const cut = page.locator('#live-cut:not([hidden])');
    await cut.waitFor();
    const [, hour = '', minute = ''] = /stopped at (\d+):(\d\d):\d\d [AP]M E[SD]T, trying again/.exec(
      (await cut.textContent()) ?? '',
    ) ?? ['', '', ''];
    expect(`${hour}:${minute}`).to.match(/^\d+:\d\d$/);
    await takePicture(page, 'console_phones_cut.png');
    await page.unroute('**/console/phones/live*');
    await page.locator('#live-cut').waitFor({ state: 'hidden' });
    await page.context().close();
  });

  it('shows HTML, template syntax, writing from the right and 300 letters as they were typed', async () => {
    const { page, faults } = await opened({ width: 390, theme: 'dark' });
    const odd = [
      '<b onclick="x()">bold</b> <%= it.csrf %> {{name}}',
      'توقف عن إرسال الرسائل',
      'x'.repeat(300),
    ];
    for (const words of odd) {
      await page.fill('#ben-words', words);
      await page.press('#ben-words', 'Enter');
      await phone(page, 'Ben').locator('.bubble.theirs', { hasText: words }).last().waitFor();
    }
    expect(await page.locator('.bubble b').count()).to.equal(0);
    const wider = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(wider, 'it scrolls sideways').to.equal(0);
    await takePicture(page, 'console_phones_odd.png');
    expect(faults).to.deep.equal([]);
    await page.context().close();
  });

  it('is in Spanish for whoever reads Spanish', async () => {
    const { page, faults } = await opened({ width: 1440, theme: 'light' });
    await page.goto(`${gateway.url}/console/sign-in`);
    await page.click('button[value="support"]');
    await page.waitForURL('**/console');
    await page.goto(`${gateway.url}/console/account`);
    await page.selectOption('select[name="language"]', 'es');
    await page.locator('main form').first().locator('button').last().click();
    await page.goto(`${gateway.url}/console/phones`);
    await takePicture(page, 'console_phones_es.png');
    const words = (await page.textContent('main')) ?? '';
    expect(words).to.not.match(/What just happened|Send an offer|Look at it as|His record|All quiet/);
    expect((await axe(page)).violations).to.deep.equal([]);
    expect(faults).to.deep.equal([]);
    await page.context().close();
  });

  it('works without script, by form and reload', async () => {
    const { page } = await opened({ width: 390, theme: 'light', isScripted: false });
    await phone(page, 'Carmen').getByRole('button', { name: 'Text UNIRME as Carmen' }).click();
    expect(await phone(page, 'Carmen').locator('.bubble.theirs').last().textContent()).to.equal('UNIRME');
    await page.context().close();
  });
});
