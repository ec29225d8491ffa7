import { type AddressInfo, createServer } from 'node:net';
import { expect } from 'chai';
import type { OwnNumber } from '../../src/simulator/options.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import type { SimulatorLedgerLine } from './simulator-box.ts';
import { ACCOUNT, PERSON, SHORT_CODE, TOKEN } from './simulator-box.ts';
import type { WebhookReceiver } from './webhook-receiver.ts';
import { EMPTY, say, startReceiver } from './webhook-receiver.ts';

describe('time-outs and retries of the simulated carrier', () => {
  let receiver: WebhookReceiver;
  let simulator: Simulator | undefined;

  beforeEach(async () => {
    receiver = await startReceiver(TOKEN, new Map());
  });
  afterEach(async () => {
    await simulator?.close();
    await receiver.close();
  });

  /** Texts once to a number with these URLs; gives the answer and the tries in the ledger. */
  async function textTo(inboundUrl: string, fallbackUrl?: string) {
    const number: OwnNumber = {
      number: SHORT_CODE,
      kind: 'short-code',
      handling: 'own',
      messagingServiceSid: null,
      inboundUrl,
      ...(fallbackUrl ? { fallbackUrl } : {}),
    };
    const options = { port: 0, accountSid: ACCOUNT, authToken: TOKEN, seed: 1, numbers: [number] };
    const box = await createSimulator(options);
    simulator = box;
    const body = JSON.stringify({ from: PERSON, to: SHORT_CODE, body: 'STOP' });
    const answer = await (
      await fetch(`${box.url}/sim/inbound`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
    ).json();
    const lines = await (await fetch(`${box.url}/sim/ledger`)).text();
    const entries = lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as SimulatorLedgerLine);
    const debug = (await (await fetch(`${box.url}/sim/debugger`)).json()) as { entries: { code: number }[] };
    return {
      answer: answer as { answered: string; status: number | null },
      tries: entries.filter(({ kind }) => kind === 'inbound').map(({ outcome }) => outcome),
      codes: debug.entries.map(({ code }) => code),
    };
  }

  async function closedPort(): Promise<number> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }

  it('tries once more when nobody listens, and then gives up with 11205', async () => {
    const { answer, tries, codes } = await textTo(`http://127.0.0.1:${await closedPort()}/inbound`);

    expect(answer).to.include({ answered: 'none', status: null });
    expect(tries).to.deep.equal(['connect failed', 'connect failed']);
    expect(codes).to.deep.equal([11205]);
  });

  it('does not try again after an HTTP error unless the URL asks for it', async () => {
    receiver.answer = () => ({ status: 503 });

    expect((await textTo(`${receiver.url}/inbound`)).tries).to.deep.equal(['answered']);
    expect(receiver.received).to.have.length(1);
  });

  it('tries as often as the URL asks, with one token, and takes the first answer', async () => {
    receiver.answer = () => (receiver.received.length < 3 ? { status: 500 } : say('at last'));

    const { answer, codes } = await textTo(`${receiver.url}/inbound#rc=4&rp=5xx,ct,rt`);

    expect(answer).to.include({ answered: 'twiml', status: 200 });
    expect(receiver.received).to.have.length(3);
    expect(new Set(receiver.received.map(({ token }) => token)).size).to.equal(1);
    expect(receiver.received.every(({ signed, path }) => signed && path === '/inbound')).to.equal(true);
    expect(codes).to.deep.equal([]);
  });

  it('retries a 4xx only where the policy names it, or names all', async () => {
    receiver.answer = () => ({ status: 404 });

    expect((await textTo(`${receiver.url}/inbound#rc=2&rp=5xx`)).tries).to.have.length(1);
    await simulator?.close();
    expect((await textTo(`${receiver.url}/inbound#rc=2&rp=all`)).tries).to.have.length(3);
  });

  it('gives a silent server its read time-out, and retries where rt is named', async () => {
    receiver.answer = () => 'silence';

    const { tries, codes } = await textTo(`${receiver.url}/inbound#rt=100&rc=1&rp=rt`);

    expect(tries).to.deep.equal(['read failed', 'read failed']);
    expect(codes).to.deep.equal([11200]);
  });

  it('spends no more than the total time over all tries', async () => {
    receiver.answer = () => 'silence';

    const { tries } = await textTo(`${receiver.url}/inbound#rt=100&tt=250&rc=5&rp=rt`);

    expect(tries.length).to.be.within(1, 3);
  });

  it('asks the fallback URL, and says why', async () => {
    receiver.answer = ({ path }) => (path === '/fallback' ? say('from the fallback') : { status: 500 });

    const { answer, codes } = await textTo(`${receiver.url}/inbound`, `${receiver.url}/fallback`);

    expect(answer).to.include({ answered: 'twiml', status: 200 });
    expect(codes).to.deep.equal([11200]);
    const asked = receiver.received.at(-1);
    expect(asked?.signed).to.equal(true);
    expect(asked?.form).to.include({ ErrorCode: '11200', ErrorUrl: `${receiver.url}/inbound` });
  });

  it('asks the fallback URL too when the answer was no TwiML', async () => {
    receiver.answer = ({ path }) => (path === '/fallback' ? EMPTY : { type: 'text/xml', body: '<Response>' });

    await textTo(`${receiver.url}/inbound`, `${receiver.url}/fallback`);

    expect(receiver.received.map(({ path }) => path)).to.deep.equal(['/inbound', '/fallback']);
  });
});
