import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { handOver } from '../../../src/sending/gate.ts';
import { createTwilioClient, type TwilioClient } from '../../../src/sending/twilio/client.ts';
import { createSimulator, type Simulator } from '../../../src/simulator/simulator.ts';
import { until } from '../../support/gateway.ts';
import { ACCOUNT, cleared, clientOf, PERSON, SHORT_CODE, TOKEN } from './scripted-server.ts';

const OTHER = '+15551230002';
const ago = (ms: number): Date => new Date(Date.now() - ms);

describe("the carrier's list of messages", () => {
  let simulator: Simulator;
  let carrier: TwilioClient;
  before(async () => {
    const own = { kind: 'short-code', handling: 'own', messagingServiceSid: null } as const;
    const numbers = [{ ...own, number: SHORT_CODE, inboundUrl: 'http://127.0.0.1:1/' }];
    simulator = await createSimulator({ port: 0, accountSid: ACCOUNT, authToken: TOKEN, seed: 1, numbers });
    carrier = clientOf(simulator.url).carrier;
  });
  after(async () => {
    await carrier.close();
    await simulator.close();
  });

  const text = (from: string, body: string): Promise<Response> =>
    fetch(`${simulator.url}/sim/inbound`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ from, to: SHORT_CODE, body }),
    });

  it('returns the texts to a number of ours since a moment, and none of ours', async () => {
    for (const body of ['JOIN', 'STOP']) await text(PERSON, body);
    await handOver([cleared()], carrier.transport);
    const found = await carrier.listInbound(SHORT_CODE, ago(60_000));
    expect(found.map(({ from, to, body }) => [from, to, body])).to.have.deep.members([
      [PERSON, SHORT_CODE, 'JOIN'],
      [PERSON, SHORT_CODE, 'STOP'],
    ]);
    expect(await carrier.listInbound(SHORT_CODE, ago(-60_000))).to.deep.equal([]);
    expect(await carrier.listInbound(SHORT_CODE, ago(60_000), ago(30_000))).to.deep.equal([]);
    expect(await carrier.listInbound(SHORT_CODE, ago(60_000), ago(0))).to.have.lengthOf(2);
  });

  it('returns our messages to a person since a moment, and one by its id', async () => {
    const [outcome] = await handOver([cleared({ to: OTHER, text: 'One of ours' })], carrier.transport);
    await text(OTHER, 'one of theirs');
    const sid = outcome?.result === 'accepted' ? (outcome.carrierSid ?? '') : '';
    await until('the message is delivered', async () => (await carrier.fetch(sid))?.status === 'delivered');
    const [found, ...rest] = await carrier.listOutbound(OTHER, ago(60_000));
    expect(rest).to.deep.equal([]);
    expect(found).to.include({ sid, from: SHORT_CODE, to: OTHER, body: 'One of ours', errorCode: null });
    expect(found?.createdAt).to.be.within(ago(60_000), new Date());
    expect(found?.updatedAt).to.be.within(found?.createdAt ?? ago(0), new Date());
    expect(await carrier.fetch(sid)).to.deep.equal(found);
    expect(await carrier.listOutbound(OTHER, ago(-60_000))).to.deep.equal([]);
  });

  it('returns nothing for an invalid id or for an unknown message', async () => {
    expect(await carrier.fetch(`SM${'f'.repeat(32)}`)).to.equal(null);
    expect(await carrier.fetch('../../Calls')).to.equal(null);
  });

  describe('the list, read from a scripted server,', () => {
    let server: Server;
    let url = '';
    let asked: string[] = [];
    let respond: (request: IncomingMessage, nth: number) => { status: number; body: unknown } | null;
    before(async () => {
      server = createServer((request, response) => {
        asked.push(request.url ?? '');
        const told = respond(request, asked.length - 1);
        if (told === null) return;
        response.writeHead(told.status, { 'content-type': 'application/json' });
        response.end(typeof told.body === 'string' ? told.body : JSON.stringify(told.body));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    after(() => {
      server.closeAllConnections();
      server.close();
    });
    beforeEach(() => {
      asked = [];
    });

    const row = (nth: number) => ({
      sid: `SM${nth.toString(16).padStart(32, '0')}`,
      from: PERSON,
      to: SHORT_CODE,
      body: `no. ${nth}`,
      direction: 'inbound',
      status: 'received',
      date_created: new Date().toUTCString(),
      date_sent: new Date().toUTCString(),
    });
    const page = (nth: number, last: boolean) => ({
      messages: Array.from({ length: 1000 }, (_, at) => row(nth * 1000 + at)),
      next_page_uri: last
        ? null
        : `/2010-04-01/Accounts/${ACCOUNT}/Messages.json?Page=${nth + 1}&PageToken=x${nth}`,
    });
    const withClient = async <T>(
      use: (twilioClient: TwilioClient) => Promise<T>,
      listMs?: number,
    ): Promise<T> => {
      const options = {
        apiBase: url,
        accountSid: ACCOUNT,
        authToken: TOKEN,
        publicUrl: 'https://texts.example',
      };
      const twilioClient = createTwilioClient({ ...options, ...(listMs === undefined ? {} : { listMs }) });
      try {
        return await use(twilioClient);
      } finally {
        server.closeAllConnections();
        await twilioClient.close();
      }
    };
    const failure = (asking: Promise<unknown>): Promise<string> =>
      asking.then(
        () => expect.fail('it was read'),
        (error: unknown) => `${error}\n${(error as Error).stack}\n${JSON.stringify((error as Error).cause)}`,
      );

    it('reads every page, from the exact moment on', async () => {
      respond = (_request, nth) => ({ status: 200, body: page(nth, nth === 6) });
      const since = new Date('2026-03-01T12:34:56.789Z');
      const found = await withClient((twilioClient) => twilioClient.listInbound(SHORT_CODE, since));
      expect(new Set(found.map(({ body }) => body)).size).to.equal(7000);
      const first = new URL(asked[0] ?? '', url).searchParams;
      expect(Object.fromEntries(first)).to.deep.equal({
        To: SHORT_CODE,
        'DateSent>': '2026-03-01T12:34:56Z',
        PageSize: '1000',
      });
      expect(asked.at(-1)).to.contain('Page=6&PageToken=x5');
    });

    it('reads up to a moment, including its second', async () => {
      respond = (_request, nth) => ({ status: 200, body: page(nth, true) });
      const [since, until] = [new Date('2026-03-01T12:00:00.500Z'), new Date('2026-03-01T12:30:00.500Z')];
      await withClient((twilioClient) => twilioClient.listInbound(SHORT_CODE, since, until));
      const { searchParams } = new URL(asked[0] ?? '', url);
      expect([searchParams.get('DateSent>'), searchParams.get('DateSent<')]).to.deep.equal([
        ...['2026-03-01T12:00:00Z', '2026-03-01T12:30:01Z'],
      ]);
    });

    it('rejects, and never returns a part, when it cannot be read in time', async () => {
      respond = (_request, nth) => ({ status: 200, body: page(nth, false) });
      const said = await withClient(
        (twilioClient) => failure(twilioClient.listInbound(SHORT_CODE, ago(60_000))),
        50,
      );
      expect(said).to.contain('too long to be read in time');
    });

    it('rejects with an error that names no number, whatever goes wrong', async () => {
      const quoting = { code: 20003, message: `${PERSON} may not`, more_info: PERSON };
      const answers: [status: number, body: unknown, says: string][] = [
        [401, quoting, 'answered 401'],
        [404, quoting, 'answered 404'],
        [500, `<p>${PERSON}</p>`, 'answered 500'],
        [200, `<p>${PERSON}</p>`, 'could not be read'],
        [200, { [PERSON]: PERSON }, 'could not be read'],
      ];
      for (const [status, body, says] of answers) {
        respond = () => ({ status, body });
        const said = await withClient((twilioClient) =>
          failure(twilioClient.listOutbound(PERSON, ago(60_000))),
        );
        expect(said).to.contain(`the carrier's message list ${says}`).and.not.contain('5551230001');
      }
      respond = (request) => {
        request.socket.destroy();
        return null;
      };
      const said = await withClient((twilioClient) =>
        failure(twilioClient.listOutbound(PERSON, ago(60_000))),
      );
      expect(said).to.contain('could not be read (UND_ERR_SOCKET)').and.not.contain('5551230001');
    });
  });
});
