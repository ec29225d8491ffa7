import { expect } from 'chai';
import { type Client, newClient } from '../api/client.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { marketer, SUBSCRIBED, slowSender } from './marketer.ts';

describe('reading a campaign through the API', () => {
  let gateway: Gateway;
  let client: Client;
  let team: ReturnType<typeof marketer>;
  before(async () => {
    gateway = await startGateway({ worker: 'sending', senders: slowSender(50) });
    client = await newClient(gateway);
    team = marketer(client);
    await team.words('offer', '{brand}: an offer');
  });
  after(() => gateway.stop());

  const TREE = {
    kind: 'all',
    of: [SUBSCRIBED, { kind: 'none', of: [{ kind: 'state', oneOf: ['CA', 'NY'] }] }],
  };

  it('gives the segment, so that the whole draft can be saved again with one change', async () => {
    expect((await team.draft('whole', { segment: TREE })).body.segment).to.deep.equal(TREE);
    const { name: _, program, topic, template, segment, capped } = await team.show('whole');
    const again = { name: 'Another name', program, topic, template, segment, capped };
    const saved = await client('put', '/campaigns/whole', { body: again });
    expect(saved.body).to.deep.include({ name: 'Another name', segment: TREE });
  });

  it('gives the segment of a resend too, which has to stay', async () => {
    await team.draft('first', { segment: TREE });
    await team.post('first', 'cancel');
    const { body: made } = await team.post('first', 'missed', { id: 'first-again' });
    const again = await team.draft('first-again', { name: 'Once more', segment: made.segment });
    expect([again.status, again.body.name]).to.deep.equal([200, 'Once more']);
  });

  it('lists the campaigns of one state, or the runs of one recurrence', async () => {
    await team.draft('listed');
    const ids = async (query: string) =>
      (await client('get', '/campaigns', { query })).body.items.map(({ id }: { id: string }) => id);
    expect(await ids('state=draft'))
      .to.include('listed')
      .and.not.include('first');
    expect(await ids('state=canceled')).to.deep.equal(['first']);
    expect(await ids('run_of=listed')).to.deep.equal([]);
    expect((await client('get', '/campaigns', { query: 'state=over' })).status).to.equal(400);
  });
});
