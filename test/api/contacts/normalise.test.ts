import { expect } from 'chai';
import { normaliseNumbers } from '../../../src/contacts/normalise-numbers.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { turnsDuring } from '../../support/turns.ts';
import { type Client, newClient } from '../client.ts';

const TYPE = 'application/x-ndjson';
const WRITTEN = ['+12128675309', '(416) 555-1234', '212.867.5309', '0612345678', '212 867 5309 x4', ''];

describe('normalizing numbers through the API', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: false });
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  const lines = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const bulk = (raw: string, countries?: string) =>
    client('post', '/numbers/normalise/bulk', {
      ...{ raw, type: TYPE },
      ...(countries === undefined ? {} : { query: `countries=${countries}` }),
    });

  it('answers a list and a stream of lines alike, with a summary', async () => {
    const numbers = WRITTEN.map((number) => ({ number }));
    const list = await client('post', '/numbers/normalise', { body: { numbers, countries: ['US', 'CA'] } });
    expect(
      list.body.results.map(
        (result: { number?: string; refused?: string }) => result.number ?? result.refused,
      ),
    ).to.deep.equal(['+12128675309', '+14165551234', '+12128675309', 'no-such-number', 'extension', 'empty']);
    expect(list.body.results[2]).to.deep.equal({
      ...{
        line: 3,
        number: '+12128675309',
        country: 'US',
        country_from: 'guess',
        cleaned: ['punctuation'],
        same_as: 1,
      },
    });
    expect(list.body.report).to.deep.equal({
      ...{ lines: 6, kept: 1, cleaned: 2, cleaned_by: { punctuation: 2 } },
      ...{ guessed: 2, guessed_by_country: { CA: 1, US: 1 } },
      ...{ refused: 3, refused_by: { 'no-such-number': 1, extension: 1, empty: 1 }, duplicates: 1 },
    });

    const stream = await bulk(lines(numbers), 'US,CA');
    expect(stream.body).to.deep.equal([...list.body.results, { report: list.body.report }]);
  });

  it('lets other requests run while a list is read', async () => {
    const numbers = Array.from({ length: 1000 }, () => ({ number: '212867', country: null }));
    expect(await turnsDuring(() => normaliseNumbers(numbers, ['US']))).to.be.at.least(30);
  });

  it('refuses single lines, also invalid ones, and never guesses a missing country', async () => {
    const { body } = await bulk(
      `{"number": "2128675309"}\nno json\n{"number": 7}\n{"number": "1", "country": "XX"}\n`,
    );
    const refused = body
      .slice(0, 4)
      .map((item: { line: number; refused: string }) => [item.line, item.refused]);
    expect(refused).to.deep.equal([
      [1, 'no-country'],
      [2, 'unreadable'],
      [3, 'unreadable'],
      [4, 'unreadable'],
    ]);
    expect(body[2].sentence).to.match(/^number: /);
    expect(body[4].report).to.deep.include({
      lines: 4,
      refused: 4,
      refused_by: { unreadable: 3, 'no-country': 1 },
    });
  });

  it('answers a long list while it is read', async () => {
    const many = 2000;
    const rows = Array.from({ length: many }, (_, at) => ({
      number: `212867${String(at).padStart(4, '0')}`,
      country: 'US',
    }));
    const { body } = await bulk(lines(rows));
    expect(body).to.have.length(many + 1);
    expect(body.at(-1).report).to.deep.include({ lines: many, refused: 0, duplicates: 0, cleaned: 0 });
  });

  it('answers a body of another type with a problem', async () => {
    const answer = await client('post', '/numbers/normalise/bulk', { raw: '{}', type: 'application/json' });
    expect(answer.status).to.equal(415);
  });

  it('stores nothing and logs no number', async () => {
    const { length } = await gateway.store.contacts.find().toArray();
    expect(length).to.equal(0);
    expect(gateway.logs.join('\n')).not.to.match(/2128675309|4165551234/);
  });
});
