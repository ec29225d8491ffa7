import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { seedAudience } from '../../scripts/seed/audience/audience.ts';
import { createKey, SCOPES } from '../../src/access/api-keys.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { callOf, type Example, examplesIn, type Values, wordsOf } from './page.ts';

const PAGE = readFileSync('docs/tutorial.md', 'utf8');

/** Longest time until an answer is as the page shows it, where the page says to ask again, ms. */
const PATIENCE_MS = 20_000;

describe('the tutorial, from its top to its end', () => {
  let gateway: Gateway;
  const values: Values = {};
  before(async () => {
    gateway = await startGateway();
    const { key } = await createKey(gateway.store, { name: 'tutorial', scopes: SCOPES }, new Date());
    Object.assign(values, { URL: gateway.url, KEY: key });
    const people = { people: 40, seed: 1, now: new Date(), progress: () => undefined };
    await seedAudience(gateway.store, gateway.config, people);
  });
  after(() => gateway.stop());

  for (const { command, answer } of examplesIn(PAGE)) {
    if (answer === null) it(`texts: ${command.split('\n').length} times`, () => texts(command));
    else it(`${command.split(' -H')[0]} (${answer.status})`, () => asks(command, answer));
  }

  async function texts(commands: string): Promise<void> {
    for (const line of commands.split('\n')) {
      const [npm, run, text, dashes, from = '', ...body] = wordsOf(line, values);
      expect([npm, run, text, dashes].join(' ')).to.equal('npm run text --');
      const { messages } = await gateway.text(from, body.join(' '));
      expect(messages, line).not.to.be.empty;
    }
  }

  async function asks(command: string, shown: NonNullable<Example['answer']>): Promise<void> {
    const { method, url, headers, body } = callOf(command, values);
    for (const giveUp = Date.now() + PATIENCE_MS; ; ) {
      const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
      const given = (await response.json()) as Record<string, string>;
      const differs = difference(shown.body, given, '');
      if (method === 'GET' && differs !== null && Date.now() < giveUp) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        continue;
      }
      expect(response.status, JSON.stringify(given)).to.equal(shown.status);
      expect(differs, JSON.stringify(given)).to.equal(null);
      for (const [name, field] of shown.keep) values[name] = given[field] ?? '';
      return;
    }
  }
});

/** Where a whole answer does not say what the page shows of it; "…" stands for any text, a list has it in any order. */
function difference(shown: unknown, given: unknown, at: string): string | null {
  if (shown === '…') return typeof given === 'string' ? null : at;
  if (shown === null || typeof shown !== 'object') return shown === given ? null : at;
  if (Array.isArray(shown)) {
    const list = Array.isArray(given) ? given : [];
    const missing = shown.findIndex((one) => list.every((other) => difference(one, other, at) !== null));
    return missing < 0 ? null : `${at}[${missing}]`;
  }
  for (const [name, one] of Object.entries(shown)) {
    const differs = difference(one, Object(given)[name], `${at}.${name}`);
    if (differs !== null) return differs;
  }
  return null;
}
