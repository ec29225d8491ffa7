import { expect } from 'chai';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type Client, newClient } from '../client.ts';

const HOURS = {
  title: 'Opening hours',
  texts: { en: 'Fernway: we open at 9.', es: 'Fernway: abrimos a las 9.' },
  program: 'deals',
};

describe('saved answers', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway();
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  it('are saved, listed, changed and deleted', async () => {
    const saved = await client('put', '/saved-answers/hours', { body: HOURS });
    expect(saved.status).to.equal(200);
    expect(saved.body).to.deep.include({ id: 'hours', ...HOURS });
    const changed = { ...HOURS, texts: { en: 'Fernway: we open at 8.' }, program: null };
    await client('put', '/saved-answers/hours', { body: changed });
    await client('put', '/saved-answers/returns', { body: { ...HOURS, title: 'Returns' } });
    const listed = await client('get', '/saved-answers');
    expect(listed.body.items.map(({ id }: { id: string }) => id)).to.deep.equal(['hours', 'returns']);
    expect((await client('get', '/saved-answers/hours')).body).to.deep.include(changed);
    expect((await client('post', '/saved-answers/hours/delete', { body: {} })).status).to.equal(200);
    expect((await client('get', '/saved-answers/hours')).status).to.equal(404);
    expect((await client('post', '/saved-answers/hours/delete', { body: {} })).status).to.equal(404);
  });

  for (const { what, body } of [
    { what: 'no words in any language', body: { ...HOURS, texts: {} } },
    { what: 'a program that does not exist', body: { ...HOURS, program: 'nowhere' } },
    { what: 'a shortener that carriers filter', body: { ...HOURS, texts: { en: 'Fernway: bit.ly/abc' } } },
    { what: 'a field that nobody knows', body: { ...HOURS, texts: { en: 'Hi {shoe_size|x}' } } },
    {
      what: 'a name without words for those who told none',
      body: { ...HOURS, texts: { en: 'Hi {first_name}' } },
    },
    { what: 'a language that we do not speak', body: { ...HOURS, texts: { de: 'Fernway: ab 9.' } } },
  ]) {
    it(`refuse ${what}`, async () => {
      const { status } = await client('put', '/saved-answers/refused', { body });
      expect([400, 422]).to.include(status);
      expect((await client('get', '/saved-answers/refused')).status).to.equal(404);
    });
  }

  it('are written by those who decide only', async () => {
    const reader = await newClient(gateway, ['reviews:read']);
    expect((await reader('get', '/saved-answers')).status).to.equal(200);
    expect((await reader('put', '/saved-answers/hours', { body: HOURS })).status).to.equal(403);
  });
});
