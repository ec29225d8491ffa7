import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../scripts/seed/programs.ts';
import type { Program, Sender } from '../../src/domain/program.ts';
import type { MessageClass } from '../../src/domain/sending/lanes.ts';
import type { Reason } from '../../src/domain/sending/send-rules.ts';
import type { DispatchDeps } from '../../src/sending/claim-batch.ts';
import { createSenderQueue } from '../../src/sending/dispatcher.ts';
import type { Cleared, HandOver } from '../../src/sending/gate.ts';
import { planReply } from '../../src/sending/plan-delivery.ts';
import { findHolders } from '../../src/store/contacts/contacts.ts';
import { newHolder, type OpenContact, openHolder } from '../../src/store/contacts/open-contact.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { blindIndex } from '../../src/store/sealing/keys.ts';
import { carrierOf, dispatchDeps, taken } from '../sending/dispatch-deps.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

type Case = {
  who: string;
  texts: string[];
  topic: string;
  class: MessageClass;
  reasons: Reason[];
};

const marketing = (who: string, texts: string[], reasons: Reason[], topic = 'deals'): Case => ({
  who,
  texts,
  topic,
  class: 'marketing',
  reasons,
});

const CASES: Case[] = [
  marketing('never texted us', [], ['number-changed']),
  marketing('only asked for help', ['HELP'], ['not-subscribed']),
  marketing('was asked and has not answered', ['JOIN'], ['not-subscribed']),
  marketing('said no', ['JOIN', 'NO'], ['not-subscribed']),
  marketing('agreed to nothing but ordinary talk', ['JOIN', 'sounds good'], ['not-subscribed']),
  marketing('confirmed another program', ['ORDERS', 'YES'], ['not-subscribed']),
  marketing('never chose the topic', ['JOIN', 'YES'], ['topic-off'], 'news'),
  marketing('turned the topic off', ['JOIN', 'YES', 'STOP DEALS'], ['opted-out', 'topic-off']),
  marketing('said STOP', ['JOIN', 'YES', 'STOP'], ['opted-out', 'not-subscribed']),
  marketing(
    'said STOP and was only asked again',
    ['JOIN', 'YES', 'STOP', 'JOIN'],
    ['opted-out', 'not-subscribed'],
  ),
  marketing('may have meant STOP', ['JOIN', 'YES', '🛑'], ['held']),
  marketing('asked for a pause', ['JOIN', 'YES', 'PAUSE'], ['paused']),
  {
    who: 'agreed to marketing, for a topic of marketing named as information',
    texts: ['JOIN', 'YES'],
    topic: 'deals',
    class: 'transactional',
    reasons: ['wrong-purpose'],
  },
  {
    who: 'was asked and has not answered',
    texts: ['ORDERS'],
    topic: 'orders',
    class: 'transactional',
    reasons: ['not-subscribed'],
  },
  {
    who: 'said STOP',
    texts: ['ORDERS', 'YES', 'STOP'],
    topic: 'orders',
    class: 'transactional',
    reasons: ['opted-out', 'not-subscribed'],
  },
];

