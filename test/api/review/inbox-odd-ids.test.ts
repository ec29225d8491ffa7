import { expect } from 'chai';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { signedPost } from '../../support/signed-post.ts';
import { type ApiAnswer, type Client, newClient } from '../client.ts';

const reason = 'Read with care.';
const ANGRY = 'STOP texting me, my lawyer will sue you';

describe('inbox items whose texts have no MessageSid', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  const post = (from: string, body: string) => {
    const [token = ''] = gateway.config.twilio.signingTokens;
    const fields = Object.entries({ From: from, To: '28555', Body: body });
    return signedPost(token, `${gateway.url}/webhooks/twilio/inbound`, fields);
  };
  const open = async (): Promise<string[]> => {
    const { body } = await client('get', '/inbox', { query: 'state=open' });
    return body.items.map(({ id }: { id: string }) => id);
  };
  const act = (id: string, how: string): Promise<ApiAnswer> =>
    client('post', `/inbox/${encodeURIComponent(id)}/${how}`, { body: { reason } });

  it('are read and ended by the hash of their bytes, and come again when the same opt-out comes again', async () => {
    const from = '+15551280901';
    await post(from, ANGRY);
    const [first = ''] = await open();
    expect(first).to.match(/^unnamed\./);
    expect((await act(first, 'close')).status).to.equal(200);
    await gateway.text(from, 'JOIN');
    await post(from, ANGRY);
    const [second = '', ...more] = await open();
    expect([second.startsWith('unnamed.'), second === first, more]).to.deep.equal([true, false, []]);
    const { status, body } = await act(second, 'read');
    expect([status, body.texts.at(-1)?.words]).to.deep.equal([200, ANGRY]);
    expect((await act(second, 'close')).status).to.equal(200);
    expect(await open()).to.deep.equal([]);
  });

  it('are paged one behind the other', async () => {
    await post('+15551280902', ANGRY);
    await post('+15551280903', ANGRY);
    const [first, second, ...more] = await open();
    expect(more).to.deep.equal([]);
    const { body } = await client('get', '/inbox', { query: 'limit=1' });
    expect(body.items.map(({ id }: { id: string }) => id)).to.deep.equal([first]);
    const rest = await client('get', '/inbox', { query: `cursor=${body.next_cursor}` });
    expect(rest.body.items.map(({ id }: { id: string }) => id)).to.deep.equal([second]);
  });
});
