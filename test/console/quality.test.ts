import { expect } from 'chai';
import { DAY_MS, HOUR_MS } from '../../src/domain/durations.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ConsoleClient, signedIn } from './client.ts';
import { ALARM, addQuality, CLOSED_ALARM } from './quality-data.ts';

const textOf = (html: string): string =>
  html
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', "'")
    .replace(/\s+/g, ' ');

describe('Quality at the console', () => {
  let gateway: Gateway;
  let mia: ConsoleClient;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    mia = await signedIn(gateway.url, 'marketer');
  });
  after(() => gateway.stop());

  const auditTrail = async (): Promise<string> => {
    const ada = await signedIn(gateway.url, 'admin');
    return textOf((await ada.get('/console/audit')).html);
  };

  it('says on each page that there is nothing yet', async () => {
    expect((await mia.get('/console/quality')).html)
      .to.include('Nothing has been measured yet.')
      .and.include('No alarm is open.');
    expect((await mia.get('/console/incidents')).html).to.include('None in the last 62 days.');
    expect((await mia.get('/console/codes')).html).to.include('Nobody has to say what an error code means.');
  });

  it('says which source brings how many times as many dead numbers as the largest other one', async () => {
    await addQuality(gateway.store);
    const { html } = await mia.get('/console/quality');
    const text = textOf(html);
    expect(text).to.include(
      'The sheet Store opening brings 3 times as many dead numbers as the form shop.example/join.',
    );
    expect(text).to.include('The sheet Store opening: 9 % (9 of 100). The form shop.example/join: 3 %');
    expect(text).to.include('1 incident in 62 days').and.include('2 error codes nobody knows');
    expect(text).to.include('Sure time zone 20 %').and.include('3 small sources were not measured');
    expect(html).to.include('1 alarm closed in the last 30 days');
  });

  it('lets somebody take an alarm on, keeps what was typed where it is too short, and writes it down', async () => {
    const path = `/console/quality/alarms/${ALARM}`;
    const page = await mia.get(path);
    expect(textOf(page.html)).to.include(
      '9 % of the messages to people whose numbers came from the sheet Store opening failed because of the number.',
    );
    const short = await mia.post(`${path}/acknowledge`, { note: 'no' });
    expect(short.status).to.equal(422);
    expect(short.html).to.include('role="alert"').and.include('value="no"');
    const taken = await mia.post(`${path}/acknowledge`, { note: 'Dana reads each number back.' });
    expect(taken).to.include({ status: 303, location: path });
    const after = textOf((await mia.follow(taken)).html);
    expect(after).to.include('You are on it.').and.include('Dana reads each number back.');
    expect(after).to.include('Mia Okafor took it on, on');
    expect(textOf((await mia.get('/console/quality')).html)).to.include('Mia Okafor is on it');
    expect(await auditTrail()).to.include(`took on the alarm ${ALARM}`);
  });

  it('offers no act for an alarm that has closed, and refuses one that comes too late', async () => {
    const path = `/console/quality/alarms/${CLOSED_ALARM}`;
    const { html } = await mia.get(path);
    expect(html).to.include('It closed by itself on').and.not.include('Take it on');
    const late = await mia.post(`${path}/acknowledge`, { note: 'I look at it.' });
    expect(late.status).to.equal(422);
    expect(late.html).to.include('It has closed by itself meanwhile.');
  });

  it('sets the limits of a rule as percentages, and says which field is wrong', async () => {
    const path = '/console/quality/rules/bounces';
    const WAS = /name="was" value="([^"]+)"/;
    const was = WAS.exec((await mia.get(path)).html)?.[1] ?? '';
    expect(was).to.equal('0.02 0.05 30');
    const wrong: [Record<string, string>, string][] = [
      [{ warn: 'two', fail: '5', days: '30' }, 'Type a percentage from 0 to 100'],
      [{ warn: '6', fail: '5', days: '30' }, 'It must fail at a higher share'],
      [{ warn: '2', fail: '5', days: '0' }, 'Type a whole number of days'],
      [{ warn: '2', fail: '5' }, 'Type a whole number of days'],
    ];
    for (const [fields, fault] of wrong) {
      const { status, html } = await mia.post(path, { ...fields, was });
      expect(status, fault).to.equal(422);
      expect(html).to.include(fault);
    }
    const saved = await mia.post(path, { warn: '1.5 %', fail: '4', days: '60', was });
    expect(saved).to.include({ status: 303, location: path });
    const text = textOf((await mia.follow(saved)).html);
    expect(text).to.include('It warns above 1.5 % and fails above 4 %.').and.include('60 days');
    expect(text).to.include('Saved. The next night judges by these limits.');
    const other = await mia.post(path, { warn: '1', fail: '3', days: '30', was });
    expect(other.status).to.equal(422);
    expect(other.html).to.include('Somebody changed it meanwhile.');
    expect(await auditTrail()).to.include('set the limits of the rule bounces');
  });

  it('shows an incident with its errors, and counts its failures once somebody dismisses it', async () => {
    const list = await mia.get('/console/incidents');
    const [, path = ''] = /href="(\/console\/incidents\/[0-9a-f]{16})"/.exec(list.html) ?? [];
    expect(textOf(list.html)).to.include('area code 305').and.include('24 of 60');
    const page = textOf((await mia.get(path)).html);
    expect(page)
      .to.include('24 of 60 messages to the network 305 did not get through; usually 4 of 100.')
      .and.include('The phone was off, out of reach');
    const short = await mia.post(`${path}/dismiss`, { note: 'I asked +1 555 123 0001' });
    expect(short.status).to.equal(422);
    const done = await mia.post(`${path}/dismiss`, { note: 'The list was bad.' });
    const after = textOf((await mia.follow(done)).html);
    expect(after).to.include('Dismissed. What failed then counts').and.include('The list was bad.');
    expect(after).to.include('Mia Okafor dismissed it on').and.not.include('Dismiss it:');
    expect(await auditTrail()).to.match(/said that the incident \w+ was none/);
  });

  it('leads from incident to older ones, and takes odd places for the beginning', async () => {
    const rows = Array.from({ length: 55 }, (_, nth) => {
      const hour = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS - DAY_MS - 5 * nth * HOUR_MS);
      const key = 'network 415';
      return {
        ...{ _id: `reach ${key} ${hour.toISOString()}`, of: 'reach', key, hour, ended: 20, failed: 10 },
        ...{ numbers: 10, usual: 0.04, codes: [{ code: '30003', messages: 10 }] },
      };
    });
    await gateway.store.db.collection<{ _id: string }>('incidents').insertMany(rows);
    const { html } = await mia.get('/console/incidents');
    expect(html).to.include('50+ incidents in the last 62 days');
    const [, older = ''] = /href="(\/console\/incidents\?after=[^"]+)"/.exec(html) ?? [];
    const next = await mia.get(older);
    expect(next.html.match(/href="\/console\/incidents\/[0-9a-f]{16}"/g)).to.have.length(6);
    expect(next.html).to.include('The newest');
    for (const odd of ['x', '%24ne', '1 1']) {
      const first = await mia.get(`/console/incidents?after=${encodeURIComponent(odd)}`);
      expect(first.status, odd).to.equal(200);
      expect(first.html).to.include('Older');
    }
  });

  it('lets somebody say what an unknown code means, but never that a failure without one counts', async () => {
    const { html } = await mia.get('/console/codes');
    expect(textOf(html)).to.include('The carrier gave 2 errors that nobody knows.');
    expect(textOf(html)).to.include('5 messages failed so in the last 90 days.');
    const unchosen = await mia.post('/console/codes/30499/classify', { note: 'Their list says so.' });
    expect(unchosen.status).to.equal(422);
    expect(unchosen.html).to.include('Choose what it means.').and.include('value="Their list says so."');
    const without = await mia.post('/console/codes/30499/classify', { class: 'network' });
    expect(without.html)
      .to.include('Say how you know')
      .and.match(/value="network" checked/);
    const saved = await mia.post('/console/codes/30499/classify', {
      ...{ class: 'network', note: 'Their list says so.' },
    });
    expect(textOf((await mia.follow(saved)).html)).to.include('Saved: 30499 means “The network”.');
    const none = await mia.get('/console/codes/none');
    expect(none.html).to.include('Failures without a code').and.not.include('value="unreachable"');
    const counted = await mia.post('/console/codes/none/classify', {
      ...{ class: 'unreachable', note: 'I think so.' },
    });
    expect(counted.status).to.equal(422);
    expect(await auditTrail()).to.include('said what the error code 30499 means');
  });

  it('is for reading alone where the role only reads, and closed to support', async () => {
    const lee = await signedIn(gateway.url, 'read-only');
    for (const path of ['/quality', '/incidents', '/codes'])
      expect((await lee.get(`/console${path}`)).status, path).to.equal(200);
    for (const path of [`/quality/alarms/${ALARM}`, '/quality/rules/bounces', '/codes/none'])
      expect((await lee.get(`/console${path}`)).html, path)
        .to.include('Your role looks only.')
        .and.not.include('<button class="btn main"');
    expect((await lee.post('/console/quality/rules/bounces', {})).status).to.equal(403);
    const rosa = await signedIn(gateway.url, 'support');
    expect((await rosa.get('/console/quality')).status).to.equal(403);
  });

  it('knows no other alarms, rules, incidents and codes', async () => {
    for (const path of [
      ...['/quality/alarms/none', '/quality/rules/__proto__', '/quality/rules/%24ne'],
      ...['/incidents/0123456789abcdef', '/codes/30003', '/codes/99999', '/codes/%24ne'],
    ])
      expect((await mia.get(`/console${path}`)).status, path).to.equal(404);
  });
});

describe('The first page with alarms, incidents and unknown codes', () => {
  let gateway: Gateway;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    await addQuality(gateway.store, { isUnderWay: true });
  });
  after(() => gateway.stop());

  it('has a door to each of them that whoever sees it may open', async () => {
    for (const role of ['marketer', 'compliance', 'admin'] as const) {
      const client = await signedIn(gateway.url, role);
      const { html } = await client.get('/console');
      const doors = [...html.matchAll(/href="(\/console\/(?:quality|incidents|codes)\/[^"]+)"/g)];
      expect(doors, role).to.have.length(4);
      expect(textOf(html)).to.include('Alarm: 9 % of the messages to people whose numbers came from');
      for (const [, path = ''] of doors) expect((await client.get(path)).status, path).to.equal(200);
    }
  });
});
