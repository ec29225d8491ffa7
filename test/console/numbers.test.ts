import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { senderId } from '../../src/consent/programs/sender-health.ts';
import { compareWebhooks, wantedAddresses } from '../../src/domain/webhook-settings.ts';
import { stopSender } from '../../src/store/senders/sender-state.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ConsoleClient, signedIn } from './client.ts';

const ANA = '+15551251001';
const OWN = Object.values(SENDERS);
const [CODE] = OWN;
const AT_CODE = `/console/numbers/${CODE === undefined ? '' : senderId(CODE)}`;

describe('Our numbers at the console', () => {
  let gateway: Gateway;
  let admin: ConsoleClient;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    admin = await signedIn(gateway.url, 'admin');
  });
  after(() => gateway.stop());

  it('are listed, with what each is and whether it works', async () => {
    const { status, html } = await admin.get('/console/numbers');
    expect(status).to.equal(200);
    expect(html).to.include(`All ${OWN.length} of our numbers work.`);
    for (const { number } of OWN) expect(html).to.include(number);
  });

  it('have no phone number in the address of their page', async () => {
    const { html } = await admin.get('/console/numbers');
    expect(html).to.not.match(/href="[^"]*\+?1\d{10}/);
    for (const sender of OWN) {
      const { status, html: page } = await admin.get(`/console/numbers/${senderId(sender)}`);
      expect(status, senderId(sender)).to.equal(200);
      expect(page).to.include(`${sender.number} works: `);
    }
    expect((await admin.get('/console/numbers/99999')).status).to.equal(404);
  });

  it('say their speed, and that nothing waits', async () => {
    const { html } = await admin.get(AT_CODE);
    expect(html).to.include(`${CODE?.number} works: 100 parts a second, nothing waits.`);
    expect(html).to.include('Nothing failed.').and.include('We answer STOP, HELP and START');
  });

  it('stop with a reason, keep it beside the time, and send again', async () => {
    await admin.get(AT_CODE);
    const stopped = await admin.follow(
      await admin.post(`${AT_CODE}/stop`, { reason: 'The carrier asked us to' }),
    );
    expect(stopped.html).to.include('is stopped since').and.include('Stopped within a second.');
    expect(stopped.html).to.include('Staff stopped it: The carrier asked us to. Resume it');
    expect((await admin.get('/console/numbers')).html).to.include(`1 of ${OWN.length} sends nothing.`);
    const again = await admin.follow(await admin.post(`${AT_CODE}/stop`, { reason: 'A second reason' }));
    expect(again.html).to.include('the first reason stays').and.not.include('A second reason');
    const resumed = await admin.follow(await admin.post(`${AT_CODE}/resume`, { reason: 'It is settled' }));
    expect(resumed.html).to.include('It sends again.').and.include('works: 100 parts');
    const { html } = await admin.get('/console/audit?what=change');
    expect(html).to.include('so that nothing is sent from it').and.include('send again');
  });

  it('show what the carrier stopped them for, and its code', async () => {
    const why = 'The carrier blocks this number. Call it.';
    await stopSender(gateway.store, CODE?.number ?? '', { code: '30034', why }, new Date());
    const { html } = await admin.get(AT_CODE);
    expect(html).to.include(`${why} (error 30034)`);
    await admin.post(`${AT_CODE}/resume`, { reason: 'It is settled' });
  });

  it('keep what was typed where the reason is missing or holds a phone number', async () => {
    await admin.get(AT_CODE);
    for (const reason of ['', 'x', `because of ${ANA}`, 'two\nlines']) {
      const { status, html } = await admin.post(`${AT_CODE}/stop`, { reason });
      expect(status, reason).to.equal(422);
      expect(html, reason).to.include('Say why, in one line of 3 to 200 letters');
      if (!reason.includes('\n')) expect(html).to.include(`value="${reason}"`);
    }
    expect((await admin.get(AT_CODE)).html).to.include('works: 100 parts');
  });

  it('count what is due, with the oldest', async () => {
    await gateway.stopWorker();
    await gateway.textWithoutWaiting(ANA, 'JOIN');
    const { html } = await admin.get(AT_CODE);
    expect(html).to.include('1 message waits.').and.include('The oldest is due since');
    expect(html).to.include('Answers to people');
  });

  it('differ at the carrier, are set by one press, and can be put back', async () => {
    const before = await admin.get(AT_CODE);
    expect(before.html)
      .to.include('settings differ: texts may be lost.')
      .and.match(/Texts to \S+ may be lost: \d+ settings at the carrier differ\./)
      .and.include('Set them at the carrier');
    const set = await admin.follow(await admin.post(`${AT_CODE}/webhooks`));
    expect(set.html).to.include('Set at the carrier, and read again.');
    expect(set.html).to.include('Every address is as it must be.').and.include('#rc=3&amp;rt=9000');
    expect(set.html).to.not.include('may be lost');
    expect(set.html).to.include('Changed by').and.include('Put this back');
    const twice = await admin.follow(await admin.post(`${AT_CODE}/webhooks`));
    expect(twice.html).to.include('Nothing had to be changed.').and.include('Put this back');
    const back = await admin.follow(await admin.post(`${AT_CODE}/webhooks-back`));
    expect(back.html).to.include('Put back at the carrier.').and.include('settings differ');
    await admin.post(`${AT_CODE}/webhooks`);
    const { html } = await admin.get('/console/audit?what=change');
    expect(html).to.include('at the carrier').and.include('back at the carrier');
  });

  it('still get their texts once the addresses are set', async () => {
    await admin.post(`${AT_CODE}/webhooks`);
    expect((await gateway.textWithoutWaiting(ANA, 'HELP')).status).to.equal(200);
  });

  it('say that the settings could not be read, where the carrier refuses', async () => {
    await gateway.sim('PUT', '/sim/account', { suspended: true });
    const { status, html } = await admin.get(AT_CODE);
    const refused = await admin.follow(await admin.post(`${AT_CODE}/webhooks`));
    await gateway.sim('PUT', '/sim/account', { suspended: false });
    expect(status).to.equal(200);
    expect(html).to.include('This could not be read at the carrier.').and.include('answered 401');
    expect(refused.html).to.include('Nothing is known to have changed.');
  });

  it('are only shown to whoever may not manage them', async () => {
    const sam = await signedIn(gateway.url, 'compliance');
    const { status, html } = await sam.get(AT_CODE);
    expect(status).to.equal(200);
    expect(html).to.include('Only admins stop numbers').and.not.include('Stop this number');
    for (const path of ['stop', 'resume', 'webhooks', 'webhooks-back'])
      expect((await sam.post(`${AT_CODE}/${path}`, { reason: 'because I can' })).status, path).to.equal(403);
    const rosa = await signedIn(gateway.url, 'support');
    expect((await rosa.get(AT_CODE)).status).to.equal(403);
  });
});

