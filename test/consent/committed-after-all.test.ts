import { expect } from 'chai';
import { MongoNetworkError } from 'mongodb';
import type { AppContext } from '../../src/consent/app-context.ts';
import type { Writer } from '../../src/consent/consent-writer.ts';
import { createInboundAcceptor, recordAndReply } from '../../src/consent/inbound/handle-inbound.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import type { InboundSms } from '../../src/sending/inbound-sms.ts';
import { newPerson } from '../promises/inbound-posts.ts';
import { contextOf, plant, rowOf } from '../receipts/rows.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { claim, leave, leaveAll, replyTo, textOf } from './inbound-texts.ts';

describe('a spooled text that had been committed', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  before(async () => {
    gateway = await startGateway({ worker: false });
    open = await contextOf(gateway);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  async function subscribe(person: string): Promise<void> {
    for (const body of ['JOIN', 'YES']) {
      const text = textOf(person, body);
      await recordAndReply(open.context, text);
      await leaveAll(open.context, text);
    }
  }
  /**
   * Accepts a text like `createInboundAcceptor` when the answer to its commit is lost. Resolves with the spooled
   * texts.
   */
  function unheard(text: InboundSms): Promise<InboundSms[]> {
    const submit: Writer['submit'] = async (work) => {
      await open.context.writer.submit(work);
      throw new MongoNetworkError('the connection broke');
    };
    return spooledBy({ ...open.context, writer: { ...open.context.writer, submit } }, text);
  }
  async function spooledBy(context: AppContext, text: InboundSms): Promise<InboundSms[]> {
    const lines: InboundSms[] = [];
    const append = async (line: InboundSms) => void lines.push({ ...line, door: 'spool' });
    const spool = { append } as unknown as Parameters<typeof createInboundAcceptor>[1];
    await createInboundAcceptor(context, spool, () => undefined)(text);
    return lines;
  }
  async function replay(lines: InboundSms[]): Promise<void> {
    expect(lines).to.have.lengthOf(1);
    for (const line of lines) await recordAndReply(open.context, line);
  }
  /** State of its only reply, whether that waits for what the text ended, and whether it is due. */
  const stateOf = async (text: InboundSms): Promise<[string, boolean, boolean]> => {
    const row = await replyTo(open.context, text);
    return [row.state, row.draining === true, row.dueAt.getTime() <= Date.now()];
  };
  const WAITING = ['planned', true, false];
  const DUE = ['planned', false, true];

  for (const [body, before] of [
    ['HELP', DUE],
    ['JOIN', DUE],
    ['STOP', WAITING],
    ['PAUSE 30', WAITING],
  ] as const) {
    it(`is answered once, by the reply that was planned with it: ${body}`, async () => {
      const text = textOf(newPerson(), body);
      const lines = await unheard(text);
      expect(await stateOf(text)).to.deep.equal(before);
      const planned = await replyTo(open.context, text);
      await replay(lines);
      expect(await stateOf(text)).to.deep.equal(DUE);
      const now = await replyTo(open.context, text);
      expect([now._id, now.epoch, now.sealed]).to.deep.equal([planned._id, 0, planned.sealed]);
    });
  }

  it('cancels what its opt-out forbids, though its process never did', async () => {
    const person = newPerson();
    await subscribe(person);
    const lines = await unheard(textOf(person, 'STOP'));
    const planned = await plant(open, person, 'Hello', { state: 'planned', rev: 1 });
    await replay(lines);
    expect(await rowOf(gateway.store, planned)).to.include({ state: 'canceled', error: 'opted out' });
  });

  it('waits for an offer under way when it is a PAUSE, though its process never did', async () => {
    const person = newPerson();
    await subscribe(person);
    const text = textOf(person, 'PAUSE 30');
    const [line] = await unheard(text);
    const offer = await plant(open, person, 'Deals!', { owner: 'another', leaseUntil: new Date() });
    let looks = 0;
    let over = false;
    const monotonic = (): number => {
      looks += 1;
      return 0;
    };
    const replayed = recordAndReply({ ...open.context, monotonic }, line as InboundSms).finally(() => {
      over = true;
    });
    await until('the replay has looked four times for the offer under way', async () => over || looks > 4);
    expect(await stateOf(text)).to.deep.equal(WAITING);
    const settled = { $set: { state: 'accepted' as const }, $unset: { open: '' as const } };
    await gateway.store.deliveries.updateOne({ _id: offer._id }, settled);
    await replayed;
    expect(await stateOf(text)).to.deep.equal(DUE);
  });

  it('has prompted nobody yet, so that a YES from before the prompt leaves does nothing', async () => {
    const person = newPerson();
    await replay(await unheard(textOf(person, 'JOIN')));
    await recordAndReply(open.context, textOf(person, 'YES'));
    const contact = await gateway.store.contacts.findOne({ index: open.context.indexOf(person) });
    expect(contact?.subscriptions.map((subscription) => subscription.state)).to.deep.equal(['pending']);
  });

  it('is answered by nobody else when a worker or the carrier has its reply by then', async () => {
    const text = textOf(newPerson(), 'HELP');
    const lines = await unheard(text);
    const attempt = await claim(open.context, await replyTo(open.context, text));
    const claimed = await replyTo(open.context, text);
    await replay(lines);
    expect(await replyTo(open.context, text)).to.deep.equal(claimed);
    await leave(open.context, attempt, new Date());
    const taken = await replyTo(open.context, text);
    await replay(lines);
    expect(await replyTo(open.context, text)).to.deep.equal(taken);
  });

  it('is answered once when it was posted again meanwhile', async () => {
    const text = textOf(newPerson(), 'STOP');
    const lines = await unheard(text);
    await recordAndReply(open.context, { ...text, receivedAt: new Date() });
    const planned = await replyTo(open.context, text);
    expect(await stateOf(text)).to.deep.equal(DUE);
    await replay(lines);
    expect(await replyTo(open.context, text)).to.deep.equal(planned);
  });
});
