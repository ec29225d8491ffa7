import { expect } from 'chai';
import { runBackTests } from '../../../src/consent/programs/back-test.ts';
import type { OpenedContext } from '../../../src/open-context.ts';
import { deskOf } from '../../receipts/rows.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type Client, newClient } from '../client.ts';

const PHONE = '+15551660011';
/** Today a hold. */
const TRIED = { changes: [{ list: 'harmless-phrase', add: ['too many texts'] }] };

describe('whose texts a back-test found', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    open = await deskOf(gateway);
    for (const body of ['JOIN', 'YES', 'i get too many texts']) await gateway.text(PHONE, body);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const lines = (): number => gateway.logs.filter((one) => one.includes('evidence was read')).length;
  const foundBy = async (client: Client) => {
    const begun = await client('post', '/back-tests', { body: { rules: TRIED, days: 30 } });
    await runBackTests(open.context, () => true);
    const path = `/back-tests/${begun.body.id}`;
    return [await client('get', path), await client('post', `${path}/cancel`, { body: {} })];
  };

  it('is not told to a key that may not read evidence: the word that it tried is what they wrote', async () => {
    const reviewer = await newClient(gateway, ['reviews:read', 'reviews:write']);
    for (const { body, text } of await foundBy(reviewer)) {
      expect(body.groups).to.deep.equal([
        { from: 'hold', to: 'nothing', lost: false, count: 1, samples: null },
      ]);
      expect(text).not.to.contain('"contact"').and.not.to.contain('phrase:tried');
    }
    expect(lines()).to.equal(0);
  });

  it('is told to one that may, and each time leaves a line of it', async () => {
    const auditor = await newClient(gateway, ['reviews:read', 'reviews:write', 'evidence:read']);
    for (const { body } of await foundBy(auditor)) {
      expect(body.groups[0].samples[0].contact.masked).to.match(/0011$/);
    }
    expect(lines()).to.equal(2);
  });
});