describe('The settings of a number at the carrier', () => {
  const URL = 'https://sms.example';
  const right = wantedAddresses(URL);
  const number = { ...right, application: '' };
  const wrongOf = (settings: Parameters<typeof compareWebhooks>[0]): string[] =>
    compareWebhooks(settings, URL)
      .filter(({ isRight }) => !isRight)
      .map(({ place, name }) => `${place} ${name}`);

  it('are right where each address is as it must be', () => {
    expect(wrongOf({ number, service: null })).to.deep.equal([]);
  });

  it('differ by each address, a missing fragment, another method, and an application', () => {
    expect(wrongOf({ number: { ...number, inboundUrl: right.fallbackUrl }, service: null })).to.deep.equal([
      'number inboundUrl',
    ]);
    expect(wrongOf({ number: { ...number, inboundMethod: 'GET' }, service: null })).to.deep.equal([
      'number inboundMethod',
    ]);
    expect(wrongOf({ number: { ...number, application: 'AP1' }, service: null })).to.deep.equal([
      'number application',
    ]);
  });

  it('are those of the Messaging Service, unless the service leaves texts to the number', () => {
    const elsewhere = { ...number, inboundUrl: 'https://else.example' };
    const service = { ...right, defersToNumber: false, statusUrl: '' };
    expect(wrongOf({ number: elsewhere, service })).to.deep.equal([]);
    expect(wrongOf({ number, service: { ...service, inboundUrl: '' } })).to.deep.equal([
      'service inboundUrl',
    ]);
    const defers = { ...service, inboundUrl: '', defersToNumber: true };
    expect(wrongOf({ number, service: defers })).to.deep.equal([]);
    expect(wrongOf({ number: elsewhere, service: defers })).to.deep.equal(['number inboundUrl']);
  });
});