describe('P2 no confirmed consent, no message: nothing leaves for a person who', () => {
  let gateway: Gateway;
  let used = 0;
  const handed: string[] = [];
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
  });
  after(() => gateway.stop());

  const someone = (): string => `+1555126${String(used++).padStart(4, '0')}`;

  const holderOf = async (number: string): Promise<OpenContact> => {
    const { keyRing, blindIndexKeys } = gateway.config;
    const index = blindIndex(blindIndexKeys, number);
    const [stored] = await findHolders(gateway.store, [index]);
    return stored === undefined
      ? newHolder(keyRing, number, index, [])
      : openHolder(keyRing, stored, await gateway.store.suppressions.find({ index }).toArray());
  };

  /** Plans a row as a campaign would, whatever the person said. */
  const plan = async (number: string, topic: string, cls: MessageClass): Promise<string> => {
    const program = PROGRAMS.find(({ topics }) => topics.some(({ id }) => id === topic)) as Program;
    const reply = {
      class: cls,
      template: 'welcome',
      program: program.id,
      language: 'en',
      text: 'an offer',
      prompt: null,
    } as const;
    const sender: Sender = SENDERS.shop;
    const at = new Date();
    const cause = randomBytes(8).toString('hex');
    const holder = await holderOf(number);
    const { row } = planReply(reply, 0, {
      holder,
      rev: 1,
      sender,
      cause,
      answers: null,
      addresses: null,
      own: false,
      draining: false,
      at,
    });
    await gateway.store.deliveries.insertOne({ ...row, topic });
    return row._id;
  };

  /** Runs one batch of the dispatcher on the real database. Its hand-overs are recorded and not sent. */
  const round = async (
    deps: {
      ring?: Gateway['config']['keyRing'];
      program?: () => null;
      onError?: DispatchDeps['onError'];
    } = {},
  ): Promise<void> => {
    const { store, config } = gateway;
    const transport = async (cleared: readonly Cleared[]): Promise<HandOver[]> => {
      handed.push(...cleared.map((clearedMessage) => clearedMessage.ref.delivery));
      return cleared.map((clearedMessage) => taken(clearedMessage));
    };
    const indexOf = (number: string) => blindIndex(config.blindIndexKeys, number);
    const people = { ring: config.keyRing, indexOf };
    const parts = dispatchDeps(store, people, { carrier: carrierOf(transport), ...deps });
    const turn = await createSenderQueue(parts, () => SENDERS.shop).turn();
    if (turn.kind === 'sending') await turn.done;
  };

  const rowOf = async (id: string): Promise<DeliveryDoc | null> =>
    gateway.store.deliveries.findOne({ _id: id });

  for (const { who, texts, topic, class: cls, reasons } of CASES) {
    it(`${who} (${cls})`, async () => {
      const person = someone();
      for (const body of texts) await gateway.text(person, body);
      const id = await plan(person, topic, cls);

      await round();

      expect(handed).not.to.include(id);
      const row = await rowOf(id);
      expect(row?.state).to.equal('skipped');
      expect(row?.decision).to.deep.include({ allowed: false, reasons });
    });
  }

  it('has a row in another person’s name', async () => {
    const [subscriber, other] = [someone(), someone()];
    for (const body of ['JOIN', 'YES']) await gateway.text(subscriber, body);
    await gateway.text(other, 'HELP');
    const id = await plan(other, 'deals', 'marketing');
    const { id: contact } = await holderOf(subscriber);
    await gateway.store.deliveries.updateOne({ _id: id }, { $set: { contact } });

    // The text was sealed for another person and does not open with the subscriber's key.
    await round().catch(() => undefined);

    expect(handed).not.to.include(id);
    expect((await rowOf(id))?.state).not.to.equal('accepted');
    await gateway.store.deliveries.deleteOne({ _id: id });
  });

  it('cannot be read: the keys are missing', async () => {
    const person = someone();
    for (const body of ['JOIN', 'YES']) await gateway.text(person, body);
    const id = await plan(person, 'deals', 'marketing');

    const failed: string[] = [];
    const onError = (_error: unknown, line: string): void => void failed.push(line);

    await round({ ring: { active: 'none', keys: new Map() }, onError });

    expect(failed.join()).to.contain('this process cannot decrypt');
    expect(handed).not.to.include(id);
    const row = await rowOf(id);
    expect([row?.state, row?.owner, (row?.dueAt ?? 0) > new Date()]).to.deep.equal(['planned', null, true]);
    await gateway.store.deliveries.deleteOne({ _id: id });
  });

  it('is in a program that cannot be found', async () => {
    const person = someone();
    for (const body of ['JOIN', 'YES']) await gateway.text(person, body);
    const id = await plan(person, 'deals', 'marketing');

    await round({ program: () => null });

    expect(handed).not.to.include(id);
    expect((await rowOf(id))?.state, 'a program that was saved a moment ago').to.equal('planned');
    await gateway.store.deliveries.updateOne(
      { _id: id },
      { $set: { createdAt: new Date(Date.now() - 10_000), dueAt: new Date() } },
    );

    await round({ program: () => null });

    expect(handed).not.to.include(id);
    expect((await rowOf(id))?.decision?.reasons).to.include('program-ended');
  });

  it('did not confirm it, while a person who confirmed gets marketing and information alike', async () => {
    const person = someone();
    for (const body of ['JOIN', 'YES', 'ORDERS', 'YES']) await gateway.text(person, body);
    const ids = [await plan(person, 'deals', 'marketing'), await plan(person, 'orders', 'transactional')];

    await round();

    expect(handed).to.include.members(ids);
  });
});
