import { expect } from 'chai';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type Client, fieldsOf, newClient } from '../client.ts';

type Words = { description: string; frequency: string; topic: string };

const WORDS: Record<'en' | 'es', Words> = {
  en: { description: 'offers and news', frequency: '4 msgs/month', topic: 'Offers' },
  es: { description: 'ofertas y novedades', frequency: '4 msjs/mes', topic: 'Ofertas' },
};

describe('a program that writes in one language', () => {
  let gateway: Gateway;
  let client: Client;
  let deals: Record<string, unknown> = {};
  before(async () => {
    gateway = await startGateway({ worker: 'sending' });
    client = await newClient(gateway);
    const read = async (id: string) => {
      const { id: _, ...body } = (await client('get', `/programs/${id}`)).body;
      return body;
    };
    deals = await read('deals');
    // The number then speaks for one program alone.
    const ended = { ...(await read('orders')), status: 'ended' };
    expect((await client('put', '/programs/orders', { body: ended })).status).to.equal(200);
  });
  after(() => gateway.stop());

  const bodyIn = (language: 'en' | 'es', languages: string[] = [language]) => {
    const { description, frequency, topic } = WORDS[language];
    const topics = [
      {
        ...{ id: 'deals', code: '1', word: 'DEALS', purpose: 'marketing' },
        ...{ name: { [language]: topic }, frequency: { [language]: frequency } },
      },
    ];
    const words = { description: { [language]: description }, frequency: { [language]: frequency } };
    const { promised: _, ...rest } = deals;
    const keywords = { [language]: ['JOIN'] };
    return { ...rest, ...words, languages, keywords, topics, join_topics: ['deals'] };
  };
  const saved = async (language: 'en' | 'es') => {
    const answer = await client('put', '/programs/deals', { body: bodyIn(language) });
    expect(answer.status, answer.text).to.equal(200);
    return answer.body;
  };
  const dialogue = async (from: string, lines: readonly (readonly [text: string, reply: RegExp])[]) => {
    for (const [text, reply] of lines) {
      const { replies } = await gateway.text(from, text);
      expect(replies, text).to.have.length(1);
      expect(replies[0], text).to.match(reply);
    }
  };

  it('needs its words in that language alone, and shows them as they were saved', async () => {
    const { description, topics } = await saved('es');
    expect(description).to.deep.equal({ es: 'ofertas y novedades' });
    expect(topics[0]).to.deep.include({ name: { es: 'Ofertas' }, frequency: { es: '4 msjs/mes' } });
    expect((await client('get', '/programs/deals')).body.description).to.deep.equal(description);
  });

  it('is refused with the place of each of the words that one of its languages lacks', async () => {
    const answer = await client('put', '/programs/deals', { body: bodyIn('en', ['en', 'es']) });
    expect([answer.status, fieldsOf(answer)]).to.deep.equal([
      422,
      ['description.es', 'frequency.es', 'topics.0.name.es', 'topics.0.frequency.es'],
    ]);
  });

  it('answers in Spanish alone where it writes only Spanish, whatever the language of the words', async () => {
    await saved('es');
    await dialogue('+15551250101', [
      ['JOIN', /^Fernway Deals: responde SI para recibir .*ofertas y novedades, 4 msjs\/mes.*Salir: STOP/],
      ['YES', /^Te uniste a Fernway Deals \(recurrente\): ofertas y novedades/],
      [
        'HELP',
        /^Fernway Deals: ofertas y novedades, 4 msjs\/mes\. Ayuda: 1-800-555-0142.*STOP para terminar/,
      ],
      ['MENU', /tus temas:\n1 DEALS: Ofertas, 4 msjs\/mes - activo/],
      ['WHY', /recibes textos de Fernway Deals porque aceptaste .*"YES"/],
      ['STOP', /^Fernway: te hemos dado de baja de todos nuestros textos/],
      ['HELP', /Ayuda: 1-800-555-0142/],
    ]);
    const phone = '+15551250101';
    const found = await client('post', '/contacts/lookup', { body: { phone, reason: 'a test' } });
    const { body } = await client('get', `/contacts/${found.body.id}/status`);
    expect(body.topics).to.deep.equal([{ program: 'deals', id: 'deals', name: 'Ofertas', on: false }]);
  });

  it('counts ALTO in a Spanish template as its way to opt out, and not in an English one', async () => {
    const noteOf = async (language: 'en' | 'es', words: string) => {
      await saved(language);
      const texts = { [language]: `{brand}: ${words}` };
      const { status, body } = await client('put', `/templates/out-${language}`, {
        body: { program: 'deals', texts },
      });
      expect(status).to.equal(200);
      return body.report[0].notes.map((note: { code: string }) => note.code);
    };
    expect(await noteOf('es', '20% de descuento. Responde ALTO para cancelar.')).to.deep.equal([]);
    expect(await noteOf('es', '20% de descuento.')).to.deep.equal(['names-no-opt-out']);
    expect(await noteOf('en', '20% off. Responde ALTO para cancelar.')).to.deep.equal(['names-no-opt-out']);
    expect(await noteOf('en', '20% off. Reply UNSUBSCRIBE to end.')).to.deep.equal([]);
  });

  it('answers in English alone where it writes only English, whatever the language of the words', async () => {
    await saved('en');
    await dialogue('+15551250102', [
      ['JOIN', /^Fernway Deals: reply YES .*offers and news, 4 msgs\/month.*STOP/i],
      ['SI', /joined Fernway Deals.*offers and news/],
      ['AYUDA', /^Fernway Deals: offers and news, 4 msgs\/month.*1-800-555-0142/],
      ['MENU', /1 DEALS: Offers, 4 msgs\/month - on/],
      ['ALTO', /^Fernway: .*unsubscribed/],
    ]);
  });
});
