import { expect } from 'chai';
import { createKey, SCOPES } from '../../../src/access/api-keys.ts';
import type { AppContext } from '../../../src/consent/app-context.ts';
import { EMPTY_PROFILE } from '../../../src/domain/contacts/profile.ts';
import { openContext } from '../../../src/open-context.ts';
import { evaluateListQuality } from '../../../src/reports/list-quality.ts';
import { createLog } from '../../../src/running/log.ts';
import type { DeliveryDoc } from '../../../src/store/deliveries/delivery.ts';
import { measureSources } from '../../../src/store/reports/quality.ts';
import { writeClassedCode } from '../../../src/store/senders/error-codes.ts';
import { type Client, newClient } from '../../api/client.ts';
import { OPT_INS } from '../../api/good/requests.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { addSubscribers, testPeople } from '../../support/people.ts';

const NOW = new Date('2026-03-20T16:00:00Z');
const PEOPLE = 60;

describe('the list quality', () => {
  let gateway: Gateway;
  let client: Client;
  let context: AppContext;
  let close: () => Promise<void>;
  let now = NOW;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', now: () => NOW });
    client = await newClient(gateway, SCOPES);
    const config = { ...gateway.config, database: gateway.store.db.databaseName };
    ({ context, close } = await openContext(config, createLog('silent', 'test'), () => now));
    const people = testPeople('300');
    await addSubscribers(gateway.store, people, PEOPLE);
    const ids = (await gateway.store.contacts.find().toArray()).map(({ _id }) => _id);
    // Two in three came by a form: their zones are sure, and one in ten of their messages bounces.
    const formed = ids.slice(0, 40);
    await gateway.store.contacts.updateMany(
      { _id: { $in: formed } },
      { $set: { source: 'form shop.example/join', profile: { ...EMPTY_PROFILE, zoneSure: true } } },
    );
    await gateway.store.deliveries.insertMany(ids.map(deliveryTo));
  });
  after(async () => {
    await close();
    await gateway.stop();
  });

  const deliveryTo = (contact: string, at: number): DeliveryDoc => {
    const failed = at % 10 === 0 && at < 40;
    return {
      _id: `d${at}`,
      ...{ contact, program: 'deals', sender: '28555', answers: null, class: 'marketing' },
      state: failed ? 'undelivered' : 'delivered',
      ...(failed ? { error: '30005' } : at === 55 ? { state: 'undelivered', error: '30007' } : {}),
      decision: { allowed: true, reasons: [], at: new Date(NOW.getTime() - 3_600_000) },
    } as Partial<DeliveryDoc> as DeliveryDoc;
  };

  const shown = async () => {
    const { items } = (await client('get', '/quality')).body;
    return (kind: string, id: string) =>
      items.find((item: { kind: string; id: string }) => item.kind === kind && item.id === id);
  };
  const ofRule = (subject: { rules: { rule: string }[] }, id: string) =>
    subject.rules.find((rule) => rule.rule === id);
  const alarms = async () => (await client('get', '/quality/alarms')).body.items;

  it('is empty before its first check', async () => {
    expect((await client('get', '/quality')).body).to.deep.equal({
      items: [],
      measured_by:
        'The job "quality" makes these figures; it runs once a worker has started. POST /jobs/quality/run runs it now.',
      sources_left: 0,
    });
  });

  it('has a score for each program and source with the numbers behind it, and a second check writes nothing', async () => {
    const first = await evaluateListQuality(context);
    expect(first?.scores).to.equal(3);
    expect(await evaluateListQuality(context)).to.deep.equal({ scores: 0, alarms: 0 });
    const of = await shown();
    const deals = of('program', 'deals');
    expect(deals).to.include({ as_of: '2026-03-20', people: 60 });
    expect(ofRule(deals, 'zone')).to.include({ hits: 40, sample: 60, level: 'warn' });
    expect(ofRule(deals, 'bounces')).to.include({ hits: 4, sample: 60, level: 'fail' });
    expect(deals.failing).to.include('bounces').and.not.include('zone');
    expect(deals.score).to.be.within(0, 60);
  });

  it('shows which source brings the bad numbers', async () => {
    const of = await shown();
    const form = of('source', 'form shop.example/join');
    expect(ofRule(form, 'bounces')).to.include({ hits: 4, sample: 40, share: 0.1, level: 'fail' });
    expect(ofRule(of('source', 'text'), 'bounces')).to.include({ hits: 0, level: 'few' });
  });

  it('counts a code that a person classified as one of the number', async () => {
    const { deliveries, marks } = gateway.store;
    const classed = { class: 'unreachable' as const, note: 'Off.', by: 'key:test', at: NOW };
    await writeClassedCode(gateway.store, '39999', classed);
    await deliveries.updateOne({ _id: 'd55' }, { $set: { error: '39999' } });
    await evaluateListQuality(context);
    const of = await shown();
    expect(ofRule(of('program', 'deals'), 'bounces')).to.include({ hits: 5 });
    await deliveries.updateOne({ _id: 'd55' }, { $set: { error: '30007' } });
    await marks.deleteOne({ _id: 'error classes' });
  });

  it('blames the failures of an incident on no program and no source', async () => {
    const { incidents } = gateway.store;
    const hour = new Date(NOW.getTime() - 3_600_000);
    const incident = { _id: 'of a test', hour, ended: 60, failed: 4, numbers: 4, usual: 0.04 };
    const codes = [{ code: '30005', messages: 4 }];
    await incidents.insertOne({ ...incident, of: 'numbers', key: 'sender 28555', codes });
    const hits = async (): Promise<unknown> => {
      await evaluateListQuality(context);
      const { rules } = (await shown())('program', 'deals');
      return rules.find((rule: { rule: string }) => rule.rule === 'bounces').hits;
    };
    expect(await hits()).to.equal(0);
    await incidents.updateOne({ _id: incident._id }, { $set: { key: 'network Vela' } });
    expect(await hits(), 'of another network').to.equal(4);
    const dismissed = { by: 'key:test', at: NOW, note: 'A file of bad numbers.' };
    await incidents.updateOne({ _id: incident._id }, { $set: { key: 'sender 28555', dismissed } });
    expect(await hits(), 'of one that was none').to.equal(4);
    await incidents.deleteOne({ _id: incident._id });
  });

  it('raises an alarm that somebody acknowledges, and closes it once its rule passes', async () => {
    const bounces = (await alarms()).find(
      (alarm: { kind: string; rule: string }) => alarm.kind === 'program' && alarm.rule === 'bounces',
    );
    expect(bounces).to.include({ subject: 'deals', open_since: NOW.toISOString(), acknowledged: null });
    const note = 'The form is looked at.';
    const path = `/quality/alarms/${bounces.id}/acknowledge`;
    expect((await client('post', path, { body: { note } })).body.acknowledged).to.include({ note });
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).to.match(/assent_quality_alarms\{role="web"\} [1-9]/);

    await client('put', '/quality/rules/bounces', { body: { warn: 0.2, fail: 0.3, days: 30 } });
    now = new Date(NOW.getTime() + 60_000);
    await evaluateListQuality(context);
    const closed = (await alarms()).find((alarm: { id: string }) => alarm.id === bounces.id);
    expect(closed).to.deep.include({ closed_at: now.toISOString() });
    expect(closed.acknowledged).to.include({ note });
    expect((await client('post', path, { body: { note } })).status).to.equal(404);
  });

  it('logs alarms that open or close, with their owners, and not those whose share moved', async () => {
    const { qualityAlarms, contacts } = gateway.store;
    const warned: [fields: object, words: string][] = [];
    const warn = (...said: [object, string]): number => warned.push(said);
    const logging = { ...context, log: { ...context.log, warn } };
    await qualityAlarms.deleteMany({ rule: 'language' });
    expect(await evaluateListQuality(logging)).to.deep.equal({ scores: 0, alarms: 2 });
    const opened = await qualityAlarms.find({ rule: 'language', kind: 'program' }).toArray();
    const [fields, words] = warned.find(([data]) => 'program' in data) ?? [];
    expect(fields).to.include({ alarm: opened[0]?._id, program: 'deals', rule: 'language', share: 1 });
    expect(words).to.contain('GET /quality/alarms');
    expect(warned).to.have.length(2);
    await contacts.updateOne({ source: 'text' }, { $set: { language: 'en' } });
    expect(await evaluateListQuality(logging)).to.include({ alarms: 0 });
    expect((await qualityAlarms.findOne({ _id: opened[0]?._id ?? '' }))?.share).to.be.lessThan(1);
  });

  it('is not judged by half of its measures: no alarm is closed then', async () => {
    const before = await alarms();
    const open = before.filter((alarm: { closed_at: string | null }) => alarm.closed_at === null);
    expect(open).not.to.deep.equal([]);
    for (let no = 0; no < 6; no += 1) {
      let asked = 0;
      // A clock that is wrong once, as of a lease that was renewed late.
      expect(await evaluateListQuality(context, () => asked++ !== no), `stopped at ${no}`).to.equal(null);
      expect(await alarms()).to.deep.equal(before);
    }
  });

  it('refuses contradictory thresholds, and changes nothing', async () => {
    const before = (await client('get', '/quality/rules/zone')).body;
    const answer = await client('put', '/quality/rules/zone', { body: { warn: 0.5, fail: 0.8 } });
    expect([answer.status, answer.body.errors[0].field]).to.deep.equal([422, 'fail']);
    expect((await client('get', '/quality/rules/zone')).body).to.deep.equal(before);
  });

  it('accepts thresholds of every rule at once', async () => {
    const rules = { zone: null, complete: null, verified: 365, fresh: 540 };
    for (const warn of [0.21, 0.22, 0.23, 0.24, 0.25]) {
      const puts = Object.entries(rules).map(([rule, days]) =>
        client('put', `/quality/rules/${rule}`, { body: { warn, fail: 0.1, ...(days && { days }) } }),
      );
      expect((await Promise.all(puts)).map(({ status }) => status)).to.deep.equal([200, 200, 200, 200]);
      const { items } = (await client('get', '/quality/rules')).body;
      const set = items.filter((item: { warn: number }) => item.warn === warn);
      expect(set.map((rule: { id: string }) => rule.id)).to.have.members(Object.keys(rules));
    }
  });

  it('counts people as fresh who confirmed or wrote, not who was only uploaded', async () => {
    const rows = testPeople('301');
    const { contacts } = gateway.store;
    const added = (await addSubscribers(gateway.store, rows, 4)).map(({ id }) => id);
    const [confirmed = '', wrote = '', ...silent] = added;
    const never = { subscriptions: [], createdAt: NOW };
    await contacts.updateMany({ _id: { $in: added } }, { $set: { source: 'key bought' } });
    await contacts.updateMany(
      { _id: { $ne: confirmed, $in: added } },
      { $set: never, $unset: { repliedAt: 1 } },
    );
    const old = new Date(NOW.getTime() - 900 * 86_400_000);
    const two = [{ basis: { at: NOW } }, { basis: { at: old } }, { basis: null }];
    await contacts.updateOne({ _id: confirmed }, {
      $set: { createdAt: old, subscriptions: two },
      $unset: { repliedAt: 1 },
    } as object);
    await contacts.updateOne({ _id: wrote }, { $set: { repliedAt: NOW } });
    const since = { fresh: new Date(NOW.getTime() - 540 * 86_400_000), verified: NOW };
    const { measured: found } = await measureSources(gateway.store, since);
    const bought = found.find(({ subject }) => subject.id === 'key bought');
    expect(silent).to.have.length(2);
    expect(bought?.measured.fresh).to.deep.equal({ hits: 2, of: 4 });
    await contacts.deleteMany({ _id: { $in: added } });
  });

  it('has guidelines as JSON or Markdown, and refuses other formats', async () => {
    const { items } = (await client('get', '/quality/guidelines')).body;
    expect(items[0].aim).to.contain('at most 20 %');
    const { key } = await createKey(gateway.store, { name: 'page', scopes: ['reports:read'] }, NOW);
    const asking = (type: string) => {
      const headers = { Authorization: `Bearer ${key}`, Accept: type };
      return fetch(`${gateway.url}/api/v1/quality/guidelines`, { headers });
    };
    const page = await asking('text/markdown');
    expect(page.headers.get('content-type')).to.equal('text/markdown; charset=utf-8');
    expect(await page.text()).to.match(/^# Entering numbers/);
    const refused = await asking('text/html');
    expect([refused.status, ((await refused.json()) as { detail: string }).detail]).to.deep.equal([
      406,
      'This answer comes as application/json or text/markdown.',
    ]);
    const json = await asking('*/*');
    expect(((await json.json()) as { items: object[] }).items).to.deep.equal(items);
  });

  it('knows the source of each new number', async () => {
    await gateway.text('+15551230005', 'JOIN');
    const body = { phone: '+15551230006', program: 'deals', channel: 'WEB_FORM', evidence: OPT_INS.WEB_FORM };
    await client('post', '/opt-ins', { body });
    await client('post', '/contacts', { body: { phone: '+15551230007' } });
    const sources = await Promise.all(
      ['+15551230005', '+15551230006', '+15551230007'].map(async (number) => {
        const contact = await gateway.store.contacts.findOne({ index: context.indexOf(number) });
        return contact?.source;
      }),
    );
    expect(sources.slice(0, 2)).to.deep.equal(['text', 'form fernway.example/join']);
    expect(sources[2]).to.match(/^key [0-9a-f]{16}$/);
  });
});
