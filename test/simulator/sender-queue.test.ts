import { expect } from 'chai';
import type { SimulatorBox, SimulatorLedgerLine } from './simulator-box.ts';
import {
  ACCOUNT,
  eventually,
  LONG_CODE,
  openBox,
  PERSON,
  SERVICE,
  SERVICE_NUMBER,
  SERVICE_SIBLING,
  SHORT_CODE,
} from './simulator-box.ts';
import { EMPTY, say } from './webhook-receiver.ts';

const MESSAGES = `/2010-04-01/Accounts/${ACCOUNT}/Messages`;

type Waiting = { waiting: { segments: number; seconds: number } };

describe('the queue of a sender at the simulated carrier', () => {
  let box: SimulatorBox;

  before(async () => {
    box = await openBox();
  });
  after(() => box.close());
  beforeEach(async () => {
    await box.control('DELETE', '/sim');
    box.receiver.received.length = 0;
    box.receiver.answer = () => EMPTY;
  });

  const setRates = (rates: Record<string, object>) => box.control('PUT', '/sim/senders', rates);
  const waiting = async (sender: string) =>
    ((await (await box.control('GET', '/sim/senders')).json()) as Record<string, Waiting>)[sender]?.waiting;
  const callback = () => ({ StatusCallback: `${box.receiver.url}/status` });
  const create = async (form: Record<string, string>) => {
    const answer = await box.create({ To: PERSON, From: SHORT_CODE, Body: 'x', ...form });
    return { http: answer.status, ...((await answer.json()) as { sid: string; code?: number }) };
  };
  const status = async (sid: string) =>
    ((await (await box.get(`${MESSAGES}/${sid}.json`)).json()) as { status: string }).status;
  const creates = async () => (await box.ledger()).filter(({ kind }) => kind === 'create');
  const told = () => box.receiver.received.map(({ form }) => [form.MessageStatus, form.ErrorCode]);
  const nanoseconds = (line: SimulatorLedgerLine | undefined, name: string) => BigInt(String(line?.[name]));

  it('lets messages leave in turn, none before its slot, and writes down when', async () => {
    await setRates({ [SHORT_CODE]: { segmentsPerSecond: 20 } });
    for (const Body of ['one', 'x'.repeat(161), 'three', 'four']) await create({ Body });

    const lines = await eventually(async () => {
      const entries = await creates();
      return entries.every(({ leftAt }) => leftAt !== null) && entries;
    });

    expect(lines.map(({ segments }) => segments)).to.deep.equal([1, 2, 1, 1]);
    const begun = nanoseconds(lines[0], 'begunAt');
    const left = lines.map((line) => nanoseconds(line, 'leftAt'));
    const slots = [0, 1, 3, 4].map((before) => begun + BigInt(before * 50_000_000));
    expect(left.every((at, index) => at >= (slots[index] ?? 0n))).to.equal(true);
    expect(left).to.deep.equal([...left].sort((a, other) => (a < other ? -1 : 1)));
  });

  it('shows a waiting message as queued and says what waits', async () => {
    await setRates({ [SHORT_CODE]: { segmentsPerSecond: 0.01 } });
    const first = await create({});
    const second = await create({ ...callback(), Body: 'x'.repeat(161) });
    await eventually(async () => (await status(first.sid)) === 'delivered');

    expect(await status(second.sid)).to.equal('queued');
    expect(told()).to.deep.equal([]);
    const held = await waiting(SHORT_CODE);
    expect(held?.segments).to.equal(2);
    expect(held?.seconds).to.be.within(200, 300);
    expect((await creates())[1]).to.include({ leftAt: null, segments: 2 });
  });

  it('leaves senders without a rate alone', async () => {
    await setRates({ [SHORT_CODE]: { segmentsPerSecond: 0.01 } });

    for (let sent = 0; sent < 5; sent += 1) await create({ From: LONG_CODE });

    await eventually(async () => (await box.handset()).length === 5);
  });

  it('lets everything go when the rate is taken away, and holds nothing over a reset', async () => {
    await setRates({ [SHORT_CODE]: { segmentsPerSecond: 0.01 } });
    for (let sent = 0; sent < 3; sent += 1) await create({});
    await eventually(async () => (await waiting(SHORT_CODE))?.segments === 2);

    expect((await setRates({})).status).to.equal(200);

    await eventually(async () => (await box.handset()).length === 3);
    await setRates({ [SHORT_CODE]: { segmentsPerSecond: 0.01 } });
    await create({});
    await create({});
    await box.control('DELETE', '/sim');
    await create({ Body: 'after' });
    await eventually(async () => (await box.handset()).length > 0);
    expect((await box.handset()).map(({ body }) => body)).to.deep.equal(['after']);
  });

  it('fails a message with 30036 when its validity ends while it waits, and gives its slot away', async () => {
    await setRates({ [SHORT_CODE]: { segmentsPerSecond: 0.5 } });
    await create({});
    await create({ ...callback(), ValidityPeriod: '1', Body: 'x'.repeat(1600) });
    const lasting = await create({});

    await eventually(() => told().length === 1);

    expect(told()).to.deep.equal([['failed', '30036']]);
    expect(box.receiver.received[0]?.form.ErrorMessage).to.equal('Validity Period Expired');
    await eventually(async () => (await status(lasting.sid)) === 'delivered');
    expect((await creates()).map(({ leftAt }) => leftAt === null)).to.deep.equal([false, true, false]);
  });

  it('refuses a plain From with 21611 when its queue is full, and makes no message', async () => {
    await setRates({ [SHORT_CODE]: { segmentsPerSecond: 0.01, queueSeconds: 200 } });
    const answers = [];
    for (let sent = 0; sent < 4; sent += 1) answers.push(await create({}));

    expect(answers.map(({ http }) => http)).to.deep.equal([201, 201, 201, 400]);
    expect(answers[3]?.code).to.equal(21611);
    expect((await creates())[3]).to.include({ sid: null, errorCode: 21611, segments: null });
  });

  it('accepts with a Messaging Service all the same, and fails with 30001', async () => {
    await setRates({ [SERVICE]: { segmentsPerSecond: 0.01, queueSeconds: 100 } });
    const form = { MessagingServiceSid: SERVICE, From: SERVICE_NUMBER };
    await create(form);
    await create(form);

    const third = await create({ ...form, ...callback() });

    expect(third.http).to.equal(201);
    await eventually(() => told().length === 2);
    expect(told()).to.deep.equal([
      ['queued', undefined],
      ['failed', '30001'],
    ]);
  });

  it('spreads a service over its numbers, the shortest wait first', async () => {
    const rate = { segmentsPerSecond: 0.01 };
    await setRates({ [SERVICE_NUMBER]: rate, [SERVICE_SIBLING]: rate });
    for (let sent = 0; sent < 2; sent += 1) {
      await box.create({ To: PERSON, MessagingServiceSid: SERVICE, Body: 'x' });
      await eventually(async () => (await box.handset()).length === sent + 1);
    }

    expect((await box.handset()).map(({ from }) => from)).to.deep.equal([SERVICE_NUMBER, SERVICE_SIBLING]);
  });

  it('holds answers in TwiML too', async () => {
    await setRates({ [SHORT_CODE]: { segmentsPerSecond: 0.01 } });
    box.receiver.answer = () => say('one', 'two');

    const { messages } = await box.text(SHORT_CODE, 'JOIN');

    await eventually(async () => (await status(messages[0]?.sid ?? '')) === 'delivered');
    expect(await status(messages[1]?.sid ?? '')).to.equal('queued');
    const replies = (await box.ledger()).filter(({ kind }) => kind === 'twiml');
    expect(replies.map(({ leftAt }) => leftAt === null)).to.deep.equal([false, true]);
  });

  it('fails what waits with 30002 when the account is suspended, and refuses every call', async () => {
    await setRates({ [SHORT_CODE]: { segmentsPerSecond: 0.01 } });
    await create({});
    const held = await create(callback());

    expect((await box.control('PUT', '/sim/account', { suspended: true })).status).to.equal(204);
    expect(await create({})).to.include({ http: 401, code: 20005 });
    expect((await box.get(`${MESSAGES}/${held.sid}.json`)).status).to.equal(401);
    await setRates({});

    await eventually(() => told().length === 1);
    expect(told()).to.deep.equal([['failed', '30002']]);
    await box.control('PUT', '/sim/account', { suspended: false });
    expect(await create({})).to.include({ http: 201 });
  });

  it('refuses a rate that makes no sense, naming the field', async () => {
    const wrong: [Record<string, object>, string][] = [
      [{ '99999': { segmentsPerSecond: 1 } }, '99999'],
      [{ [SHORT_CODE]: { segmentsPerSecond: 0 } }, `${SHORT_CODE}.segmentsPerSecond`],
      [{ [SHORT_CODE]: { segmentsPerSecond: 1, queueSeconds: 36_001 } }, `${SHORT_CODE}.queueSeconds`],
      [{ [SHORT_CODE]: { rate: 1 } }, `${SHORT_CODE}.segmentsPerSecond`],
    ];
    for (const [rates, field] of wrong) {
      const refused = await setRates(rates);
      expect(refused.status).to.equal(400);
      const { errors } = (await refused.json()) as { errors: { field: string }[] };
      expect(errors[0]?.field).to.equal(field);
    }
  });
});
