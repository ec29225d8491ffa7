import { expect } from 'chai';
import { recordAndReply } from '../../src/consent/inbound/handle-inbound.ts';
import { replyDueAt } from '../../src/domain/sending/answer-order.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { CLAIM_LEASE_MS } from '../../src/sending/gate.ts';
import { addressed, type InboundSms } from '../../src/sending/inbound-sms.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { contextOf, plant } from '../receipts/rows.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { newPerson, newSid } from './inbound-posts.ts';

describe("P3 STOP wins: the wait for what a text from the carrier's list ends", () => {
  let gateway: Gateway;
  let open: OpenedContext;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    open = await contextOf(gateway);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const promptOf = async (number: string): Promise<string> =>
    (await gateway.store.contacts.findOne({ index: open.context.indexOf(number) }))?.prompts.at(-1)?.id ?? '';
  const found = (from: string, body: string): InboundSms => ({
    ...{ sid: newSid(), ...addressed(from, '28555'), body, receivedAt: new Date(), door: 'list' },
    ...{ otherBodies: [], optOutType: null, form: { Body: body } },
  });
  /** The fields of a message under way, claimed by a worker before the person's text was known. */
  const flagged = (): Partial<DeliveryDoc> => ({
    ...{ state: 'sending', owner: 'another', leaseUntil: new Date(Date.now() + CLAIM_LEASE_MS), rev: 0 },
  });

  const ENDS: [what: string, before: string[], body: string, template: RegExp][] = [
    ['an opt-out', ['JOIN', 'YES'], 'STOP', /opt-out|stop/],
    ['a hold', ['JOIN', 'YES'], 'off', /hold/],
    ['a pause', ['JOIN', 'YES'], 'PAUSE 30', /pause/],
    ['a question that is refused', ['JOIN'], 'NO', /./],
  ];
  for (const [what, before, body, template] of ENDS) {
    it(`is over before the text is answered: ${what}`, async () => {
      const person = newPerson();
      for (const body of before) await gateway.text(person, body);
      const asks = { class: 'prompt' as const, topic: null, prompt: await promptOf(person) };
      const offer = await plant(open, person, 'Deals!', {
        ...flagged(),
        ...(before.includes('YES') ? {} : asks),
      });
      const text = found(person, body);
      const taken = recordAndReply(open.context, text);
      const { deliveries } = gateway.store;
      const answer = (): Promise<DeliveryDoc | null> => deliveries.findOne({ 'answers.sid': text.sid });
      await until('the reply to the text is planned', async () => (await answer()) !== null);
      const waiting = await answer();
      expect(waiting?.template).to.match(template);
      expect(waiting?.state).to.equal('planned');
      expect(waiting?.dueAt.getTime()).to.be.greaterThan(Date.now() + 30_000);
      const settled = { $set: { state: 'accepted' as const }, $unset: { open: '' as const } };
      await deliveries.updateOne({ _id: offer._id }, settled);
      await taken;
      expect((await answer())?.dueAt.getTime()).to.be.at.most(Date.now());
    });
  }

  it('is skipped when the text asks for help, which is due at once', async () => {
    const text = found(newPerson(), 'HELP');
    await recordAndReply(open.context, text);
    const answer = await gateway.store.deliveries.findOne({ 'answers.sid': text.sid });
    expect(answer?.dueAt).to.deep.equal(replyDueAt(text.receivedAt, 0));
    expect(answer).not.to.have.property('draining');
  });
});
