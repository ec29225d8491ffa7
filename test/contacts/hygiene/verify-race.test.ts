import { expect } from 'chai';
import type { AppContext } from '../../../src/consent/app-context.ts';
import { runVerifications } from '../../../src/contacts/verification.ts';
import type { OpenedContext } from '../../../src/open-context.ts';
import { type Client, newClient } from '../../api/client.ts';
import { contextOf } from '../../receipts/rows.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';

const WRITES = '+15551890101';
const SILENT = '+15551890102';

describe('a text that comes while its number is looked up', () => {
  let gateway: Gateway;
  let client: Client;
  let open: OpenedContext;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', lookup: true });
    client = await newClient(gateway);
    open = await contextOf(gateway);
    for (const number of [WRITES, SILENT]) await gateway.text(number, 'JOIN');
    await gateway.text(SILENT, 'YES');
    await gateway.sim(
      'PUT',
      '/sim/behaviours',
      [WRITES, SILENT].map((number) => ({
        match: { number },
        on: 'lookup',
        effect: { kind: 'line', type: 'landline' },
      })),
    );
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  /** A context whose lookups are answered only after `text`. */
  const answeredAfter = (meanwhile: () => Promise<unknown>): AppContext => {
    const { lookup } = open.context;
    if (lookup === null) throw new Error('the gateway was started without Lookup');
    const look: typeof lookup.look = async (question) => {
      if (question.number === WRITES) await meanwhile();
      return lookup.look(question);
    };
    return { ...open.context, lookup: { ...lookup, look } };
  };

  it('outweighs the answer, and the consent it gave stays', async () => {
    const { id } = (await client('post', '/verifications', { body: {} })).body;
    await runVerifications(
      answeredAfter(() => gateway.text(WRITES, 'YES')),
      () => true,
    );
    const contactOf = (number: string) =>
      gateway.store.contacts.findOne({ index: open.context.indexOf(number) });
    const [wrote, silent] = [await contactOf(WRITES), await contactOf(SILENT)];
    expect(wrote?.subscriptions[0]).to.include({ state: 'subscribed' });
    expect(await gateway.store.suppressions.countDocuments({ index: wrote?.index ?? '' })).to.equal(0);
    expect(silent?.subscriptions[0]).to.include({ state: 'expired', endedBy: 'not-mobile' });
    const { state, refused, outcomes } = (await client('get', `/verifications/${id}`)).body;
    expect({ state, refused, outcomes }).to.deep.equal({
      ...{ state: 'done', refused: 1, outcomes: { landline: 2 } },
    });
  });
});
