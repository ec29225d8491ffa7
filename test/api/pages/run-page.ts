import { expect } from 'chai';
import type { Gateway } from '../../support/gateway.ts';
import { answerOf, callOf, type Example, examplesIn, type Values, wordsOf } from './page.ts';

/** The longest time in ms until an answer is as the page shows it, when the page says to ask again. */
const PATIENCE_MS = 20_000;

/**
 * The gateway on which a page is run. `values` replace the `$NAMES` of the page, and values that the page keeps are
 * added to them.
 */
export type PageSetup = { gateway: Gateway; values: Values };

/** Defines one test for each command of a page, in its order. */
export function runPage(page: string, stage: () => PageSetup): void {
  for (const { command, answer } of examplesIn(page)) {
    if (answer === null) it(`texts: ${command.split('\n').length} times`, () => texts(stage(), command));
    else it(`${command.split(' -H')[0]} (${answer.status})`, () => asks(stage(), command, answer));
  }
}

async function texts({ gateway, values }: PageSetup, commands: string): Promise<void> {
  for (const line of commands.split('\n')) {
    const [npm, run, text, dashes, from = '', ...body] = wordsOf(line, values);
    expect([npm, run, text, dashes].join(' ')).to.equal('npm run text --');
    const { replies } = await gateway.text(from, body.join(' '));
    expect(replies, line).not.to.be.empty;
  }
}

async function asks(
  { values }: PageSetup,
  command: string,
  shown: NonNullable<Example['answer']>,
): Promise<void> {
  const { method, url, headers, body } = callOf(command, values);
  for (const giveUp = Date.now() + PATIENCE_MS; ; ) {
    const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
    const type = response.headers.get('content-type') ?? '';
    const given = answerOf(type, await response.text()) as Record<string, string>;
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

/**
 * The path at which an answer differs from the page, or null. "…" on the page stands for any text, and a list may
 * have any order.
 */
function difference(shown: unknown, given: unknown, at: string): string | null {
  if (shown === '…') return typeof given === 'string' ? null : at;
  if (shown === null || typeof shown !== 'object') return shown === given ? null : at;
  if (Array.isArray(shown)) {
    const list = Array.isArray(given) ? given : [];
    const missing = shown.findIndex((item) => list.every((other) => difference(item, other, at) !== null));
    return missing < 0 ? null : `${at}[${missing}]`;
  }
  for (const [name, value] of Object.entries(shown)) {
    const differs = difference(value, Object(given)[name], `${at}.${name}`);
    if (differs !== null) return differs;
  }
  return null;
}
