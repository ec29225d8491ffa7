import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { SENDERS } from '../../../scripts/seed/programs.ts';
import { createKey, SCOPES } from '../../../src/access/api-keys.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import type { Values } from './page.ts';
import { runPage } from './run-page.ts';

const PAGE = readFileSync('docs/first-steps.md', 'utf8');

describe('the first steps, from an empty database', () => {
  let gateway: Gateway;
  const values: Values = {};
  before(async () => {
    gateway = await startGateway({ programs: [], senders: [SENDERS.shop] });
    await gateway.store.senders.deleteMany({});
    const { key } = await createKey(gateway.store, { name: 'set-up', scopes: SCOPES }, new Date());
    Object.assign(values, { URL: gateway.url, KEY: key });
  });
  after(() => gateway.stop());

  runPage(PAGE, () => ({ gateway, values }));

  it('end with a person who joins', async () => {
    const said = async (words: string): Promise<string> =>
      (await gateway.text('+15551234001', words)).replies.join('\n');
    expect(await said('SAVE')).to.match(/Fernway Offers.*YES/);
    expect(await said('YES')).to.match(/Fernway Offers/);
  });
});
