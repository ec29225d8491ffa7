import { expect } from 'chai';
import { SENDERS } from '../../../scripts/seed/programs.ts';
import { type Client, newClient } from '../../api/client.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { marketer } from '../marketer.ts';

const SECOND = {
  ...SENDERS.stylist,
  number: '+15550100198',
  brand: { id: 'BN1', tier: 'low-volume' as const },
};
const TORONTO = '+14165550123';

describe('the preview of a campaign to another country', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    const senders = [SENDERS.shop, SENDERS.stylist, SECOND];
    gateway = await startGateway({ worker: 'replies', senders });
    client = await newClient(gateway);
    const team = marketer(client);
    for (const text of ['JOIN', 'YES']) await gateway.text(TORONTO, text);
    await team.words('offer', '{brand}: an offer');
    await team.draft('north', { segment: { kind: 'area-code', oneOf: ['416'] } });
  });
  after(() => gateway.stop());

  it("counts the people whom the program's only sender can text, and nobody for two senders of another country", async () => {
    const going = async (): Promise<number[]> => {
      const { when } = (await client('post', '/campaigns/north/preview', { body: {} })).body;
      return [when.people.people, when.going.people, when.no_sender.people];
    };
    const judged = async (): Promise<unknown[]> => {
      const tree = { kind: 'area-code', oneOf: ['416'] };
      const asked = { body: { program: 'deals', topic: 'deals', tree } };
      const { may_be_texted, refused } = (await client('post', '/segments/preview', asked)).body;
      return [may_be_texted.people, ...refused.map(({ code }: { code: string }) => code)];
    };
    expect([await going(), await judged()]).to.deep.equal([[1, 1, 0], [1]]);
    const { id: _, ...deals } = (await client('get', '/programs/deals')).body;
    const numbers = [SENDERS.shop.number, SECOND.number];
    const { status } = await client('put', '/programs/deals', { body: { ...deals, numbers } });
    expect([status, await going()]).to.deep.equal([200, [1, 0, 1]]);
    expect(await judged()).to.deep.equal([0, 'no-sender']);
  });

  it('names the carrier that accepts a limited number of parts a day, and this number', async () => {
    const carrier = { 'verified.carrier': 'T-Mobile USA, Inc.' };
    const cap = async (): Promise<unknown> =>
      (await client('post', '/campaigns/north/preview', { body: {} })).body.when.daily_cap;
    const { id: _, ...deals } = (await client('get', '/programs/deals')).body;
    await client('put', '/programs/deals', { body: { ...deals, numbers: [SECOND.number] } });
    expect(await cap()).to.equal(null);
    await gateway.store.contacts.updateMany({}, { $set: carrier } as object);
    expect(await cap()).to.deep.equal({ carrier: 't-mobile', parts_a_day: 2000, people: 1 });
  });
});
