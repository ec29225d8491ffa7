import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { firstAdmin, firstLink, PASSWORD } from '../console/client.ts';
import { axe, launchBrowser, takePicture, watchFaults } from '../support/browser.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

/** Gives a page a device that holds passkeys. `isUserVerified`: whether its owner's finger fits. */
async function addAuthenticator(page: Page): Promise<{ fits: (isUserVerified: boolean) => Promise<void> }> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    fits: async (isUserVerified) => {
      await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
    },
  };
}

describe('Passkeys in a browser', function () {
  this.timeout(180_000);
  let gateway: Gateway;
  let browser: Browser;
  before(async () => {
    const env = {
      CONSOLE: 'on',
      OIDC_ISSUER: 'http://127.0.0.1:9',
      OIDC_CLIENT_ID: 'assent',
      OIDC_CLIENT_SECRET: 'a secret of a test',
    };
    gateway = await startGateway({ worker: 'replies', host: 'localhost', env });
    await firstAdmin(gateway);
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await gateway?.stop();
  });

  const press = async (page: Page, selector: string): Promise<void> => {
    await Promise.all([page.waitForNavigation(), page.click(selector)]);
  };

  for (const width of [1440, 390])
    for (const theme of ['light', 'dark'] as const)
      it(`are added, sign in, and are removed, at ${width} px in ${theme}`, async () => {
        const context = await browser.newContext({
          viewport: { width, height: 900 },
          colorScheme: theme,
          locale: 'en-US',
        });
        const faults = await watchFaults(context);
        const page = await context.newPage();
        const device = await addAuthenticator(page);
        const judge = async (name: string): Promise<void> => {
          await takePicture(page, `passkey-${name}-${width}-${theme}.png`);
          expect((await axe(page)).violations, name).to.deep.equal([]);
          const reaches = Number(await page.evaluate('document.documentElement.scrollWidth'));
          expect(reaches, `${name} scrolls sideways`).to.be.at.most(width);
        };
        const signOut = async (): Promise<void> => {
          await page.goto(`${gateway.url}/console/account`);
          await press(page, 'form[action="/console/sign-out"] button');
        };
        const email = `ada.${width}.${theme}@fernway.example`;
        await page.goto(gateway.url + (await firstLink(gateway)));
        await page.fill('#name', 'Ada Brandt');
        await page.fill('#email', email);
        await page.fill('#password', PASSWORD);
        await press(page, 'main button.main');
        await page.goto(`${gateway.url}/console/account`);
        await press(page, 'a[href="/console/account/passkeys/new"]');
        await judge('new');
        await device.fits(false);
        await page.click('main button.main');
        await page.waitForSelector('[data-passkey-fault]:not([hidden])');
        await judge('new-stopped');
        await device.fits(true);
        await page.fill('#name', 'Work laptop');
        await press(page, 'main button.main');
        await judge('recovery-codes');
        await page.goto(`${gateway.url}/console/account`);
        await judge('account');
        await signOut();
        await judge('sign-in');
        expect(await page.isVisible('[data-passkey-fault]')).to.equal(false);
        await page.click('a[href^="/console/sign-in/oidc"]');
        await judge('provider-silent');
        await page.goto(`${gateway.url}/console/sign-in`);
        await device.fits(false);
        await page.click('form[data-passkey] button');
        await page.waitForSelector('[data-passkey-fault]:not([hidden])');
        await judge('sign-in-stopped');
        await device.fits(true);
        await press(page, 'form[data-passkey] button');
        expect(new URL(page.url()).pathname).to.equal('/console');
        await signOut();
        await page.fill('#email', email);
        await page.fill('#password', PASSWORD);
        await press(page, 'main button.main');
        await judge('code');
        await press(page, 'form[data-passkey] button');
        expect(new URL(page.url()).pathname).to.equal('/console');
        await page.goto(`${gateway.url}/console/account`);
        await press(page, 'main table button.red');
        await judge('removed');
        await signOut();
        await press(page, 'form[data-passkey] button');
        await judge('sign-in-refused');
        expect(faults).to.deep.equal([]);
        await context.close();
      });
});
