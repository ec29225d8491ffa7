import { expect } from 'chai';
import type { Box } from './box.ts';
import { ACCOUNT, eventually, openBox, PERSON, SHORT_CODE } from './box.ts';
import { EMPTY } from './webhook-receiver.ts';

describe('faults of create calls at the simulated carrier', () => {
  let box: Box;

  before(async () => {
    box = await openBox();
  });
  after(() => box.close());
  beforeEach(async () => {
    await box.control('DELETE', '/sim');
    box.receiver.received.length = 0;
    box.receiver.answer = () => EMPTY;
  });

  const behave = (on: string, effect: object, match: object = {}) =>
    box.control('PUT', '/sim/behaviours', [{ match, on, effect }]);
  const offer = (more: Record<string, string> = {}) =>
    box.create({
      To: PERSON,
      From: SHORT_CODE,
      Body: 'offer',
      StatusCallback: `${box.receiver.url}/status`,
      ...more,
    });
  const told = () => box.receiver.received.map(({ form }) => form.MessageStatus);
  const listed = async () => {
    const list = await box.get(`/2010-04-01/Accounts/${ACCOUNT}/Messages.json`);
    return ((await list.json()) as { messages: { body: string; status: string }[] }).messages;
  };

  it('refuses at once with the code asked for', async () => {
    await behave('create', { kind: 'errorSync', code: 21614 }, { prefix: '+1555' });

    const refused = await offer();

    expect(refused.status).to.equal(400);
    expect(await refused.json()).to.include({ code: 21614 });
    expect((await offer({ To: '+14445550001' })).status).to.equal(201);
  });

  for (const [code, status] of [
    [30003, 'undelivered'],
    [30007, 'undelivered'],
    [30036, 'failed'],
  ] as const) {
    it(`fails with ${code} by callback`, async () => {
      await behave('create', { kind: 'errorCallback', code });

      expect((await offer()).status).to.equal(201);
      await eventually(() => told().includes(status));
      expect(box.receiver.received.at(-1)?.form.ErrorCode).to.equal(String(code));
      expect(await box.handset()).to.deep.equal([]);
    });
  }

  it('answers 429, and no message is made', async () => {
    await behave('create', { kind: 'http429' });

    const refused = await offer();

    expect(refused.status).to.equal(429);
    expect(await refused.json()).to.include({ code: 20429 });
    expect(await listed()).to.deep.equal([]);
  });

  for (const accepted of [true, false]) {
    it(`answers 5xx, and the message is ${accepted ? 'made all the same' : 'not made'}`, async () => {
      await behave('create', { kind: 'http5xx', status: 500, accepted });

      const refused = await offer();

      expect(refused.status).to.equal(500);
      expect(await refused.json()).to.include({ code: 20500 });
      expect(await listed()).to.have.length(accepted ? 1 : 0);
    });

    it(`never answers, and the message is ${accepted ? 'made all the same' : 'not made'}`, async () => {
      await behave('create', { kind: 'hang', ms: 50, accepted });

      const failure = await offer().catch((error: Error) => error);

      expect(failure).to.be.instanceOf(Error);
      expect(await listed()).to.have.length(accepted ? 1 : 0);
      expect((await box.ledger())[0]).to.include({ outcome: 'hung', httpStatus: null });
    });
  }

  it('breaks the connection after it made the message', async () => {
    await behave('create', { kind: 'resetAfterAccept' });

    const failure = await offer().catch((error: Error) => error);

    expect(failure).to.be.instanceOf(Error);
    await eventually(async () => (await box.handset()).length === 1);
    expect((await box.ledger())[0]).to.include({ outcome: 'reset' });
  });

  it('answers late', async () => {
    await behave('create', { kind: 'delay', ms: 300 });
    let answered = false;

    const answer = offer().finally(() => {
      answered = true;
    });

    await eventually(async () => (await box.handset()).length === 1);
    expect(answered).to.equal(false);
    expect((await answer).status).to.equal(201);
  });

  it('shows a message in the list only after its lag', async () => {
    await behave('create', { kind: 'listLag', ms: 500 });
    await offer();

    expect(await listed()).to.deep.equal([]);
    await eventually(async () => (await listed()).length === 1);
  });

  it('hits the same share of the traffic for the same seed', async () => {
    const hits = async () => {
      await behave('create', { kind: 'errorSync', code: 21614 }, { share: 0.3 });
      const statuses: number[] = [];
      for (let sent = 0; sent < 60; sent += 1) statuses.push((await offer()).status);
      return statuses;
    };

    const first = await hits();

    expect(await hits()).to.deep.equal(first);
    expect(first.filter((status) => status === 400).length).to.be.within(8, 30);
  });
});
