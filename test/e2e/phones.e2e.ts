import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { addRacePeople } from '../../scripts/seed/race-people.ts';
import { ROOT } from '../../src/config.ts';
import { axe, type Faults, launchBrowser, watchFaults } from '../support/browser.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const SHOTS = join(ROOT, 'dist', 'screenshots');

/** Longest wait for what must appear by itself, ms: this machine may be busy. */
const PATIENCE_MS = 60_000;

describe('The phones of the demo in a browser', function () {
  this.timeout(300_000);
  let gateway: Gateway;
  let browser: Browser;

  before(async () => {
    mkdirSync(SHOTS, { recursive: true });
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
    await page.getByText(/[1-9]\d* got it ·/).waitFor();
    await page.getByRole('button', { name: 'STOP from 50 of them while it runs' }).click();
    await page.getByText(/50 people texted STOP while it ran, 50 of them were answered/).waitFor();
    await page.screenshot({ path: join(SHOTS, 'console_phones_race.png'), fullPage: true });
    const paused = page.getByText('Paused by itself.');
    const over = page.locator('.race-answer.is-good');
    await paused.or(over).first().waitFor();
    if (await paused.isVisible()) await page.getByRole('button', { name: 'Go on after a pause' }).click();
    await over.waitFor();
    expect(await over.textContent()).to.include('sent after a STOP was answered: 0');
    expect(faults).to.deep.equal([]);
    await page.context().close();
  });

  for (const width of [1440, 390]) {
    for (const theme of ['light', 'dark'] as const) {
      it(`is without a fault at ${width} px in ${theme}`, async () => {
        const { page, faults } = await opened({ width, theme });
        const path = join(SHOTS, `console_phones_${width}_${theme}.png`);
        await page.screenshot({ path, fullPage: true });
        expect((await axe(page)).violations).to.deep.equal([]);
        const wider = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        expect(wider, 'it scrolls sideways').to.equal(0);
        expect(faults).to.deep.equal([]);
        await page.context().close();
      });
    }
  }

  it('works without script, by form and reload', async () => {
    const { page } = await opened({ width: 390, theme: 'light', isScripted: false });
    await phone(page, 'Carmen').getByRole('button', { name: 'Text UNIRME as Carmen' }).click();
    expect(await phone(page, 'Carmen').locator('.bubble.theirs').last().textContent()).to.equal('UNIRME');
    await page.context().close();
  });
});
