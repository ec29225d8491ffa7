import { expect } from 'chai';
import { type Client, newClient } from '../api/client.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const NOTICE =
  /(?:we paused our texts|hemos pausado nuestros textos|nous avons mis nos textos).*(?:RESUME|REANUDAR|REPRENDRE)/;

describe('texts of somebody who has just joined', () => {
  let gateway: Gateway;
  let client: Client;
  let numbers = 0;
  before(async () => {
    gateway = await startGateway({ worker: 'sending' });
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  /** Joins by a text and a YES, then texts the words. Returns the replies to them, and the rule of the hold, if any. */
  const joinAndText = async (words: string) => {
    numbers += 1;
    const number = `+1555129${String(numbers).padStart(4, '0')}`;
    for (const body of ['JOIN', 'YES']) await gateway.text(number, body);
    const { replies } = await gateway.text(number, words);
    const { body } = await client('post', '/contacts/lookup', { body: { phone: number, reason: 'a test' } });
    const { body: list } = await client('get', '/holds');
    const hold = list.items.find(({ contact }: { contact: { id: string } }) => contact.id === body.id);
    return { replies: replies.join('\n'), hold: hold as { rule: string; score: number | null } | undefined };
  };

  for (const [words, rule] of [
    ['you text me too much', 'phrase:keeps-texting'],
    ['maybe stop i guess lol', 'phrase:second-thoughts'],
    ['no sé si quiero seguir recibiendo esto', 'phrase:doubtful'],
    ['je regrette mon inscription', 'phrase:doubtful'],
    ['sorry wrong mike', 'phrase:not-that-person'],
  ] as const) {
    it(`are held where they doubt or complain: ${words}`, async () => {
      const { replies, hold } = await joinAndText(words);
      expect(replies).to.match(NOTICE);
      expect(hold?.rule).to.equal(rule);
    });
  }

  it('are held in a language that no rule reads, without a score', async () => {
    const { replies, hold } = await joinAndText('Lütfen mesaj atmayı bırakın');
    expect(replies).to.match(NOTICE);
    expect(hold).to.include({ rule: 'language:tr', score: null });
  });

  it('are answered as unknown where they are ordinary chatter', async () => {
    for (const words of ['what time do you close tomorrow', 'my sister told me to stop buying shoes lol']) {
      const { replies, hold } = await joinAndText(words);
      expect(replies, words).not.to.match(NOTICE);
      expect(hold, words).to.equal(undefined);
    }
  });
});
