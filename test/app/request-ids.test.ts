import { expect } from 'chai';
import { type Client, newClient } from '../api/client.ts';
import { newPerson, newSid, postText, textFields } from '../promises/inbound-posts.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { testDatabase } from '../support/mongod.ts';
import { type DatabaseProxy, startProxy } from '../support/proxy.ts';
import { signedPost } from '../support/signed-post.ts';

describe('the id of a request', () => {
  let gateway: Gateway;
  let proxy: DatabaseProxy;
  let client: Client;
  before(async () => {
    proxy = await startProxy(testDatabase().uri);
    gateway = await startGateway({ through: proxy.through, worker: false });
    client = await newClient(gateway);
  });
  after(async () => {
    await gateway.stop();
    await proxy.close();
  });

  /** Ids in the lines that hold these words. */
  const idsOf = (words: string): unknown[] =>
    gateway.logs.filter((line) => line.includes(words)).map((line) => JSON.parse(line).id);

  it('stands in the log lines of an API call', async () => {
    const look = () => client('post', '/contacts/lookup', { body: { phone: newPerson(), reason: 'a test' } });
    const ids = [await look(), await look()].map(({ headers }) => headers['x-request-id']);
    expect(new Set(ids).size).to.equal(2);
    expect(idsOf('a number was looked up')).to.deep.equal(ids);
  });

  it('stands in the log lines of a text: one that alerts a person, and one for the spool', async () => {
    const alarming = await postText(gateway, textFields(newPerson(), 'I will sue you, my lawyer says'));
    expect(idsOf('staff must read')).to.deep.equal([alarming.headers['x-request-id']]);
    await proxy.cut();
    const spooled = await postText(gateway, textFields(newPerson(), 'STOP'));
    expect(idsOf('written to the spool')).to.deep.equal([spooled.headers['x-request-id']]);
    await proxy.restore();
  });

  it('stands in the log line of a receipt that could not be recorded, which is counted', async () => {
    const refused = async (): Promise<number> => {
      const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
      return Number(/^assent_receipts_refused_total{.*} (\d+)$/m.exec(metrics)?.[1]);
    };
    expect(await refused()).to.equal(0);
    await proxy.cut();
    const to = newPerson();
    const { twilio } = gateway.config;
    const answer = await signedPost(twilio.authToken, `${gateway.url}/webhooks/twilio/status`, [
      ['MessageSid', newSid()],
      ['MessageStatus', 'delivered'],
      ['To', to],
    ]);
    await proxy.restore();
    expect(answer.status).to.equal(503);
    expect(idsOf('a delivery report was refused')).to.deep.equal([answer.headers['x-request-id']]);
    expect(gateway.logs.join('')).not.to.contain(to.slice(1));
    expect(await refused()).to.equal(1);
  });
});
