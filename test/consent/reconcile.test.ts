import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { carrierOptOut } from '../../src/consent/carrier-opt-out.ts';
import { reconcile } from '../../src/consent/inbound/catch-up.ts';
import { ageConsents } from '../../src/consent/maintenance/renewals.ts';
import { DoneInPart } from '../../src/domain/reports/job-counts.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { createTwilioClient, type TwilioClient } from '../../src/sending/twilio/client.ts';
import { ListTooLong } from '../../src/sending/twilio/message-list.ts';
import { newClient } from '../api/client.ts';
import { newPerson, newSid, optOutOf } from '../promises/inbound-posts.ts';
import { contextOf, plant } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

describe('the search for opt-outs that only the carrier knows', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  let carrier: TwilioClient;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    carrier = createTwilioClient({ ...gateway.config.twilio, publicUrl: gateway.config.publicUrl });
    open = await contextOf(gateway);
  });
  after(async () => {
    await carrier.close();
    await open.close();
    await gateway.stop();
  });

  const run = () => reconcile(open.context, carrier.listInbound, () => true);
  const drift = async () => {
    const { body } = await (await newClient(gateway))('get', '/reports/drift');
    const found = body.sources.map((source: { source: string; code: string; found: number }) => [
      ...[source.source, source.code, source.found],
    ]);
    return { body, found };
  };

  it('finds them in the list of three days, puts them in force at once, and reports how they came', async () => {
    const [left, told] = [newPerson(), newPerson()];
    for (const person of [left, told]) for (const word of ['JOIN', 'YES']) await gateway.text(person, word);
    const row = await plant(open, told, 'Hello', { state: 'failed', carrierSid: 'SM1' });
    await carrierOptOut(open.context, { delivery: row._id, code: '21610', at: new Date() });
    await gateway.web.stop();
    // A person named by the carrier's error is out already, so their own late STOP is no second opt-out.
    for (const person of [left, told]) await gateway.textWithoutWaiting(person, 'STOP');
    expect(await optOutOf(gateway, left)).to.equal(null);
    const first = await run();
    expect(first).to.include({ found: 2, opt_outs: 2, not_repaired: 0 });
    expect(first.listed).to.be.greaterThan(3);
    expect(await optOutOf(gateway, left)).not.to.equal(null);
    expect(await run()).to.include({ found: 0, opt_outs: 0 });
    await gateway.web.start();
    const { body, found } = await drift();
    expect(found).to.deep.equal([
      ['inbound-list', null, 1],
      ['opt-out-type', null, 0],
      ['error-code', '21610', 1],
    ]);
    expect(body).to.include({ found: 2, reconciled: null });
    expect(body.sentence).to.equal('2 opt-outs were unknown to us in the last 30 days; each is in force.');
    const none = await (await newClient(gateway))('get', '/reports/drift', { query: 'days=367' });
    expect(none.status).to.equal(400);
  });

  it('finds a NO that ended a program, and no other NO', async () => {
    const [left, stayed] = [newPerson(), newPerson()];
    for (const person of [left, stayed]) for (const word of ['JOIN', 'YES']) await gateway.text(person, word);
    const at = new Date(Date.now() - 530 * 86_400_000);
    await gateway.store.contacts.updateOne(
      { index: open.context.indexOf(left) },
      { $set: { 'subscriptions.0.basis.at': at, 'subscriptions.0.since': at, promptsSent: [] } },
    );
    expect((await ageConsents(open.context, { most: 10, goOn: () => true })).asked).to.equal(1);
    await gateway.store.contacts.updateOne(
      { index: open.context.indexOf(left), 'prompts.disclosure.touchpoint': 'sms-renewal.en' },
      { $set: { 'prompts.$.handedOverAt': new Date(Date.now() - 60_000) } },
    );
    const sentAt = new Date(Date.now() - 30_000);
    const listed = [left, stayed].map((from) => ({ sid: newSid(), from, to: '28555', body: 'NO', sentAt }));
    const list = async (to: string) => listed.filter((text) => text.to === to);
    const before = (await drift()).body.found;
    expect(await reconcile(open.context, list, () => true)).to.include({ found: 2, opt_outs: 1 });
    expect((await drift()).body.found).to.equal(before + 1);
    const rows = await gateway.store.suppressions.find({ index: open.context.indexOf(left) }).toArray();
    expect(rows.map(({ scope }) => scope)).to.deep.equal(['program:deals']);
  });

  it('leaves texts that may mean an opt-out to their holds', async () => {
    const person = newPerson();
    for (const word of ['JOIN', 'YES']) await gateway.text(person, word);
    const sentAt = new Date(Date.now() - 30_000);
    const unsure = { sid: newSid(), from: person, to: '28555', body: 'I get too many texts', sentAt };
    const list = async (to: string) => (to === unsure.to ? [unsure] : []);
    const before = (await drift()).body.found;
    expect(await reconcile(open.context, list, () => true)).to.include({ found: 1, opt_outs: 0 });
    expect((await drift()).body.found).to.equal(before);
    const rows = await gateway.store.suppressions.find({ index: open.context.indexOf(person) }).toArray();
    expect(rows.map(({ kind }) => kind)).to.deep.equal(['hold']);
  });

  it('finds one opt-out in an error that ended several programs and spared later consent', async () => {
    const person = newPerson();
    for (const word of ['STYLE', 'YES']) await gateway.text(person, word, SENDERS.stylist.number);
    for (const word of ['ORDERS', 'YES']) await gateway.text(person, word);
    const at = new Date();
    const from = { sender: SENDERS.stylist.number, carrierSid: newSid() };
    const row = await plant(open, person, 'Hello', { state: 'failed', ...from });
    for (const word of ['JOIN', 'YES']) await gateway.text(person, word);
    const before = (await drift()).body.found;
    await carrierOptOut(open.context, { delivery: row._id, code: '21610', at });
    const ended = { contact: row.contact, kind: 'withdrawn', actor: 'carrier' } as const;
    expect(await gateway.store.consentEvents.countDocuments(ended)).to.equal(2);
    expect((await drift()).body.found).to.equal(before + 1);
  });

  it('reports opt-outs as found only once they were recorded', async () => {
    const [left, stuck] = [newPerson(), newPerson()];
    const sentAt = new Date(Date.now() - 60_000);
    const listed = [left, stuck].map((from) => ({ sid: newSid(), from, to: '28555', body: 'STOP', sentAt }));
    const list = async (to: string) => listed.filter((text) => text.to === to);
    const { indexOf } = open.context;
    const failing = {
      ...open.context,
      indexOf: (number: string) => {
        if (number === stuck) throw new Error('it cannot be taken');
        return indexOf(number);
      },
    };
    const all = () => true;
    const night = { listed: 2, found: 1, opt_outs: 1, not_repaired: 1, left: 0 };
    expect(await reconcile(failing, list, all)).to.deep.equal(night);
    expect(await reconcile(failing, list, all)).to.deep.equal({ ...night, found: 0, opt_outs: 0 });
    expect(await reconcile(open.context, list, all)).to.deep.equal({ ...night, not_repaired: 0 });
    expect(await optOutOf(gateway, stuck)).not.to.equal(null);
  });

  it('searches every number, though one cannot be read', async () => {
    const asked: string[] = [];
    const to = open.context.catalog.current().book.senders.at(-1)?.number ?? '';
    const stop = {
      sid: newSid(),
      from: newPerson(),
      to,
      body: 'STOP',
      sentAt: new Date(Date.now() - 60_000),
    };
    const some = async (to: string) => {
      asked.push(to);
      if (asked.length === 1) throw new Error('no answer');
      return to === stop.to ? [stop] : [];
    };
    const failed = await reconcile(open.context, some, () => true).catch((error: unknown) => error);
    expect(asked).to.have.length(2);
    expect(failed).to.be.instanceOf(DoneInPart).and.to.include({ message: 'no answer' });
    const counts = { listed: 1, found: 1, opt_outs: 1, not_repaired: 0, left: 0 };
    expect(failed).to.have.deep.property('counts', counts);
  });

  it('searches a list of three days that is too long to be read at once', async () => {
    const [person, long] = [newPerson(), 3_600_000];
    const sentAt = new Date(Date.now() - 50 * long);
    const stop = { sid: newSid(), from: person, to: '28555', body: 'STOP', sentAt };
    const list = async (to: string, since: Date, until = new Date()) => {
      if (until.getTime() - since.getTime() > long) throw new ListTooLong();
      return to === stop.to && sentAt >= since && sentAt <= until ? [stop] : [];
    };
    expect(await reconcile(open.context, list, () => true)).to.include({ listed: 1, found: 1, opt_outs: 1 });
    expect(await optOutOf(gateway, person)).not.to.equal(null);
  });

  it('goes on the next night behind the number at which its time was over', async () => {
    const numbers = open.context.catalog.current().book.senders.map(({ number }) => number);
    const night = async (most: number) => {
      const asked: string[] = [];
      const list = async (to: string) => {
        asked.push(to);
        return [];
      };
      const { left } = await reconcile(open.context, list, () => asked.length < most);
      return { asked, left };
    };
    const [first = '', ...others] = numbers;
    expect(others).not.to.deep.equal([]);
    expect(await night(1)).to.deep.equal({ asked: [first], left: others.length });
    expect(await night(numbers.length)).to.deep.equal({ asked: [...others, first], left: 0 });
  });
});
