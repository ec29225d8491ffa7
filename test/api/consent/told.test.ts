import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { createKey, SCOPES } from '../../../src/access/api-keys.ts';
import { programAt } from '../../support/built.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type Client, newClient } from '../client.ts';
import { type Cell, FACTS, live, loggedAmong, untrueAbout } from './told.ts';

/** Nothing but the consent, each fact alone, and what hides another fact most easily. */
const SLICE: Cell[] = [
  ...[new Set([]), ...FACTS.map((fact) => new Set([fact]))],
  ...[new Set(['paused', 'pending'] as const), new Set(['off', 'held', 'dead'] as const)],
];

describe('all that is said about a person', () => {
  let gateway: Gateway;
  let client: Client;
  const numbers: string[] = [];
  const newNumber = (): string => {
    const number = `+1555139${String(numbers.length).padStart(4, '0')}`;
    numbers.push(number);
    return number;
  };
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  it(`is so in ${SLICE.length} of the combinations of facts about a person`, async function () {
    this.timeout(240_000);
    const found = await Promise.all(SLICE.map((cell) => untrueAbout({ gateway, client }, newNumber(), cell)));
    expect(found.flat()).to.deep.equal([]);
    expect(loggedAmong(gateway, numbers)).to.deep.equal([]);
  });

  it('tells in the terminal at once that the last message failed, and why', async function () {
    this.timeout(120_000);
    const number = newNumber();
    await live({ gateway, client }, number, new Set(['dead', 'paused']));
    const directory = await mkdtemp(join(tmpdir(), 'assent-told-'));
    const { key: apiKey } = await createKey(gateway.store, { name: 'terminal', scopes: SCOPES }, new Date());
    const demo = { gateway: gateway.url, simulator: gateway.simulator.url, apiKey, numbers: {}, logins: [] };
    const whole = { ...demo, mongodb: 'mongodb://127.0.0.1:1', holder: '1 1' };
    await writeFile(join(directory, 'demo.json'), JSON.stringify(whole));
    const command = [...programAt(resolve('scripts', 'status.ts')), number];
    const options = { env: { ...process.env, DATA_DIR: directory } };
    const out = await new Promise<string>((done, fail) =>
      execFile(process.execPath, command, options, (error, said) =>
        error === null ? done(said) : fail(error),
      ),
    );
    await rm(directory, { recursive: true });
    expect(out).to.match(/^Gets no texts now: subscribed to Fernway Deals .*marketing is paused until/);
    expect(out).to.match(/the last message failed on [^;]*: The number is unknown or no longer exists\.\n/);
    expect(out).to.match(/\n {2}last message {2}A marketing message about Weekly deals at .*\(error 30005\)/);
    expect(out).to.match(
      /\n {2}failing {7}the last message, since .*: The number is unknown or no longer exists\./,
    );
    expect(out).not.to.match(/VIA_TEXT|exact:|phrase:/);
    expect(out).not.to.contain(number);
  });
});
