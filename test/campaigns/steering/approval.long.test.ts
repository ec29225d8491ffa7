import { expect } from 'chai';
import { type Client, clientWith, newClient } from '../../api/client.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { marketer, person, subscribe } from '../marketer.ts';

describe('the start of a campaign to many people', () => {
  let gateway: Gateway;
  let team: ReturnType<typeof marketer>;
  before(async () => {
    gateway = await startGateway({ worker: 'sending' });
    team = marketer(await newClient(gateway));
    await subscribe(gateway, 12);
    await team.words('offer', '{brand}: an offer');
  });
  after(() => gateway.stop());

  it('needs the approval of a second person with another key, for the draft as it stands', async () => {
    await team.rules({}, 5);
    const second = marketer(await newClient(gateway));
    await team.draft('large');
    const alone = await team.post('large', 'start');
    expect(alone.status).to.equal(409);
    expect(alone.body.detail).to.match(
      /^It would go to 12 people; above 5 a second person must approve it\./,
    );
    const own = await team.post('large', 'approve');
    expect([own.status, own.body.detail]).to.deep.equal([
      409,
      'The key that asked for the approval cannot approve. A second person must approve, with a key of their own.',
    ]);
    const approved = await second.post('large', 'approve');
    const { asked_by, approved_by } = approved.body.approval;
    expect(asked_by).to.match(/^[0-9a-f]{16}$/);
    expect(approved_by)
      .to.match(/^[0-9a-f]{16}$/)
      .and.not.equal(asked_by);
    await team.words('offer', '{brand}: another offer');
    expect((await team.post('large', 'start')).body.detail).to.match(
      /^The campaign was changed since it was approved/,
    );
    await second.post('large', 'approve');
    await team.draft('large', { name: 'larger' });
    expect((await team.show('large')).approval).to.equal(null);
    expect((await team.post('large', 'start')).status).to.equal(409);
    await second.post('large', 'approve');
    expect((await team.post('large', 'start')).status).to.equal(200);
    await team.rules({}, null);
    await team.reaches('large', 'finished');
  });

  it('is not allowed to the person who approved, who may have written the words too', async () => {
    await team.rules({}, 5);
    const second = marketer(await newClient(gateway));
    await team.draft('alone');
    await second.words('offer', '{brand}: words of one person alone');
    expect((await second.post('alone', 'approve')).status).to.equal(200);
    const alone = await second.post('alone', 'start');
    expect([alone.status, alone.body.type, alone.body.detail]).to.deep.equal([
      409,
      '/api/docs#not-possible',
      'The key that approved it cannot start it. The key that asked for its approval can, or any other.',
    ]);
    const { state, approval } = await team.show('alone');
    expect(state).to.equal('draft');
    expect(approval.asked_by).not.to.equal(approval.approved_by);
    await team.words('offer', '{brand}: other words of another person');
    expect((await team.post('alone', 'approve')).status).to.equal(409);
    expect((await second.post('alone', 'approve')).status).to.equal(200);
    expect((await team.post('alone', 'start')).status).to.equal(200);
    await team.rules({}, null);
    await team.reaches('alone', 'finished');
  });

  it('is neither approved nor allowed with a key that the first person may have made', async () => {
    await team.rules({}, 5);
    const byKey = async (maker: Client): Promise<Client> => {
      const scopes = ['campaigns:send', 'programs:read', 'keys:manage'];
      const made = await maker('post', '/keys', { body: { name: 'for myself', scopes } });
      expect(made.status).to.equal(201);
      return clientWith(gateway.url, made.body.key);
    };
    const [own, other] = [await newClient(gateway), await newClient(gateway)];
    const child = await byKey(own);
    const kin = [child, await byKey(child), await byKey(own)].map(marketer);
    const asker = marketer(own);
    await asker.draft('kin');
    for (const approver of [...kin, asker]) {
      const refused = await approver.post('kin', 'approve');
      expect([refused.status, refused.body.detail]).to.satisfy(
        ([status, detail]: [number, string]) =>
          status === 409 && detail.startsWith('The key that asked for the approval cannot approve'),
      );
    }
    // A sibling asks: neither who made it nor what came of it is a second person.
    await asker.draft('sibling');
    expect((await kin[2]?.post('sibling', 'start'))?.status).to.equal(409);
    expect((await kin[1]?.post('sibling', 'approve'))?.body.detail).to.match(
      /One of these keys made the other/,
    );

    const [second, secondKin] = [marketer(other), marketer(await byKey(other))];
    expect((await second.post('kin', 'approve')).status).to.equal(200);
    const alone = await secondKin.post('kin', 'start');
    expect([alone.status, alone.body.detail]).to.satisfy(
      ([status, detail]: [number, string]) =>
        status === 409 && detail.startsWith('The key that approved it cannot start it by another key.'),
    );
    expect((await kin[0]?.post('kin', 'start'))?.status).to.equal(200);
    const listed = await own('get', '/keys', { query: 'limit=200' });
    const makers = listed.body.items.map((item: { made_by: string | null }) => item.made_by);
    expect(makers.filter((maker: string | null) => maker !== null)).to.have.lengthOf(4);
    await team.rules({}, null);
    await team.reaches('kin', 'finished');
  });

  it('is for the people who can get it, whatever the length of the list', async () => {
    await team.rules({}, 5);
    const second = marketer(await newClient(gateway));
    for (const at of [1, 2, 3, 4]) await gateway.text(person(at), 'STOP');
    await team.draft('listed', { segment: { kind: 'area-code', oneOf: ['555'] } });
    const { when } = (await team.post('listed', 'preview')).body;
    expect([when.people, when.going, when.refused]).to.deep.equal([
      ...[{ people: 12 }, { people: 8 }, { people: 4 }],
    ]);
    expect((await team.post('listed', 'start')).body.detail).to.match(/^It would go to 8 people; above 5/);
    const { can_get, most_planned } = (await second.post('listed', 'approve')).body.approval;
    expect([can_get, most_planned]).to.deep.equal([{ people: 8 }, 8]);
    // A list of twelve of whom eight can get it needs nobody where ten may.
    await team.rules({}, 10);
    await team.draft('shorter', { segment: { kind: 'area-code', oneOf: ['555'] } });
    expect((await team.post('shorter', 'start')).status).to.equal(200);
    await team.rules({}, null);
  });
});
