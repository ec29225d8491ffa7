import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { freePort } from '../../scripts/rig/free-port.ts';
import { ROOT } from '../../src/config.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { PASSWORD } from '../console/client.ts';
import { axe, launchBrowser, takePicture, watchFaults } from '../support/browser.ts';
import { programAt } from '../support/built.ts';
import { until } from '../support/until.ts';

const WIDTHS = [1440, 390] as const;
const WIDER = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
const ANA = '+15551238801';
const CODE = '28555';
const LINK = /http:\S+\/console\/welcome\/[\w-]{43}/;

const secret = (): string => randomBytes(32).toString('base64');

/** Variables that the test's own runner sets, which an installation does not have. */
const OF_TESTS = /^(ASSENT_|MONGODB_URI$|ROLE$|DATA_DIR$)/;

describe('A fresh installation in a browser', function () {
  this.timeout(300_000);
  const account = { accountSid: `AC${'1'.repeat(32)}`, authToken: randomBytes(16).toString('hex') };
  let folder: string;
  let url: string;
  let simulator: Simulator;
  let gateway: ChildProcess;
  let browser: Browser;
  let printed = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assent-first-run-'));
    const [port, simulatorPort] = [await freePort(), await freePort()];
    url = `http://127.0.0.1:${port}`;
    const elsewhere = 'http://127.0.0.1:9/elsewhere';
    simulator = await createSimulator({
      ...account,
      port: simulatorPort,
      seed: 1,
      numbers: [
        {
          number: CODE,
          kind: 'short-code',
          handling: 'own',
          messagingServiceSid: null,
          inboundUrl: elsewhere,
        },
      ],
    });
    const own = Object.entries(process.env).filter(([name]) => !OF_TESTS.test(name));
    const [program = '', ...args] = programAt(join(ROOT, 'src', 'main.ts'));
    // Without MONGODB_URI it starts a database of its own in the folder.
    gateway = fork(program, args, {
      silent: true,
      env: {
        ...Object.fromEntries(own),
        CONSOLE: 'on',
        SESSION_SECRET: secret(),
        PORT: String(port),
        PUBLIC_URL: url,
        TWILIO_ACCOUNT_SID: account.accountSid,
        TWILIO_AUTH_TOKEN: account.authToken,
        TWILIO_API_BASE: simulator.url,
        KEYRING: `k1:${secret()}`,
        BLIND_INDEX_KEY: `1:${secret()}`,
        LEDGER_KEY: `1:${secret()}`,
        DATA_DIR: folder,
        LOG_LEVEL: 'warn',
      },
    });
    for (const stream of [gateway.stdout, gateway.stderr])
      stream?.on('data', (lines: Buffer) => {
        printed += lines.toString();
      });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    if (gateway !== undefined && gateway.exitCode === null) {
      gateway.kill('SIGTERM');
      await once(gateway, 'exit');
    }
    await simulator?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const sim = (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(simulator.url + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  const handset = async (): Promise<string[]> => {
    const answer = await sim('GET', `/sim/handsets/${encodeURIComponent(ANA)}`);
    const { messages } = (await answer.json()) as { messages: { direction: string; body: string }[] };
    return messages.filter(({ direction }) => direction === 'out').map(({ body }) => body);
  };

  async function textAndRead(body: string, answer: RegExp): Promise<void> {
    const { status } = (await (
      await sim('POST', '/sim/inbound', { from: ANA, to: CODE, body, fields: {} })
    ).json()) as { status: number | null };
    expect(status, `the webhook's answer to ${body}`).to.equal(200);
    await until(`the answer to ${body} arrives`, async () =>
      (await handset()).some((words) => answer.test(words)),
    );
  }

  /** Photographs a page at both widths, and finds nothing wrong with it. */
  async function photograph(page: Page, name: string): Promise<void> {
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      await takePicture(page, `first-run-${name}-${width}.png`);
      expect((await axe(page)).violations, `${name} at ${width} px`).to.deep.equal([]);
      expect(await page.evaluate(WIDER), `${name} at ${width} px`).to.be.at.most(0);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  }

  const press = async (page: Page, button: string): Promise<void> => {
    await Promise.all([page.waitForNavigation(), page.click(button)]);
  };

  async function becomeAdmin(page: Page): Promise<void> {
    await until('the installation prints a link', async () => LINK.test(printed), 120_000);
    await page.goto(LINK.exec(printed)?.[0] ?? 'about:blank');
    await photograph(page, '1-welcome');
    await page.fill('#name', 'Ada Brandt');
    await page.fill('#email', 'ada@fernway.example');
    await page.fill('#password', PASSWORD);
    await press(page, 'main button.main');
    await page.waitForSelector('text=5 steps lead from here to the first message.');
    await photograph(page, '2-home');
  }

  async function addNumber(page: Page): Promise<void> {
    await page.click('main a.main:has-text("Add a number")');
    await page.fill('#new-number', '2855');
    await press(page, 'main button.main');
    await page.waitForSelector('text=Number: Type five or six digits');
    await page.fill('#new-number', CODE);
    await photograph(page, '3-number');
    await press(page, 'main button.main');
    await page.waitForSelector('text=Saved. Now see below where the carrier posts its texts.');
    await photograph(page, '4-webhook');
    await page.click('button:has-text("Set them at the carrier")');
    await page.waitForSelector('text=Every address is as it must be.');
    await page.goto(`${url}/console/doctor`);
    await page.click('button:has-text("Test again")');
    await page.waitForSelector('text=Tested again just now.');
    await photograph(page, '5-doctor');
  }

  async function makeProgram(page: Page): Promise<void> {
    await page.goto(`${url}/console`);
    await page.waitForSelector('text=2 of 5 steps to the first message are done.');
    await page.click('main a.main:has-text("Make a program")');
    const fields = {
      brand: 'Fernway',
      name: 'Fernway Orders',
      id: 'orders',
      description: 'news of your orders',
      frequency: '4 msgs/month',
      keyword: 'JOIN',
      topic: 'Orders',
      word: 'ORDERS',
      support: '1-800-555-0142',
      terms_url: 'https://fernway.example/terms',
      privacy_url: 'https://fernway.example/privacy',
    };
    for (const [name, value] of Object.entries(fields)) await page.fill(`#new-${name}`, value);
    // Messages about orders leave at any hour, so that this test does too.
    await page.selectOption('#new-purpose', 'informational');
    await photograph(page, '6-program');
    await press(page, 'main button.main');
    await page.waitForSelector('text=Saved. People can join it now.');
    await page.goto(`${url}/console`);
    await page.waitForSelector(`main table >> text=text JOIN to ${CODE}, and answer YES.`);
    await photograph(page, '7-home');
  }

  async function optIn(page: Page): Promise<void> {
    await textAndRead('JOIN', /Reply YES/i);
    await textAndRead('YES', /^You joined Fernway Orders/);
    await page.goto(`${url}/console/people`);
    await page.waitForSelector('text=ending 8801');
    await photograph(page, '8-people');
    await page.goto(`${url}/console`);
    await page.waitForSelector('text=4 of 5 steps to the first message are done.');
    await photograph(page, '9-home');
  }

  async function sendMessage(page: Page): Promise<void> {
    await page.click('main a.main:has-text("Make a key")');
    await page.fill('#key-name', 'shop');
    await page.check('input[value="messages:write"]');
    await press(page, 'main button.main');
    const key = await page.inputValue('#key-secret');
    const text = 'Fernway: your order 1042 is on its way.';
    const answer = await fetch(`${url}/api/v1/messages`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${key}`,
        'Content-Type': 'application/json',
        'Idempotency-Key': 'first-message',
      },
      body: JSON.stringify({ phone: ANA, program: 'orders', topic: 'orders', text }),
    });
    expect(answer.status, await answer.text()).to.be.below(300);
    await until('the message arrives', async () => (await handset()).includes(text));
    await page.goto(`${url}/console`);
    await page.waitForSelector('text=All five first steps are done');
    await photograph(page, '10-home');
    await page.goto(`${url}/console`);
    expect(await page.textContent('main')).to.not.include('first steps');
  }

  it('goes from the printed link to the first opt-in and the first message by its pages', async () => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US' });
    const faults = await watchFaults(context);
    const page = await context.newPage();
    const begun = performance.now();
    const seconds: string[] = [];
    const steps = { becomeAdmin, addNumber, makeProgram, optIn, sendMessage };
    for (const [name, step] of Object.entries(steps)) {
      await step(page);
      seconds.push(`${name} ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    }
    process.stdout.write(`First run: ${seconds.join(', ')}\n`);
    expect(faults).to.deep.equal([]);
    await context.close();
  });
});
