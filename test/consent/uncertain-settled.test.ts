import { expect } from 'chai';
import { catchUp } from '../../src/consent/inbound/catch-up.ts';
import { recordAndReply } from '../../src/consent/inbound/handle-inbound.ts';
import { fetchUncertain, settleByList } from '../../src/consent/inbound/uncertain.ts';
import { verifyLedger } from '../../src/consent/ledger/verify-ledger.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import type { InboundSms } from '../../src/sending/inbound-sms.ts';
import type { ListedInbound } from '../../src/sending/twilio/message-list.ts';
import { uncertainId } from '../../src/sending/twilio/webhook-forms.ts';
import { newPerson, newSid } from '../promises/inbound-posts.ts';
import { contextOf } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { leaveAll, repliesTo, textOf } from './inbound-texts.ts';

const SECOND = 1000;
const MINUTE = 60_000;

describe("an uncertain text, settled by the carrier's copy", () => {
  let gateway: Gateway;
  let open: OpenedContext;
  /** The clock of the context. */
  let at = Date.UTC(2026, 11, 1, 12);
  before(async () => {
    gateway = await startGateway({ worker: false });
    open = await contextOf(gateway, () => new Date(at));
  });
  beforeEach(async () => {
    await gateway.store.uncertainTexts.deleteMany({});
    at += 24 * 60 * MINUTE;
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const certain = (person: string, body: string): InboundSms =>
    textOf(person, body, {
      form: { From: person, To: '28555', Body: body },
      receivedAt: new Date(at),
    });
  /** A text whose form has a field that nobody documented. */
  const uncertain = (person: string, body: string, claimed: string | null = newSid()): InboundSms => {
    const form = { From: person, To: '28555', Body: body, MessageSid: claimed ?? '', NewField: 'x' };
    const doubt = { kind: 'unknown-name' as const, field: null };
    return textOf(person, body, {
      ...{ sid: uncertainId(form), form, receivedAt: new Date(at) },
      uncertain: { claimed, doubt },
    });
  };
  const say = async (text: InboundSms): Promise<InboundSms> => {
    await recordAndReply(open.context, text);
    at += SECOND;
    return text;
  };
  const join = async (person: string): Promise<void> => {
    for (const word of ['JOIN', 'YES']) {
      const text = await say(certain(person, word));
      await leaveAll(open.context, text);
      at += SECOND;
    }
  };
  const copyOf = (person: string, body: string, sid: string | null | undefined): ListedInbound => ({
    ...{ sid: sid ?? newSid(), from: person, to: '28555', body, sentAt: new Date(at) },
  });
  const fetchAs = async (copy: ListedInbound | 'not-inbound' | null, ms = 2 * SECOND): Promise<void> => {
    at += ms;
    await fetchUncertain(open.context, async () => copy);
  };
  const statesOf = async (person: string) => {
    const contact = await gateway.store.contacts.findOne({
      index: open.context.indexOf(person),
      current: true,
    });
    return contact?.subscriptions.map(({ state }) => state) ?? [];
  };
  const confirmations = (person: string): Promise<number> =>
    gateway.store.deliveries.countDocuments({
      ...{ index: open.context.indexOf(person), class: 'opt-out-confirmation', state: 'planned' },
    });
  const keptOf = (text: InboundSms) => gateway.store.uncertainTexts.findOne({ _id: text.sid });
  const rowOf = (_id: string) => gateway.store.inbound.findOne({ _id });

  it('gets its sender and words from the carrier, so that a JOIN for somebody else does nothing for them', async () => {
    const [attacker, stranger] = [newPerson(), newPerson()];
    const text = await say(uncertain(stranger, 'JOIN'));
    const copy = copyOf(attacker, `JOINFrom${stranger}`, text.uncertain?.claimed);
    await fetchAs(copy);
    expect(await statesOf(stranger)).to.deep.equal([]);
    expect(await gateway.store.deliveries.countDocuments({ index: open.context.indexOf(stranger) })).to.equal(
      0,
    );
    expect((await rowOf(copy.sid))?.reading.kind).to.equal('unknown');
    expect((await keptOf(text))?.settled).to.equal('confirmed');
  });

  it('is dated by its arrival, so that a later STOP wins', async () => {
    const person = newPerson();
    const text = uncertain(person, 'JOIN');
    const copy = copyOf(person, 'JOIN', text.uncertain?.claimed);
    await say(text);
    await say(certain(person, 'STOP'));
    await fetchAs(copy);
    expect(await statesOf(person)).to.deep.equal([]);
    expect((await rowOf(copy.sid))?.receivedAt).to.deep.equal(text.receivedAt);
  });

  it('keeps a person in who joined again after a STOP that had counted at once', async () => {
    const person = newPerson();
    await join(person);
    const text = uncertain(person, 'STOP');
    const copy = copyOf(person, 'STOP', text.uncertain?.claimed);
    await say(text);
    expect(await statesOf(person)).to.deep.equal(['unsubscribed']);
    await join(person);
    await fetchAs(copy);
    expect(await statesOf(person)).to.deep.equal(['subscribed']);
    expect(await confirmations(person)).to.equal(0);
  });

  it('becomes an inbox item when it is a STOP under the id of another text', async () => {
    const [person, other] = [newPerson(), newPerson()];
    await join(person);
    const text = await say(uncertain(person, 'STOP'));
    const copy = copyOf(other, 'is the blue one back?', text.uncertain?.claimed);
    await fetchAs(copy);
    expect(await statesOf(person), 'it stands until a person decides').to.deep.equal(['unsubscribed']);
    expect(await rowOf(text.sid)).to.include({ inbox: 'open', inDoubt: 'denied', uncertain: true });
    expect((await keptOf(text))?.settled).to.equal('denied');
    expect((await rowOf(copy.sid))?.reading.kind, 'what was texted is taken in').to.equal('unknown');
    expect(await confirmations(person)).to.equal(0);
  });

  it('is fetched at set times, and settled by the list when the carrier answers "not found"', async () => {
    const person = newPerson();
    const text = await say(uncertain(person, 'STOP'));
    const asked: number[] = [];
    const came = text.receivedAt.getTime();
    const lookUp = async (): Promise<null> => {
      asked.push(Math.round((at - came) / SECOND));
      return null;
    };
    for (let second = 1; second <= 400; second += 1) {
      at = came + second * SECOND;
      await fetchUncertain(open.context, lookUp);
    }
    expect(asked).to.deep.equal([1, 5, 30, 300]);
    expect((await rowOf(text.sid))?.inbox).to.equal(undefined);
    const none = async (): Promise<ListedInbound[]> => [];
    expect(await settleByList(open.context, none)).to.deep.equal([]);
    expect((await keptOf(text))?.open, 'the list may be late').to.equal(true);
    at = came + 11 * MINUTE;
    await settleByList(open.context, none);
    expect((await keptOf(text))?.settled).to.equal('denied');
    expect(await rowOf(text.sid)).to.include({ inbox: 'open', inDoubt: 'denied' });
  });

  it('is fetched with at most five others in a second', async () => {
    const texts = Array.from({ length: 12 }, () => uncertain(newPerson(), 'JOIN'));
    for (const text of texts) await recordAndReply(open.context, text);
    const asked: string[] = [];
    const lookUp = async (sid: string): Promise<null> => {
      asked.push(sid);
      return null;
    };
    at += 2 * SECOND;
    for (let look = 0; look < 3; look += 1) await fetchUncertain(open.context, lookUp);
    expect(asked).to.have.lengthOf(5);
    at += SECOND;
    await fetchUncertain(open.context, lookUp);
    expect(asked).to.have.lengthOf(10);
  });

  it('is settled by the list alone when its form claims no id', async () => {
    const [told, made] = [newPerson(), newPerson()];
    const [genuine, forged] = [uncertain(told, 'STOP', null), uncertain(made, 'STOP', null)];
    const copy = copyOf(told, 'STOP', null);
    for (const text of [genuine, forged]) await say(text);
    await fetchAs(null);
    at += 11 * MINUTE;
    await settleByList(open.context, async () => [copy]);
    expect((await keptOf(genuine))?.settled).to.equal('confirmed');
    expect((await keptOf(forged))?.settled).to.equal('denied');
    expect(await rowOf(forged.sid)).to.include({ inbox: 'open', inDoubt: 'denied' });
  });

  it('is settled by the first list that has it, and confirmed once', async () => {
    const person = newPerson();
    await join(person);
    const text = uncertain(person, 'STOP');
    const copy = copyOf(person, 'STOP', text.uncertain?.claimed);
    await say(text);
    at += MINUTE;
    for (let look = 0; look < 2; look += 1)
      await catchUp(
        open.context,
        async () => [copy],
        () => true,
      );
    expect((await keptOf(text))?.settled).to.equal('confirmed');
    expect(await confirmations(person)).to.equal(1);
  });

  it('restores no number that was suppressed since for failed messages', async () => {
    const person = newPerson();
    const row = { index: open.context.indexOf(person), scope: 'all' as const, kind: 'hygiene' as const };
    const stands = { generation: 1, since: new Date(at), lifts: {}, until: null, source: 'bounces' };
    await gateway.store.suppressions.insertOne({ ...row, ...stands });
    await say(uncertain(person, 'STOP'));
    expect((await gateway.store.suppressions.findOne(row))?.lifts).to.deep.equal({});
  });

  describe('closing words under the MessageSid of an earlier text', () => {
    it("are an opt-out at once, and confirmed once the carrier's copy has those words", async () => {
      const person = newPerson();
      await join(person);
      const first = await say(certain(person, 'HELP'));
      await say({ ...certain(person, 'STOP'), sid: first.sid });
      expect(await statesOf(person)).to.deep.equal(['unsubscribed']);
      expect(await confirmations(person), 'nothing is said yet').to.equal(0);
      await fetchAs(copyOf(person, 'STOP', first.sid));
      expect(await confirmations(person)).to.equal(1);
      expect((await rowOf(first.sid))?.reading.kind).to.equal('help');
      await fetchAs(copyOf(person, 'STOP', first.sid));
      expect(await confirmations(person), 'once').to.equal(1);
    });

    it('are an inbox item when the copy has the earlier words', async () => {
      const person = newPerson();
      await join(person);
      const first = await say(certain(person, 'HELP'));
      await say({ ...certain(person, 'STOP'), sid: first.sid });
      await fetchAs(copyOf(person, 'HELP', first.sid));
      expect(await statesOf(person)).to.deep.equal(['unsubscribed']);
      expect(await confirmations(person)).to.equal(0);
      const [item] = await gateway.store.inbound
        .find({ inDoubt: 'denied', receivedAt: { $gt: first.receivedAt } })
        .toArray();
      expect(item?._id).to.match(/^uncertain\./);
      expect(await repliesTo(open.context, { sid: item?._id ?? '' })).to.deep.equal([]);
    });
  });

  it('leave ledgers that verify', async () => {
    const report = await verifyLedger(gateway.store, gateway.config, () => undefined);
    expect(report.chains).to.be.greaterThan(5);
    expect(report.faults).to.deep.equal([]);
  });
});
