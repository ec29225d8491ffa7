import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { DEMO_PROGRAMS, DEMO_SENDERS } from '../../scripts/seed/programs.ts';
import type { Role } from '../../src/domain/access/permissions.ts';
import { axe, launchBrowser, takePicture, watchFaults } from '../support/browser.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const ANA = '+15551239501';
const LOOKS = [
  [1440, 'light'],
  [1440, 'dark'],
  [390, 'light'],
  [390, 'dark'],
] as const;

describe('Programs and words in a browser', function () {
  this.timeout(300_000);
  let gateway: Gateway;
  let browser: Browser;
  before(async () => {
    gateway = await startGateway({
      worker: 'replies',
      senders: Object.values(DEMO_SENDERS),
      programs: [...DEMO_PROGRAMS],
      env: { CONSOLE: 'demo' },
    });
    await gateway.text(ANA, 'JOIN');
    await gateway.text(ANA, 'YES');
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await gateway?.stop();
  });

  type Screen = { width?: number; theme?: 'light' | 'dark'; isScripted?: boolean };

  async function signedIn(role: Role, { width = 1440, theme = 'light', isScripted = true }: Screen = {}) {
    const viewport = { width, height: 900 };
    const context = await browser.newContext({ viewport, colorScheme: theme, javaScriptEnabled: isScripted });
    const faults = await watchFaults(context);
    const page = await context.newPage();
    await page.goto(`${gateway.url}/console/sign-in`);
    await page.click(`button[value="${role}"]`);
    await page.waitForURL('**/console');
    return { context, page, faults };
  }

  async function expectSound(page: Page, name: string): Promise<void> {
    await takePicture(page, `${name}.png`);
    expect((await axe(page)).violations, name).to.deep.equal([]);
    const room = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(room), `${name} scrolls sideways`).to.be.at.most(0);
  }

  for (const [width, theme] of LOOKS) {
    it(`are readable and accessible at ${width} px in the ${theme} theme`, async () => {
      const { context, page, faults } = await signedIn('admin', { width, theme });
      const at = `${width}-${theme}`;
      await page.goto(`${gateway.url}/console/programs`);
      await expectSound(page, `programs-${at}`);
      await page.goto(`${gateway.url}/console/programs/rewards`);
      await page.click('#texts + details > summary');
      await expectSound(page, `program-${at}`);
      await page.click('#keywords ~ details > summary');
      await page.click('#topic-offers details > summary');
      await page.click('#caps ~ details > summary');
      await expectSound(page, `program-changes-${at}`);
      await page.goto(`${gateway.url}/console/programs/rewards/end`);
      await expectSound(page, `program-end-${at}`);
      await page.goto(`${gateway.url}/console/programs/new`);
      await expectSound(page, `program-new-${at}`);
      await page.goto(`${gateway.url}/console/words`);
      await page.fill('#texts', 'JOIN\nYES\nplease take me off your list\nque no me manden mas');
      await page.check('input[value="conversation"]');
      await page.waitForSelector('.tried li:nth-child(4)');
      await expectSound(page, `words-${at}`);
      await page.goto(`${gateway.url}/console/words/back-tests`);
      await expectSound(page, `back-tests-${at}`);
      expect(faults).to.deep.equal([]);
      await context.close();
    });
  }

  it('tell a collision while a keyword is typed, and save the part by its form', async () => {
    const { context, page, faults } = await signedIn('admin');
    await page.goto(`${gateway.url}/console/programs/rewards`);
    await page.click('#keywords ~ details > summary');
    await page.fill('#keywords-keywords-en', 'REWARDS, STOP');
    await page.waitForSelector('#keywords-check [role="alert"]');
    expect(await page.textContent('#keywords-check')).to.include('people text it to stop all messages');
    await page.fill('#keywords-keywords-en', 'REWARDS, PERKS');
    await page.waitForSelector('#keywords-check .good');
    await page.click('#keywords ~ details button:text-is("Save")');
    await page.waitForURL('**/programs/rewards#keywords');
    expect(await page.textContent('main')).to.include('REWARDS, PERKS');
    expect(faults).to.deep.equal([]);
    await context.close();
  });

  it('show two people who save one part both versions', async () => {
    const [ada, mia] = await Promise.all([signedIn('admin'), signedIn('marketer')]);
    for (const { page } of [ada, mia]) {
      await page.goto(`${gateway.url}/console/programs/rewards`);
      await page.click('#names ~ details > summary');
    }
    await ada.page.fill('#names-support', '1-800-555-0188');
    await ada.page.click('#names ~ details button:text-is("Save")');
    await ada.page.waitForURL('**#names');
    await mia.page.fill('#names-support', '1-800-555-0177');
    await mia.page.click('#names ~ details button:text-is("Save")');
    expect(await mia.page.textContent('main')).to.include('Somebody else saved this while you typed.');
    await expectSound(mia.page, 'program-conflict-1440-light');
    await mia.page.click('button:text-is("Save mine over it")');
    await mia.page.waitForURL('**#names');
    expect(await mia.page.textContent('main')).to.include('1-800-555-0177');
    expect([...ada.faults, ...mia.faults]).to.deep.equal([]);
    await Promise.all([ada.context.close(), mia.context.close()]);
  });

  it('try a text without script, for a person whose record leads there', async () => {
    const { context, page, faults } = await signedIn('compliance', { isScripted: false });
    const contact = await gateway.store.contacts.findOne({});
    await page.goto(`${gateway.url}/console/people/${contact?._id}`);
    await page.click('text=What a text of theirs would do');
    await page.fill('#texts', 'STOP');
    await page.click('button:text-is("See what happens")');
    expect(await page.textContent('#tried'))
      .to.include('Before it: May be texted')
      .and.include('exact:stop');
    await takePicture(page, 'words-person-1440-light.png');
    expect(faults).to.deep.equal([]);
    await context.close();
  });
});
