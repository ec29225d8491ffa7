import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { PAGES } from '../../src/console/pages.ts';
import { axe, launchBrowser, SHOTS, takePicture, watchFaults } from '../support/browser.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const ANA = '+15551234001';
const BEN = '+15551234002';
const CARMEN = '+15551234003';

/** Addresses that lead to no page of their own: downloads, the phones (they have their own test), parts of a page. */
const NO_PAGES = /\.(csv|json|ndjson|txt)$|^\/(phones|again|sign-)/;

const LISTS = PAGES.filter(
  ({ method, path, only }) =>
    method === 'get' && only !== 'accounts' && !path.includes(':') && !NO_PAGES.test(path),
).map(({ path }) => (path === '/' ? '/console' : `/console${path}`));

/** Links of lists to one of what they list. */
const DOOR = /^\/console\/(people|holds|inbox|sent)\/[\w.-]+(\/proof)?$/;

describe('Every page of the console in a browser', function () {
  this.timeout(300_000);
  let gateway: Gateway;
  let browser: Browser;
  const unjudged = new Set<string>();

  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    for (const phone of [ANA, BEN, CARMEN]) {
      await gateway.text(phone, 'JOIN');
      await gateway.text(phone, 'YES');
    }
    await gateway.text(ANA, 'you text me too much');
    await gateway.text(BEN, 'where is my order? <b>it is late</b> \u202eשלום');
    await gateway.text(CARMEN, 'STOP');
    browser = await launchBrowser();
  });
  after(async () => {
    const list = [...unjudged].sort().join('\n');
    writeFileSync(join(SHOTS, 'axe-could-not-judge.txt'), list);
    process.stdout.write(`axe could not judge:\n${list}\n`);
    await browser?.close();
    await gateway?.stop();
  });

  /** The lists, and the first thing that each of them leads to. */
  async function addresses(page: Page): Promise<string[]> {
    const found = new Map<string, string>();
    for (const path of LISTS) {
      await page.goto(gateway.url + path);
      const links = (await page.evaluate(
        `[...document.querySelectorAll('main a[href]')].map((link) => new URL(link.href).pathname)`,
      )) as string[];
      for (const link of links) {
        const kind = DOOR.exec(link);
        if (kind !== null)
          found.set(`${kind[1]}${kind[2] ?? ''}`, found.get(`${kind[1]}${kind[2] ?? ''}`) ?? link);
      }
    }
    return [...LISTS, ...found.values()];
  }

  it('shows each at 320 px and with text of 200 %, to a browser whose clock is wrong, without scrolling sideways', async () => {
    const context = await browser.newContext({ viewport: { width: 320, height: 700 } });
    await context.clock.setFixedTime(new Date('2026-01-01T12:00:00Z'));
    const faults = await watchFaults(context);
    const page = await context.newPage();
    await page.goto(`${gateway.url}/console/sign-in`);
    await page.click('button[value="admin"]');
    await page.waitForURL('**/console');
    const tooWide: string[] = [];
    for (const path of await addresses(page)) {
      for (const [width, size] of [
        [320, '100%'],
        [640, '200%'],
      ] as const) {
        await page.setViewportSize({ width, height: 700 });
        await page.goto(gateway.url + path);
        await page.evaluate(`document.documentElement.style.fontSize = '${size}'`);
        const name = `${nameOf(path)}_${width}_${size.replace('%', '')}`;
        await takePicture(page, `page_${name}.png`);
        const wider = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
        if (wider > 0) tooWide.push(`${name} by ${wider} px`);
      }
    }
    expect(tooWide).to.deep.equal([]);
    expect(faults).to.deep.equal([]);
    await context.close();
  });

  it('shows each list without script', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${gateway.url}/console/sign-in`);
    await page.click('button[value="admin"]');
    await page.waitForURL('**/console');
    for (const path of LISTS) {
      const answer = await page.goto(gateway.url + path);
      expect(answer?.status(), path).to.equal(200);
      expect(await page.locator('main h1').count(), path).to.equal(1);
    }
    await context.close();
  });

  it('speaks Spanish to the support desk', async () => {
    const context = await browser.newContext({ viewport: { width: 390, height: 900 } });
    const faults = await watchFaults(context);
    const page = await context.newPage();
    await page.goto(`${gateway.url}/console/sign-in`);
    await page.click('button[value="support"]');
    await page.waitForURL('**/console');
    await page.goto(`${gateway.url}/console/account`);
    await page.selectOption('#language', 'es');
    await page.click('main .fields button');
    await page.waitForSelector('.notice.good');
    for (const path of ['/console', '/console/people', '/console/inbox', '/console/account']) {
      await page.goto(gateway.url + path);
      expect(await page.getAttribute('html', 'lang'), path).to.equal('es');
      await takePicture(page, `page_${nameOf(path)}_es.png`);
      expect((await axe(page)).violations, path).to.deep.equal([]);
    }
    expect(faults).to.deep.equal([]);
    await context.close();
  });

  for (const width of [1440, 390]) {
    for (const theme of ['light', 'dark'] as const) {
      it(`shows each to an administrator without a fault at ${width} px in ${theme}`, async () => {
        const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: theme });
        const faults = await watchFaults(context);
        const page = await context.newPage();
        await page.goto(`${gateway.url}/console/sign-in`);
        await page.click('button[value="admin"]');
        await page.waitForURL('**/console');
        const paths = await addresses(page);
        for (const kind of ['holds', 'inbox', 'people'])
          expect(
            paths.some((path) => path.startsWith(`/console/${kind}/`)),
            `a door to ${kind}`,
          ).to.equal(true);
        for (const path of paths) {
          await page.goto(gateway.url + path);
          const name = `${nameOf(path)}_${width}_${theme}`;
          await takePicture(page, `page_${name}.png`);
          const { violations, incomplete } = await axe(page);
          for (const what of incomplete) unjudged.add(`${nameOf(path)}: ${what.split(':')[0]}`);
          expect(violations, name).to.deep.equal([]);
          const wider = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
          expect(wider, `${name} scrolls sideways`).to.equal(0);
          expect(await page.locator('h1').count(), `${name} has one heading of the page`).to.equal(1);
        }
        expect(faults).to.deep.equal([]);
        await context.close();
      });
    }
  }
});

/** The address without what differs from run to run. */
const nameOf = (path: string): string =>
  path
    .replace(/^\/console\/?/, '')
    .replace(/^(\w+)\/[\w.-]+/, '$1_detail')
    .replaceAll('/', '_') || 'home';
