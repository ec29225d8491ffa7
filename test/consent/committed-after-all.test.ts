import { expect } from 'chai';
import { MongoNetworkError } from 'mongodb';
import type { AppContext } from '../../src/consent/app-context.ts';
import type { Writer } from '../../src/consent/consent-writer.ts';
import { createInboundAcceptor, recordAndReply } from '../../src/consent/inbound/handle-inbound.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import type { InboundSms } from '../../src/sending/inbound-sms.ts';
import { newPerson } from '../promises/inbound-posts.ts';
import { deskOf, plant, rowOf } from '../receipts/rows.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { claim, leave, leaveAll, replyTo, textOf } from './inbound-texts.ts';

describe('a text that went to the spool and was committed after all', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  before(async () => {
    gateway = await startGateway({ worker: false });
    open = await deskOf(gateway);
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
  /** As `createInboundAcceptor` takes it where the word that it is committed is lost. Resolves with what the spool has. */
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

  it('ends what its opt-out forbids, though the process never came to that', async () => {
    const person = newPerson();
    await subscribe(person);
    const lines = await unheard(textOf(person, 'STOP'));
    const planned = await plant(open, person, 'Hello', { state: 'planned', rev: 1 });
    await replay(lines);
    expect(await rowOf(gateway.store, planned)).to.include({ state: 'canceled', error: 'opted out' });
  });

  it('waits, where it is a PAUSE, for an offer under way, though the process never came to that', async () => {
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
    await until('it looks again and again', async () => over || looks > 4);
    expect(await stateOf(text)).to.deep.equal(WAITING);
    const settled = { $set: { state: 'accepted' as const }, $unset: { open: '' as const } };
    await gateway.store.deliveries.updateOne({ _id: offer._id }, settled);
    await replayed;
    expect(await stateOf(text)).to.deep.equal(DUE);
  });

  it('asked nothing yet: a YES from before its question leaves does nothing', async () => {
    const person = newPerson();
    await replay(await unheard(textOf(person, 'JOIN')));
    await recordAndReply(open.context, textOf(person, 'YES'));
    const contact = await gateway.store.contacts.findOne({ index: open.context.indexOf(person) });
    expect(contact?.subscriptions.map((one) => one.state)).to.deep.equal(['pending']);
  });

  it('is answered by nobody else where a worker has its reply by then, or the carrier', async () => {
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

  it('is answered once where it was posted again meanwhile', async () => {
    const text = textOf(newPerson(), 'STOP');
    const lines = await unheard(text);
    await recordAndReply(open.context, { ...text, receivedAt: new Date() });
    const planned = await replyTo(open.context, text);
    expect(await stateOf(text)).to.deep.equal(DUE);
    await replay(lines);
    expect(await replyTo(open.context, text)).to.deep.equal(planned);
  });
});
