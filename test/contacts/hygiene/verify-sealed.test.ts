import { expect } from 'chai';
import { runVerifications } from '../../../src/contacts/verification.ts';
import type { OpenedContext } from '../../../src/open-context.ts';
import { type Client, newClient } from '../../api/client.ts';
import { contextOf } from '../../receipts/rows.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';

/** A segment that leaves out staff. */
const NOT_STAFF = {
  kind: 'none',
  of: [{ kind: 'field', name: 'second_mail', test: { kind: 'starts-with', value: 'staff' } }],
};

describe('a verification over a segment that asks a field that was sealed since', () => {
  let gateway: Gateway;
  let client: Client;
  let open: OpenedContext;
  before(async () => {
    gateway = await startGateway({ worker: false, lookup: true });
    client = await newClient(gateway);
    open = await contextOf(gateway);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  it('is canceled with the reason and looks nobody up', async () => {
    const raw = JSON.stringify({ phone: '+15551890001' });
    await client('post', '/contacts/bulk', { raw, type: 'application/x-ndjson' });
    const { contactFields } = gateway.store;
    const field = { type: 'text' as const, label: 'Second mail', identifies: null, used: false };
    await contactFields.insertOne({ _id: 'second_mail', ...field });
    const begun = (await client('post', '/verifications', { body: { segment: NOT_STAFF } })).body;
    expect(begun).to.include({ people: 1, why: null });
    await contactFields.updateOne({ _id: 'second_mail' }, { $set: { identifies: 'mailbox', used: true } });
    await runVerifications(open.context, () => true);
    const ended = (await client('get', `/verifications/${begun.id}`)).body;
    expect(ended).to.include({ state: 'canceled', looked_at: 0, asked: 0 });
    expect(ended.why).to.match(/^“Second mail” holds mailboxes .* Begin another, with another segment\.$/);
    expect(await (await gateway.sim('GET', '/sim/ledger')).text()).not.to.contain('"lookup"');
  });
});
