import { expect } from 'chai';
import { eventually, PERSON, SHORT_CODE } from './simulator-box.ts';
import { useFaults } from './use-faults.ts';

describe('faults of create calls at the simulated carrier', () => {
  const { box, behave, offer, told, listed } = useFaults();
  /** A receipt of the test before may have come into the ledger first. */
  const created = async () => (await box().ledger()).find(({ kind }) => kind === 'create');

  it('refuses at once with the requested code', async () => {
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
      expect(box().receiver.received.at(-1)?.form.ErrorCode).to.equal(String(code));
      expect(await box().handset()).to.deep.equal([]);
    });
  }

  it('applies the first matching rule to a number, whether it names the number or everybody', async () => {
    const rule = (code: number, match: object = {}) => ({
      ...{ match, on: 'create' },
      effect: { kind: 'errorSync', code },
    });
    const codeFor = async (To: string) => ((await (await offer({ To })).json()) as { code: number }).code;
    const [named, other] = [PERSON, '+15551230009'];
    await box().control('PUT', '/sim/behaviours', [rule(21614, { number: named }), rule(21211)]);
    expect([await codeFor(named), await codeFor(other)]).to.deep.equal([21614, 21211]);
    await box().control('PUT', '/sim/behaviours', [rule(21211), rule(21614, { number: named })]);
    expect([await codeFor(named), await codeFor(other)]).to.deep.equal([21211, 21211]);
  });

  it('is idle once the last receipt of the last message was posted', async () => {
    await behave('status', { kind: 'delay', ms: 40 }, { status: 'delivered' });
    await offer();
    await box().simulator.idle();
    expect(told()).to.include('delivered');
  });

  it('answers 429, and no message is made', async () => {
    await behave('create', { kind: 'http429' });

    const refused = await offer();

    expect(refused.status).to.equal(429);
    expect(await refused.json()).to.include({ code: 20429 });
    expect(await listed()).to.deep.equal([]);
  });

  for (const accepted of [true, false]) {
    it(`answers 5xx, and the message is ${accepted ? 'created' : 'not created'}`, async () => {
      await behave('create', { kind: 'http5xx', status: 500, accepted });

      const refused = await offer();

      expect(refused.status).to.equal(500);
      expect(await refused.json()).to.include({ code: 20500 });
      expect(await listed()).to.have.length(accepted ? 1 : 0);
    });

    it(`never answers, and the message is ${accepted ? 'created' : 'not created'}`, async () => {
      await behave('create', { kind: 'hang', ms: 50, accepted });

      const failure = await offer().catch((error: Error) => error);

      expect(failure).to.be.instanceOf(Error);
      expect(await listed()).to.have.length(accepted ? 1 : 0);
      expect(await created()).to.include({ outcome: 'hung', httpStatus: null });
    });
  }

  it('breaks the connection after it created the message', async () => {
    await behave('create', { kind: 'resetAfterAccept' });

    const failure = await offer().catch((error: Error) => error);

    expect(failure).to.be.instanceOf(Error);
    await eventually(async () => (await box().handset()).length === 1);
    expect(await created()).to.include({ outcome: 'reset' });
  });

  it('answers late', async () => {
    await behave('create', { kind: 'delay', ms: 300 });
    let answered = false;

    const answer = offer().finally(() => {
      answered = true;
    });

    await eventually(async () => (await box().handset()).length === 1);
    expect(answered).to.equal(false);
    expect((await answer).status).to.equal(201);
  });

  it('shows a message in the list only after its lag', async () => {
    await behave('create', { kind: 'listLag', ms: 500 });
    await offer();

    expect(await listed()).to.deep.equal([]);
    await eventually(async () => (await listed()).length === 1);
  });

  for (const [code, status] of [
    [20003, 401],
    [20005, 401],
    [20403, 403],
    [20429, 429],
    [21211, 400],
    [21408, 400],
    [21610, 400],
    [21611, 400],
    [21614, 400],
  ] as const) {
    it(`refuses with ${code} under ${status}, with Twilio's words`, async () => {
      await behave('create', { kind: 'errorSync', code });

      const refused = await offer();

      expect(refused.status).to.equal(status);
      const body = (await refused.json()) as { message: string };
      expect(body).to.include({ code, status, more_info: `https://www.twilio.com/docs/errors/${code}` });
      expect(body.message).to.not.equal('The request was refused');
      expect(await listed()).to.deep.equal([]);
    });
  }

  it('refuses under another HTTP status when one is given', async () => {
    await behave('create', { kind: 'errorSync', code: 20005, status: 403 });

    expect((await offer()).status).to.equal(403);
  });

  for (const [code, usual, named] of [
    [30002, 'failed', undefined],
    [30003, 'failed', 'failed'],
    [30410, 'undelivered', 'undelivered'],
  ] as const) {
    it(`ends a message ${usual} with ${code} when ${named ?? 'nothing'} is named`, async () => {
      await behave('create', { kind: 'errorCallback', code, ...(named ? { status: named } : {}) });
      await offer();

      await eventually(() => told().includes(usual));
      expect(box().receiver.received.at(-1)?.form.ErrorCode).to.equal(String(code));
    });
  }

  for (const [at, statuses] of [
    ['queued', []],
    ['sending', ['sending']],
    ['sent', ['sending', 'sent']],
  ] as const) {
    it(`leaves a message ${at} for ever`, async () => {
      await behave('create', { kind: 'stuck', at });
      await offer();
      await eventually(async () => (await listed())[0]?.status === at);
      await box().control('PUT', '/sim/behaviours', []);
      await offer({ Body: 'later', To: '+15551230002' });
      await eventually(() => told().filter((status) => status === 'delivered').length === 1);

      expect((await listed()).at(-1)).to.include({ body: 'offer', status: at });
      expect(told().filter((_status, index) => toldTo(index) === PERSON)).to.deep.equal(statuses);
    });
  }
  const toldTo = (index: number) => box().receiver.received[index]?.form.To;

  it('accepts at once, and answers after the client has gone', async () => {
    await behave('create', { kind: 'delay', ms: 200 });
    const impatient = new AbortController();

    const answer = box().create({ To: PERSON, From: SHORT_CODE, Body: 'offer' }, impatient.signal);
    await eventually(async () => (await box().handset()).length === 1);
    impatient.abort();

    expect(await answer.catch((error: Error) => error.name)).to.equal('AbortError');
    const [entry] = await eventually(async () => {
      const entries = await box().ledger();
      return entries.every(({ outcome }) => outcome !== 'pending') && entries;
    });
    expect(entry).to.include({ outcome: 'client gone', httpStatus: null, answeredAt: null });
    expect(entry?.sid).to.equal((await box().handset())[0]?.sid);
  });
});
