import { expect } from 'chai';
import { recordAndReply } from '../../src/consent/inbound/handle-inbound.ts';
import { findSender } from '../../src/domain/program.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { createSenderQueue } from '../../src/sending/dispatcher.ts';
import type { Cleared, Transport } from '../../src/sending/gate.ts';
import { addressed, type InboundSms } from '../../src/sending/inbound-sms.ts';
import { openHolder } from '../../src/store/contacts/open-contact.ts';
import { openContent } from '../../src/store/deliveries/new-delivery.ts';
import { newPerson } from '../promises/inbound-posts.ts';
import { contextOf } from '../receipts/rows.ts';
import { carrierOf, dispatchDeps, takesAll } from '../sending/dispatch-deps.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { programOf, SENDERS } from './handling-senders.ts';
import { repliesTo, replyTo, textOf } from './inbound-texts.ts';

const SERVED = SENDERS.advanced;
const SERVICE = SERVED.messagingServiceSid ?? '';

/** A number of the service's pool that nobody has saved as a sender. */
const POOLED = '+15550100777';

describe('the addresses of a reply', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  before(async () => {
    const senders = Object.values(SENDERS);
    const programs = senders.map(({ handling }) => programOf(handling));
    gateway = await startGateway({ worker: false, senders, programs });
    open = await contextOf(gateway);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const received = async (from: string, to: string, body: string, service?: string): Promise<InboundSms> => {
    const form: Record<string, string> = { From: from, To: to, Body: body };
    if (service !== undefined) form.MessagingServiceSid = service;
    const text = textOf(from, body, { ...addressed(from, to), form });
    await recordAndReply(open.context, text);
    return text;
  };
  /** The sealed words of the only reply to a text, but for what they say; with its row. */
  const sealedOf = async (text: InboundSms) => {
    const row = await replyTo(open.context, text);
    const contact = await gateway.store.contacts.findOne({ _id: row.contact });
    if (contact === null) throw new Error('nobody is answered');
    const words = openContent(openHolder(open.context.ring, contact, []), row);
    if (words === null) throw new Error('the words are gone');
    const { text: _, ...addresses } = words;
    return { row, addresses, contact };
  };
  /** What a worker hands over when it serves a sender. */
  const handedOver = async (sender: string): Promise<Cleared[]> => {
    const gone: Cleared[] = [];
    const transport: Transport = (cleared, mayWrite) => {
      gone.push(...cleared);
      return takesAll(cleared, mayWrite);
    };
    const { book } = open.context.catalog.current();
    const deps = dispatchDeps(gateway.store, open.context, {
      ...open.context,
      sender: (number) => findSender(book, number),
      program: (id) => book.programs.find((program) => program.id === id) ?? null,
      carrier: carrierOf(transport),
    });
    const queue = createSenderQueue(deps, () => findSender(book, sender) ?? SERVED, 'answers');
    const turn = await queue.turn();
    if (turn.kind === 'sending') await turn.done;
    return gone;
  };

  type Case = {
    from: (person: string) => string;
    to: string;
    service?: string;
    /** The sealed fields besides the recipient. */
    sealed: { from?: string };
    /** The number and the service that the create call names. */
    leaves: { from: string; service: string | null };
  };
  const AGENT = 'rcs:fernway_agent';
  const plain = (person: string): string => person;
  const CASES: [what: string, one: Case][] = [
    [
      'goes from the number of ours to which the text came, and no more is sealed',
      { from: plain, to: SERVED.number, sealed: {}, leaves: { from: SERVED.number, service: SERVICE } },
    ],
    [
      'goes from the number of the service’s pool to which the text came, by the service',
      {
        from: plain,
        to: POOLED,
        service: SERVICE,
        sealed: { from: POOLED },
        leaves: { from: POOLED, service: SERVICE },
      },
    ],
    [
      'goes from the agent to whom the text came, by its channel alone',
      {
        from: (person) => `rcs:${person}`,
        to: AGENT,
        service: SERVICE,
        sealed: { from: AGENT },
        leaves: { from: AGENT, service: null },
      },
    ],
    [
      'goes from the address of ours to which the text came on another channel, by that channel alone',
      {
        from: (person) => `whatsapp:${person}`,
        to: `whatsapp:${SERVED.number}`,
        sealed: { from: `whatsapp:${SERVED.number}` },
        leaves: { from: `whatsapp:${SERVED.number}`, service: null },
      },
    ],
  ];
  for (const [what, { from, to, service, sealed, leaves }] of CASES) {
    it(what, async () => {
      const person = newPerson();
      const text = await received(from(person), to, 'STYLE', service);
      const { row, addresses, contact } = await sealedOf(text);
      expect(addresses).to.deep.equal({ to: from(person), ...sealed });
      const queued = { class: 'prompt', sender: SERVED.number, service: SERVICE };
      expect(row, 'queue and pace are those of the sender').to.include(queued);
      expect([row.index, contact.index], 'the person is known by their number').to.deep.equal([
        open.context.indexOf(person),
        open.context.indexOf(person),
      ]);
      const gone = (await handedOver(SERVED.number)).map((clearedMessage) => [
        clearedMessage.to,
        clearedMessage.from,
        clearedMessage.service,
      ]);
      expect(gone).to.deep.equal([[from(person), leaves.from, leaves.service]]);
    });
  }

  it('are not used when the person says STOP on another channel: the prompt by text is canceled', async () => {
    const person = newPerson();
    const join = await received(person, SERVED.number, 'STYLE', SERVICE);
    const stop = await received(`rcs:${person}`, 'rcs:fernway_agent', 'STOP', SERVICE);
    expect((await replyTo(open.context, join)).state).to.equal('canceled');
    expect(await gateway.store.contacts.countDocuments({ index: open.context.indexOf(person) })).to.equal(1);
    // The carrier answers a STOP where it handles them.
    expect(await repliesTo(open.context, stop)).to.deep.equal([]);
  });

  it('are those of the channel on which the person wrote, and a YES there confirms', async () => {
    const person = newPerson();
    const to = 'rcs:fernway_agent';
    await received(`rcs:${person}`, to, 'STYLE', SERVICE);
    expect(await handedOver(SERVED.number)).to.have.lengthOf(1);
    await received(`rcs:${person}`, to, 'YES', SERVICE);
    const contact = await gateway.store.contacts.findOne({ index: open.context.indexOf(person) });
    expect(contact?.subscriptions.map(({ state }) => state)).to.deep.equal(['subscribed']);
  });
});

describe('the addresses of a text', () => {
  it('are kept as the carrier wrote them, beside the phone numbers', () => {
    const from = 'rcs:+15551240000';
    expect(addressed(from, 'rcs:fernway_agent')).to.deep.equal({
      from: '+15551240000',
      to: 'rcs:fernway_agent',
      addresses: { from, to: 'rcs:fernway_agent' },
    });
    const plain = { from: '', to: '28555' };
    expect(addressed('', '28555')).to.deep.equal({ ...plain, addresses: plain });
  });

  it("are cut when they are longer than any of the carrier's", () => {
    const { from, addresses } = addressed(`rcs:+${'1'.repeat(5000)}`, 'x'.repeat(5000));
    expect([from.length, addresses.from.length, addresses.to.length]).to.deep.equal([100, 100, 100]);
  });
});
