import { expect } from 'chai';
import { EMPTY_PROFILE } from '../../src/domain/contacts/profile.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { type Client, fieldsOf, newClient } from './client.ts';

const PHONE = '+15551260777';

describe('templates through the API', () => {
  let gateway: Gateway;
  let client: Client;
  let contact = '';
  before(async () => {
    gateway = await startGateway({ worker: 'sending' });
    client = await newClient(gateway);
    await gateway.text(PHONE, 'JOIN');
    await gateway.text(PHONE, 'YES');
    contact = (await client('post', '/contacts/lookup', { body: { phone: PHONE, reason: 'a test' } })).body
      .id;
  });
  after(() => gateway.stop());

  const save = (id: string, texts: Record<string, string>, program = 'deals') =>
    client('put', `/templates/${id}`, { body: { program, texts } });
  const preview = (id: string) => client('post', `/templates/${id}/preview`, { body: { contact } });
  const send = (template: string, key: string, program = 'deals', topic = 'deals') =>
    client('post', '/messages', {
      body: { contact, program, topic, template },
      headers: { 'Idempotency-Key': key },
    });

  it('are stored in plain characters, and the answer names the replacements and the cost', async () => {
    const { status, body } = await save('sale', {
      en: '{brand}: it’s here — 20% off for {first_name|José}. STOP to end',
    });
    expect(status).to.equal(200);
    expect(body.texts.en).to.equal("{brand}: it's here - 20% off for {first_name|José}. STOP to end");
    const [report] = body.report;
    expect(report).to.deep.include({ language: 'en', encoding: 'GSM-7', parts: 1, costly: [], notes: [] });
    expect(report.replaced.map((replacement: { from: string }) => replacement.from)).to.deep.equal([
      '’',
      '—',
    ]);
  });

  it('name the letter that makes them expensive, and keep it', async () => {
    const { body } = await save('dear', { en: '{brand}: menú' });
    expect(body.report[0]).to.deep.include({ encoding: 'UCS-2', costly: ['ú'], replaced: [] });
    expect(body.texts.en).to.equal('{brand}: menú');
  });

  it('are saved with a warning where a field is written as another system writes it', async () => {
    const { status, body } = await save('moved', {
      en: '{brand}: hi {{first_name}}, %city% has news. STOP to end',
    });
    expect(status).to.equal(200);
    const notes = [
      {
        code: 'placeholder',
        sentence: 'Character 13: people would read "{first_name}". Write {first_name|…}.',
      },
      { code: 'placeholder', sentence: 'Character 29: people would read "%city%". Write {city|…}.' },
    ];
    expect(body.report[0].notes).to.deep.equal(notes);
    expect((await client('get', '/templates/moved')).body.report[0].notes).to.deep.equal(notes);
    expect((await preview('moved')).body.text).to.match(/: hi \{first_name\}, %city% has news/);
  });

  it('get a new version only for new words', async () => {
    const versions = [];
    for (const text of ['{brand}: one', '{brand}: one', '{brand}: two']) {
      versions.push((await save('versions', { en: text })).body.version);
    }
    expect(versions).to.deep.equal([1, 1, 2]);
    expect((await client('get', '/templates/versions')).body.texts.en).to.equal('{brand}: two');
  });

  it('are refused with the place of every fault, and nothing is saved', async () => {
    const answer = await save('bad', { en: 'Hi {first_name}, {nick|x}' });
    expect([answer.status, fieldsOf(answer)]).to.deep.equal([422, ['texts.en', 'texts.en']]);
    expect(answer.body.errors[0].message).to.match(/^Character 4: \{first_name\} is not known of everyone/);
    expect((await client('get', '/templates/bad')).status).to.equal(404);
    expect(fieldsOf(await save('bad', { es: 'Hola' }))).to.deep.equal(['texts.en']);
  });

  it('report what became wrong with them since, and what is still right', async () => {
    await save('two', { en: '{brand}: hello', es: '{brand}: hola' });
    expect((await client('get', '/templates/two')).body).to.deep.include({ faults: [] });
    const { id: _, ...deals } = (await client('get', '/programs/deals')).body;
    await client('put', '/programs/deals', { body: { ...deals, languages: ['en'] } });
    const { body } = await client('get', '/templates/two');
    const fault = { field: 'texts.es', message: 'The program does not write in "es".' };
    expect(body.faults).to.deep.equal([fault]);
    expect(body.report.map(({ language }: { language: string }) => language)).to.deep.equal(['en']);
    await client('put', '/programs/deals', { body: deals });
  });

  it('are previewed in the words of one person, and sent as previewed', async () => {
    await save('hello', { en: '{brand}: hi {first_name|friend}, news from {city|your town}' });
    const { body } = await preview('hello');
    expect(body).to.deep.include({ language: 'en', encoding: 'GSM-7', parts: 1, fault: null });
    expect(body.text).to.match(/: hi friend, news from your town$/);
    const sent = await send('hello', 'a-template');
    expect([sent.status, sent.body.state]).to.deep.equal([202, 'planned']);
    await until('the text of the template is on the handset', async () =>
      (await gateway.received(PHONE)).includes(body.text),
    );
    const row = await gateway.store.deliveries.findOne({ _id: sent.body.id });
    expect(row?.template).to.equal('hello.1');
  });

  it('are not sent when they belong to another program, do not exist or grew too long for the person', async () => {
    await save('of-orders', { en: '{brand}: your order' }, 'orders');
    await save('long', { en: `{brand}: ${'a'.repeat(1400)} {city|town}` });
    const place = { ...EMPTY_PROFILE.place, city: 'Łódź' };
    await gateway.store.contacts.updateOne(
      { _id: contact },
      { $set: { profile: { ...EMPTY_PROFILE, place } } },
    );
    const { body } = await preview('long');
    expect(body.fault).to.match(/^It needs 22 parts in UCS-2, because character \d+ is not in GSM-7/);
    for (const [at, template] of ['of-orders', 'no-such', 'long'].entries()) {
      const answer = await send(template, `refused-${at}`);
      expect([answer.status, fieldsOf(answer)]).to.deep.equal([422, ['template']]);
    }
  });
});
