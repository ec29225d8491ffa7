import { expect } from 'chai';
import { runBackTests } from '../../../src/consent/programs/back-test.ts';
import type { OpenedContext } from '../../../src/open-context.ts';
import { contextOf } from '../../receipts/rows.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type Client, newClient } from '../client.ts';

const PHONE = '+15551660011';
/** Today a hold. */
const TRIED = { changes: [{ list: 'harmless-phrase', add: ['too many texts'] }] };

describe("the people in a back-test's findings", () => {
  let gateway: Gateway;
  let open: OpenedContext;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    open = await contextOf(gateway);
    for (const body of ['JOIN', 'YES', 'i get too many texts']) await gateway.text(PHONE, body);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const lines = (): number => gateway.logs.filter((log) => log.includes('evidence was read')).length;
  const foundBy = async (client: Client) => {
    const begun = await client('post', '/back-tests', { body: { rules: TRIED, days: 30 } });
    await runBackTests(open.context, () => true);
    const path = `/back-tests/${begun.body.id}`;
    return [await client('get', path), await client('post', `${path}/cancel`, { body: {} })];
  };

  it('are hidden from a key that may not read evidence, since the tried word is what they wrote', async () => {
    const reviewer = await newClient(gateway, ['reviews:read', 'reviews:write']);
    for (const { body, text } of await foundBy(reviewer)) {
      expect(body.groups).to.deep.equal([
        { from: 'hold', to: 'nothing', lost: false, count: 1, samples: null },
      ]);
      expect(text).not.to.contain('"contact"').and.not.to.contain('phrase:tried');
    }
    expect(lines()).to.equal(0);
  });

  it('are shown to a key that may read evidence, and each read is logged', async () => {
    const auditor = await newClient(gateway, ['reviews:read', 'reviews:write', 'evidence:read']);
    for (const { body } of await foundBy(auditor)) {
      expect(body.groups[0].samples[0].contact.masked).to.match(/0011$/);
    }
    expect(lines()).to.equal(2);
  });
});
