import { expect } from 'chai';
import type { SimulatorBox, SimulatorLedgerLine } from './simulator-box.ts';
import { ACCOUNT, eventually, openBox, PERSON, SHORT_CODE } from './simulator-box.ts';
import { EMPTY } from './webhook-receiver.ts';

const MESSAGES = `/2010-04-01/Accounts/${ACCOUNT}/Messages`;

describe('the ledger of the simulated carrier', () => {
  let box: SimulatorBox;

  before(async () => {
    box = await openBox();
  });
  after(() => box.close());
  beforeEach(async () => {
    await box.control('DELETE', '/sim');
    box.receiver.answer = () => EMPTY;
  });

  const send = async (count: number) => {
    for (let sent = 0; sent < count; sent += 1) {
      await box.create({ To: PERSON, From: SHORT_CODE, Body: `no. ${sent}` });
    }
  };
  const lines = async (query = '') => {
    const text = await (await box.control('GET', `/sim/ledger${query}`)).text();
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as SimulatorLedgerLine);
  };
  const numbers = async (query?: string) => (await lines(query)).map(({ seq }) => seq);

  it('numbers its entries and shows those after a given one', async () => {
    await send(4);

    expect(await numbers()).to.deep.equal([1, 2, 3, 4]);
    expect(await numbers('?after=0')).to.deep.equal([1, 2, 3, 4]);
    expect(await numbers('?after=2')).to.deep.equal([3, 4]);
    expect(await numbers('?after=4')).to.deep.equal([]);
    expect(await numbers('?after=99')).to.deep.equal([]);
  });

  it('forgets the entries before a given one and goes on counting', async () => {
    await send(4);

    expect((await box.control('DELETE', '/sim/ledger?before=4')).status).to.equal(204);

    expect(await numbers()).to.deep.equal([4]);
    expect(await numbers('?after=1')).to.deep.equal([4]);
    await box.control('DELETE', '/sim/ledger?before=2');
    expect(await numbers()).to.deep.equal([4]);
    await box.control('DELETE', '/sim/ledger?before=99');
    await send(1);
    expect(await numbers()).to.deep.equal([5]);
    expect(await numbers('?after=4')).to.deep.equal([5]);
  });

  it('is read in pieces that fit together when it is long', async () => {
    await send(1);
    await Promise.all(Array.from({ length: 52 }, () => send(10)));

    const whole = await lines();

    expect(whole.map(({ seq }) => seq)).to.deep.equal(whole.map((_line, index) => index + 1));
    expect(whole).to.have.length(521);
    expect(await numbers('?after=400')).to.deep.equal(whole.slice(400).map(({ seq }) => seq));
  });

  it('refuses a position that is none', async () => {
    for (const [method, query] of [
      ['GET', '?after=x'],
      ['GET', '?after=-1'],
      ['GET', '?since=1'],
      ['DELETE', ''],
      ['DELETE', '?before=x'],
    ] as const) {
      expect((await box.control(method, `/sim/ledger${query}`)).status, method + query).to.equal(400);
    }
  });

  it('keeps only the newest messages under a limit, and pages past those it forgot', async () => {
    await send(5);
    const page = async (path: string) =>
      (await (await box.get(path)).json()) as { messages: { body: string }[]; next_page_uri: string | null };
    const bodies = async (path: string) => (await page(path)).messages.map(({ body }) => body);
    await eventually(async () => (await box.handset()).length === 5);
    const { next_page_uri } = await page(`${MESSAGES}.json?PageSize=2`);
    expect(await bodies(next_page_uri ?? '')).to.deep.equal(['no. 2', 'no. 1']);

    expect((await box.control('PUT', '/sim/retention', { messages: 3 })).status).to.equal(204);

    expect(await bodies(next_page_uri ?? '')).to.deep.equal(['no. 2']);
    await send(1);
    expect(await bodies(`${MESSAGES}.json`)).to.deep.equal(['no. 0', 'no. 4', 'no. 3']);
    expect(await bodies(`${MESSAGES}.json?To=${encodeURIComponent(PERSON)}`)).to.have.length(3);
    await eventually(async () => (await box.handset()).length === 3);
    expect((await box.control('PUT', '/sim/retention', { messages: 0 })).status).to.equal(400);
    await box.control('PUT', '/sim/retention', { messages: null });
    await send(3);
    expect(await bodies(`${MESSAGES}.json`)).to.have.length(6);
  });
});
