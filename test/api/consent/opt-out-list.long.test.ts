import { expect } from 'chai';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type Client, newClient } from '../client.ts';

const PEOPLE = 100_000;
const HOUR_MS = 3_600_000;

describe('a list of 100,000 opt-outs through the API', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: false });
    client = await newClient(gateway, ['consent:write']);
  });
  after(() => gateway.stop());

  it('is in force when it is answered, and one line more is refused', async () => {
    const phones = Array.from({ length: PEOPLE + 1 }, (_, at) => `+1${5_552_000_000 + at}`);
    const raw = phones.map((phone) => `${JSON.stringify({ phone, channel: 'PAPER_FORM' })}\n`).join('');
    const began = performance.now();
    const { status, body } = await client('post', '/opt-outs/bulk', { raw, type: 'application/x-ndjson' });
    console.log(`      100,000 opt-outs in ${((performance.now() - began) / 1000).toFixed(1)} s`);
    expect(status).to.equal(200);
    expect(body.at(-2)).to.deep.include({ line: PEOPLE + 1, result: 'refused' });
    expect(body.at(-1)).to.deep.equal({
      report: { lines: PEOPLE + 1, in_force: PEOPLE, refused: 1, failed: 0 },
    });
    const { suppressions, consentEvents } = gateway.store;
    expect(await suppressions.countDocuments({ scope: 'all', kind: 'opt-out' })).to.equal(PEOPLE);
    expect(await consentEvents.countDocuments({ kind: 'withdrawn' })).to.equal(PEOPLE);
  }).timeout(HOUR_MS);
});
