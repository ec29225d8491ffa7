import { expect } from 'chai';
import { eventually, PERSON, SHORT_CODE } from './simulator-box.ts';
import { useFaults } from './use-faults.ts';
import { EMPTY, say } from './webhook-receiver.ts';

describe('faults on demand of the simulated carrier', () => {
  const { box, behave, offer, told, listed } = useFaults();

  describe('inbound', () => {
    it('loses a webhook, and keeps the text in the list', async () => {
      await behave('inbound', { kind: 'lose' });

      const result = await box().text(SHORT_CODE, 'STOP');

      expect(result).to.include({ answered: 'none', status: null });
      expect(box().receiver.received).to.deep.equal([]);
      expect((await listed()).map(({ body }) => body)).to.deep.equal(['STOP']);
      expect((await box().ledger()).map(({ outcome }) => outcome)).to.deep.equal(['lost']);
    });

    it('posts late', async () => {
      await behave('inbound', { kind: 'delay', ms: 150 }, { number: PERSON });

      const late = box().text(SHORT_CODE, 'late');
      await box().text(SHORT_CODE, 'prompt', { from: '+15551230002' });
      await late;

      expect(box().receiver.received.map(({ form }) => form.Body)).to.deep.equal(['prompt', 'late']);
    });

    it('posts one MessageSid several times and acts on one answer', async () => {
      await behave('inbound', { kind: 'duplicate', times: 2 });
      box().receiver.answer = () => say('hello');

      const { sid } = await box().text(SHORT_CODE, 'JOIN');

      expect(box().receiver.received.map(({ form }) => form.MessageSid)).to.deep.equal([sid, sid, sid]);
      const replies = (await box().ledger()).filter(({ kind }) => kind === 'twiml');
      expect(replies).to.have.length(1);
    });

    it('posts a text after the one that was sent later', async () => {
      await behave('inbound', { kind: 'reorder' });
      const first = box().text(SHORT_CODE, 'first');
      await eventually(async () => (await box().handset()).length === 1);
      await box().control('PUT', '/sim/behaviours', []);

      await box().text(SHORT_CODE, 'second');
      await first;

      expect(box().receiver.received.map(({ form }) => form.Body)).to.deep.equal(['second', 'first']);
    });

    it('posts the last text when none overtakes it', async () => {
      await behave('inbound', { kind: 'reorder', withinMs: 50 });

      expect((await box().text(SHORT_CODE, 'alone')).status).to.equal(200);
    });

    it('posts again on request, with the same SID and token, and acts only once', async () => {
      box().receiver.answer = () => say('hello');
      const { sid } = await box().text(SHORT_CODE, 'JOIN');

      const again = await (await box().control('POST', '/sim/replay', { sid })).json();

      expect(again).to.deep.include({ sid, status: 200, messages: [] });
      expect(again).to.have.property('twiml').that.contains('hello');
      const [first, other] = box().receiver.received;
      expect(other?.form).to.deep.equal(first?.form);
      expect(other?.token).to.equal(first?.token);
      expect((await box().control('POST', '/sim/replay', { sid: 'SM0' })).status).to.equal(400);
    });

    it('records what a later answer asked for, which it did not do', async () => {
      box().receiver.answer = () => EMPTY;
      const { sid } = await box().text(SHORT_CODE, 'JOIN');
      box().receiver.answer = () => say('hello');

      await box().control('POST', '/sim/replay', { sid });

      const ledger = await box().ledger();
      expect(ledger.filter(({ kind }) => kind === 'twiml')).to.deep.equal([]);
      const ignored = ledger.filter(({ kind }) => kind === 'ignored');
      expect(ignored).to.have.length(1);
      expect(ignored[0]).to.include({ sid, from: SHORT_CODE, to: PERSON, body: 'hello' });
    });
  });

  describe('status callbacks', () => {
    it('loses them, and the message arrives', async () => {
      await behave('status', { kind: 'lose' });
      await offer();

      await eventually(async () => (await box().handset()).length === 1);
      expect(told()).to.deep.equal([]);
    });

    it('posts each several times', async () => {
      await behave('status', { kind: 'duplicate', times: 1 });
      await offer();

      await eventually(() => told().length === 6);
      expect(told()).to.deep.equal(['sending', 'sending', 'sent', 'sent', 'delivered', 'delivered']);
    });

    it('posts them late', async () => {
      await behave('status', { kind: 'delay', ms: 100 });
      await offer();
      await eventually(async () => (await box().handset()).length === 1);

      expect(told()).to.deep.equal([]);
      await eventually(() => told().length === 3);
    });

    it('posts one after its successor', async () => {
      await behave('status', { kind: 'reorder' }, { status: 'sending' });
      await offer();

      await eventually(() => told().length === 3);
      expect(told()).to.deep.equal(['sent', 'sending', 'delivered']);
    });
  });

  it('refuses contradictory behaviors with the field, and keeps the old ones', async () => {
    await behave('create', { kind: 'http429' });
    const wrong: [unknown, string][] = [
      [{ match: {}, on: 'create', effect: { kind: 'lose' } }, '0.effect.kind'],
      [{ match: {}, on: 'create', effect: { kind: 'errorSync', code: 'x' } }, '0.effect.code'],
      [{ match: { share: 2 }, on: 'status', effect: { kind: 'lose' } }, '0.match.share'],
      [{ match: {}, on: 'nowhere', effect: { kind: 'lose' } }, '0.on'],
      [{ match: {}, on: 'status', effect: { kind: 'sulk' } }, '0.effect.kind'],
      [{ match: { colour: 'red' }, on: 'status', effect: { kind: 'lose' } }, '0.match'],
    ];
    for (const [behaviour, field] of wrong) {
      const refused = await box().control('PUT', '/sim/behaviours', [behaviour]);
      expect(refused.status).to.equal(400);
      const { errors } = (await refused.json()) as { errors: { field: string }[] };
      expect(errors[0]?.field).to.equal(field);
    }
    expect((await offer()).status).to.equal(429);
  });

  it('forgets messages, behaviors, blocks and pending events on DELETE /sim', async () => {
    await behave('status', { kind: 'delay', ms: 50 });
    await offer();
    await box().control('DELETE', '/sim');
    box().receiver.received.length = 0;

    expect((await offer()).status).to.equal(201);
    await eventually(() => told().length === 3);
    expect(await listed()).to.have.length(1);
  });
});
