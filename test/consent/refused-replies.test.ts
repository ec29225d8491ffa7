import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { recordAndReply } from '../../src/consent/inbound/handle-inbound.ts';
import { openEntry } from '../../src/consent/ledger/ledger.ts';
import { REASONS, type Reason } from '../../src/domain/sending/send-rules.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { addressed, type InboundSms } from '../../src/sending/inbound-sms.ts';
import { endOf } from '../../src/store/deliveries/queue.ts';
import { openHolderKey } from '../../src/store/sealing/keys.ts';
import { newPerson } from '../promises/inbound-posts.ts';
import { contextOf } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { leaveAll, repliesTo, replyTo, textOf } from './inbound-texts.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

describe('a reply that may not leave when it is planned', () => {
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

  const received = async (from: string, body: string, over: Partial<InboundSms> = {}) => {
    const text = textOf(from, body, over);
    await recordAndReply(open.context, text);
    return text;
  };
  /** A text that lay in the spool for so long, ms. */
  const spooled = (from: string, body: string, ms: number) =>
    received(from, body, { door: 'spool', receivedAt: new Date(Date.now() - ms) });
  const hearAll = async (from: string, ...bodies: string[]): Promise<void> => {
    for (const body of bodies) await leaveAll(open.context, await received(from, body));
  };
  /** The newest entry of the ledger, and the words that it says were shown. */
  const newestOf = async (number: string) => {
    const contact = await gateway.store.contacts.findOne({ index: open.context.indexOf(number) });
    if (contact === null) throw new Error('nobody has this number');
    const entry = await gateway.store.consentEvents.findOne({ contact: contact._id }, { sort: { seq: -1 } });
    if (entry === null) throw new Error('nothing is on record');
    const key = openHolderKey(gateway.config.keyRing, contact._id, contact.keys, 'evidence');
    return { kind: entry.kind, shown: openEntry(entry, key)?.shown?.[1] };
  };
  /** The fields of a row that ended when it was planned. */
  const endedAtOnce = async (text: InboundSms) => {
    const row = await replyTo(open.context, text);
    const { state, epoch, leaseUntil, decision } = row;
    expect(row, 'nobody claims it, and nothing makes it due').to.not.have.any.keys('open', 'draining');
    expect([epoch, leaseUntil, decision?.at.getTime()]).to.deep.equal([0, null, row.createdAt.getTime()]);
    return [state, decision?.allowed, decision?.reasons];
  };

  it('is skipped with its reasons, and recorded as shown to nobody', async () => {
    const person = newPerson();
    await hearAll(person, 'JOIN', 'YES', 'STOP');
    const text = await received(person, 'YES');
    expect(await endedAtOnce(text)).to.deep.equal(['skipped', false, ['opted-out']]);
    expect(await newestOf(person)).to.deep.equal({ kind: 'ineffective', shown: undefined });
  });

  it("names every reason, including the carrier's block", async () => {
    const person = newPerson();
    const to = addressed(person, SENDERS.stylist.number);
    await received(person, 'STOP', to);
    const text = await received(person, 'MENU', to);
    expect(await endedAtOnce(text)).to.deep.equal(['skipped', false, ['opted-out', 'carrier-blocks']]);
    expect((await newestOf(person)).shown).to.equal(undefined);
  });

  it('expires when its text is too old: HELP after a day', async () => {
    const text = await spooled(newPerson(), 'HELP', DAY + MINUTE);
    expect(await endedAtOnce(text)).to.deep.equal(['expired', false, ['too-old']]);
  });

  it('expires when it confirms an opt-out of more than five minutes ago, which is still in force', async () => {
    const person = newPerson();
    const text = await spooled(person, 'STOP', 6 * MINUTE);
    expect(await endedAtOnce(text)).to.deep.equal(['expired', false, ['too-old']]);
    expect(await newestOf(person)).to.deep.equal({ kind: 'withdrawn', shown: undefined });
    expect((await replyTo(open.context, text)).class).to.equal('opt-out-confirmation');
  });

  it('changes no other reply, which is planned and recorded with its words', async () => {
    const person = newPerson();
    const text = await spooled(person, 'STOP', 4 * MINUTE);
    expect(await replyTo(open.context, text)).to.include({ state: 'planned', open: true, decision: null });
    const { kind, shown } = await newestOf(person);
    expect(kind).to.equal('withdrawn');
    expect(shown).to.contain('unsubscribed');
  });

  it('does not change when its text is repeated', async () => {
    const text = await spooled(newPerson(), 'STOP', 6 * MINUTE);
    const before = await repliesTo(open.context, text);
    await recordAndReply(open.context, text);
    expect(await repliesTo(open.context, text)).to.deep.equal(before);
  });
});

describe('the end of a reply that may not leave', () => {
  const LATE: readonly Reason[] = ['too-old', 'too-late'];
  for (const reason of Object.keys(REASONS) as Reason[]) {
    const end = LATE.includes(reason) ? 'expired' : 'skipped';
    it(`is ${end} for the reason ${reason}, alone or with others`, () => {
      expect(endOf([reason])).to.equal(end);
      expect(endOf(['opted-out', reason])).to.equal(end);
    });
  }
});
