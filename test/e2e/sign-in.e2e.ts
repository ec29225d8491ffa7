import { expect } from 'chai';
import { TOTP } from 'otpauth';
import type { Browser, Page } from 'playwright-core';
import {
  colleague,
  consoleClient,
  firstAdmin,
  firstLink,
  PASSWORD,
  sendPassword,
} from '../console/client.ts';
import { axe, launchBrowser, takePicture, watchFaults } from '../support/browser.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

describe('The sign-in in a browser', function () {
  this.timeout(180_000);
  let gateway: Gateway;
  let browser: Browser;
  let leaving = '';
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'on' } });
    const ada = await firstAdmin(gateway);
    const people = [
      ['Rosa Iglesias', 'support'],
      ['Mia Okafor', 'marketer'],
    ] as const;
    for (const [name, role] of people)
      await colleague(gateway, ada, { name, email: `${role}@fernway.example`, role });
    await sendPassword(consoleClient(gateway.url), 'support@fernway.example');
    const ivo = { name: 'Ivo Lenz', email: 'ivo@fernway.example', role: 'integrator' } as const;
    const integrator = await colleague(gateway, ada, ivo);
    for (const name of ['web shop', 'till at the counter'])
      await integrator.post('/console/keys/new', { name, scope: 'programs:read' });
    leaving = String((await gateway.store.staff.findOne({ email: ivo.email }))?._id);
    const eli = { name: 'Eli Yan', email: 'eli@fernway.example', role: 'compliance' } as const;
    await colleague(gateway, ada, { ...eli, programs: ['deals'] });
    await ada.get('/console/team/invite');
    await ada.post('/console/team/invite', {
      name: 'Sam Lindqvist',
      email: 'sam@fernway.example',
      role: 'compliance',
    });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await gateway?.stop();
  });

  const send = async (page: Page): Promise<void> => {
    await Promise.all([page.waitForNavigation(), page.click('main button.main')]);
  };

  for (const width of [1440, 390])
    for (const theme of ['light', 'dark'] as const)
      it(`welcomes an admin, adds a second factor and invites, at ${width} px in ${theme}`, async () => {
        const context = await browser.newContext({
          viewport: { width, height: 900 },
          colorScheme: theme,
          locale: 'en-US',
        });
        const faults = await watchFaults(context);
        const page = await context.newPage();
        const judge = async (name: string): Promise<void> => {
          await takePicture(page, `staff-${name}-${width}-${theme}.png`);
          expect((await axe(page)).violations, name).to.deep.equal([]);
          const reaches = Number(await page.evaluate('document.documentElement.scrollWidth'));
          expect(reaches, `${name} scrolls sideways`).to.be.at.most(width);
        };
        const email = `ada.${width}.${theme}@fernway.example`;
        await page.goto(gateway.url + (await firstLink(gateway)));
        await judge('welcome');
        await page.fill('#name', 'Ada Brandt');
        await page.fill('#email', email);
        await page.fill('#password', 'passwordpassword');
        await send(page);
        await judge('welcome-refused');
        await page.fill('#password', PASSWORD);
        await send(page);
        expect(new URL(page.url()).pathname).to.equal('/console');
        await judge('home');
        await page.goto(`${gateway.url}/console/account/second-factor`);
        await judge('second-factor');
        const key = (await page.textContent('main code'))?.replaceAll(' ', '') ?? '';
        await page.fill('#code', new TOTP({ secret: key }).generate());
        await send(page);
        await judge('recovery-codes');
        await page.goto(`${gateway.url}/console/account`);
        await judge('account');
        await page.goto(`${gateway.url}/console/team`);
        await judge('team');
        await page.click('main a.main');
        await judge('invite');
        await page.fill('#name', 'Lee Novak');
        await page.fill('#email', `lee.${width}.${theme}@fernway.example`);
        await page.check('#role-read-only');
        await send(page);
        await judge('link');
        await page.goto(`${gateway.url}/console/team`);
        await page.click('main tbody th a');
        await judge('member');
        await page.goto(`${gateway.url}/console/team/${leaving}`);
        await judge('member-with-keys');
        await page.goto(`${gateway.url}/console/keys/new`);
        await judge('key-new');
        await page.goto(`${gateway.url}/console/confirm?next=/console/team`);
        await judge('confirm');
        await page.goto(`${gateway.url}/console/account`);
        await page.click('form[action="/console/sign-out"] button');
        await page.waitForURL('**/console/sign-in');
        await judge('sign-in');
        await page.fill('#email', email);
        await page.fill('#password', 'not the password');
        await send(page);
        await judge('sign-in-refused');
        await page.fill('#password', PASSWORD);
        await send(page);
        await judge('code');
        await page.goto(`${gateway.url}/console/welcome/${'x'.repeat(43)}?lang=es`);
        await judge('link-over-es');
        await page.goto(`${gateway.url}/console/sign-in`);
        await page.fill('#email', 'eli@fernway.example');
        await page.fill('#password', PASSWORD);
        await send(page);
        await judge('home-limited');
        await page.goto(`${gateway.url}/console/suppressions`);
        await judge('refused-limited');
        expect(faults).to.deep.equal([]);
        await context.close();
      });
});
