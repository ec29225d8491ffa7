import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import type { Role } from '../../src/domain/access/permissions.ts';
import { axe, launchBrowser, takePicture, watchFaults } from '../support/browser.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const ODD = `<b onclick="x()">no</b> {{7*7}} <%= 1 %> ${'طلبت منكم '.repeat(12)} ${'long'.repeat(60)} what is it`;
const ASKS = [
  'when do you open on sunday and do you have the blue coat',
  ODD,
  'where is my order 1180 please',
];

describe('The queues of the console in a browser', function () {
  this.timeout(300_000);
  let gateway: Gateway;
  let browser: Browser;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    for (const [at, words] of ASKS.entries()) await gateway.text(`+1555123500${at}`, words);
    for (const phone of ['+15551235010', '+15551235011', '+15551235012', '+15551235013']) {
      await gateway.text(phone, 'JOIN');
      await gateway.text(phone, 'YES');
      await gateway.text(phone, 'you text me too much');
    }
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await gateway?.stop();
  });

  async function signedIn(
    role: Role,
    { width = 1440, theme = 'light' as 'light' | 'dark', isScripted = true } = {},
  ) {
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: theme,
      javaScriptEnabled: isScripted,
    });
    const faults = isScripted ? await watchFaults(context) : [];
    const page = await context.newPage();
    await page.goto(`${gateway.url}/console/sign-in`);
    await page.click(`button[value="${role}"]`);
    await page.waitForURL('**/console');
    return { context, faults, page };
  }

  const open = async (page: Page, path: string): Promise<void> => {
    await page.goto(`${gateway.url}/console/${path}`);
  };

  async function saveAnswer(page: Page): Promise<void> {
    await open(page, 'saved-answers');
    await page.click('main a.main');
    await page.fill('#title', 'Opening hours');
    await page.fill('#en', '{brand}: hello {first_name|there}, we open at 10 on Sundays.');
    await page.click('main button.main');
    await page.waitForURL('**/saved-answers');
  }

  it('sends a saved answer by two keys, and goes on to the next', async () => {
    const { context, faults, page } = await signedIn('support');
    await saveAnswer(page);
    await open(page, 'inbox');
    await page.keyboard.press('j');
    await page.waitForSelector('#text');
    const first = page.url();
    await page.keyboard.press('1');
    expect(await page.inputValue('#text')).to.equal('Fernway: hello there, we open at 10 on Sundays.');
    await page.keyboard.press('Enter');
    await page.waitForSelector('text=Your answer is on its way.');
    expect(page.url())
      .to.match(/\/console\/inbox\/./)
      .and.not.equal(first);
    expect(faults).to.deep.equal([]);
    await context.close();
  });

  it('decides a hold by two keys, and goes on to the next', async () => {
    const { context, faults, page } = await signedIn('support');
    await open(page, 'holds');
    await page.keyboard.press('j');
    await page.waitForSelector('#reason');
    const first = page.url();
    await page.keyboard.press('1');
    await page.keyboard.press('Enter');
    await page.waitForSelector('text=Opted out. At most one text confirms it; nothing more is sent.');
    expect(page.url())
      .to.match(/\/console\/holds\/./)
      .and.not.equal(first);
    expect(faults).to.deep.equal([]);
    await context.close();
  });

  it('keeps typed words beside a saved answer, and replaces only the answer chosen before', async () => {
    const { context, page } = await signedIn('support');
    await open(page, 'inbox');
    await page.click('main a.main');
    await page.fill('#text', 'Good morning.');
    await page.selectOption('#saved', { index: 1 });
    await page.selectOption('#saved', { index: 0 });
    await page.selectOption('#saved', { index: 1 });
    expect(await page.inputValue('#text')).to.equal(
      'Good morning.\nFernway: hello there, we open at 10 on Sundays.',
    );
    await context.close();
  });

  it('fills a saved answer without script', async () => {
    const { context, page } = await signedIn('support', { isScripted: false });
    await open(page, 'inbox');
    await page.click('main a.main');
    await page.fill('#text', 'Good morning.');
    await page.selectOption('#saved', { index: 1 });
    await page.click('text=Fill it in');
    expect(await page.inputValue('#text')).to.equal(
      'Good morning.\nFernway: hello there, we open at 10 on Sundays.',
    );
    await context.close();
  });

  it('is worked in Spanish on a phone, from the inbox to the next, with what decides within reach', async () => {
    const { context, faults, page } = await signedIn('support', { width: 390 });
    await open(page, 'account');
    await page.selectOption('[name="language"]', 'es');
    await page.click('main button.main');
    await page.waitForSelector('html[lang="es"]');
    const shoot = (name: string) => takePicture(page, `${name}-390-es.png`);
    await open(page, 'inbox');
    await shoot('inbox');
    await page.click('main tbody tr:last-child a');
    await page.waitForSelector('text=Espera desde hace');
    await shoot('inbox-item');
    expect((await axe(page)).violations).to.deep.equal([]);
    const reaches = Number(await page.evaluate('document.documentElement.scrollWidth'));
    expect(reaches).to.be.at.most(390);
    const bar = await page.locator('.thumb').boundingBox();
    expect((bar?.y ?? 9999) + (bar?.height ?? 0)).to.be.at.most(900);
    await page.locator('form[action$="/close"] button:not(.red)').click();
    await page.waitForSelector('text=Di por qué en pocas palabras');
    expect(await page.evaluate('document.activeElement.id')).to.equal('reason');
    await shoot('inbox-item-refused');
    await page.fill('#text', 'Fernway: a las 10.');
    await page.click('main button.main');
    await page.waitForSelector('.notice.good');
    await shoot('inbox-next');
    await open(page, 'holds');
    await page.click('main a.main');
    await page.waitForSelector('.thumb');
    await takePicture(page, 'hold-top-390-es.png', { fullPage: false });
    await shoot('hold');
    const held = page.url();
    const sam = await signedIn('compliance', { width: 390 });
    await sam.page.goto(held);
    await sam.page.check('[value="opt-out"]');
    await sam.page.click('main button.main');
    await sam.page.waitForSelector('.notice.good');
    await page.check('[value="release"]');
    await page.fill('#reason', 'habla de la hora');
    await page.click('main button.main');
    await page.waitForSelector('#kept');
    await shoot('hold-decided-by-another');
    await context.clearCookies();
    await page.goto(`${gateway.url}/console/sign-in`);
    expect(faults.filter((fault) => !/40[19]|422/.test(String(fault)))).to.deep.equal([]);
    await context.close();
    await sam.context.close();
  });

  for (const width of [1440, 390])
    for (const theme of ['light', 'dark'] as const)
      it(`can be used by everybody at ${width} px in ${theme}`, async () => {
        const { context, faults, page } = await signedIn('compliance', { width, theme });
        const judge = async (name: string): Promise<void> => {
          await takePicture(page, `${name}-${width}-${theme}.png`);
          expect((await axe(page)).violations, name).to.deep.equal([]);
          const reaches = Number(await page.evaluate('document.documentElement.scrollWidth'));
          expect(reaches, `${name} scrolls sideways`).to.be.at.most(width);
        };
        const support = await signedIn('support', { width, theme });
        await open(page, 'holds');
        await judge('holds');
        await page.click('main a.main');
        await open(support.page, page.url().split('/console/')[1] ?? '');
        await support.page.waitForSelector('text=Sam Lindqvist has been looking at this');
        await page.click('main button.main');
        await page.waitForSelector('#fault');
        await judge('hold-undecided');
        await open(page, 'inbox');
        await judge('inbox');
        for (const [path, name] of [
          ['saved-answers', 'saved-answers'],
          ['saved-answers/new', 'saved-answer'],
          ['suppressions', 'suppressions'],
          ['drift', 'drift'],
          ['holds/000000000000000000000000.1', 'hold-over'],
        ] as const) {
          await open(page, path);
          await judge(name);
        }
        await open(page, 'suppressions?kind=opt-out');
        await page.click('main tbody a');
        await page.waitForSelector('text=Overturn the opt-out');
        await judge('person-overturn');
        await page.click('text=Overturn the opt-out');
        await page.waitForURL('**/overturn/**');
        await judge('overturn');
        await open(page, 'inbox');
        await page.click('main tbody tr:last-child a');
        await judge('inbox-item-compliance');
        const item = page.url().split('/console/')[1] ?? '';
        await open(support.page, item);
        await takePicture(support.page, `inbox-item-${width}-${theme}.png`);
        expect((await axe(support.page)).violations, 'inbox-item').to.deep.equal([]);
        const reaches = Number(await support.page.evaluate('document.documentElement.scrollWidth'));
        expect(reaches, 'inbox-item scrolls sideways').to.be.at.most(width);
        expect([...faults, ...support.faults]).to.deep.equal([]);
        await context.close();
        await support.context.close();
      });
});
