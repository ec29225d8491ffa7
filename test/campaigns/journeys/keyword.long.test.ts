import { expect } from 'chai';
import { type Driver, giveUpLeadership } from '../../../src/journeys/worker.ts';
import { fieldsOf } from '../../api/client.ts';
import { dying, Killed } from './dying.ts';
import { DAY, type Rig, startRig } from './rig.ts';
import { putWords, scenesOf, send } from './scenes.ts';

describe('a journey that begins by a keyword', () => {
  let rig: Rig;
  // In real time, so with one driver at a time: the ledger goes by the database's own clock.
  let driver: Driver;
  before(async () => {
    rig = await startRig();
    driver = rig.driver('one');
    await putWords(rig);
  });
  after(() => rig.stop());
  const { put, post, started, someone, runs, rowsOf } = scenesOf(() => rig, '133');
  let used = 0;
  /** Someone who texted these, and nothing before. */
  const texting = async (...texts: string[]) => {
    used += 1;
    const number = `+1555134${String(used).padStart(4, '0')}`;
    for (const text of texts) await rig.gateway.text(number, text);
    return { number, contact: await rig.contactOf(number) };
  };
  const by = (...words: string[]) => ({ trigger: { kind: 'keyword', words } });
  const inIt = async (journey: string) => (await runs(journey)).map(({ contact }) => contact).sort();
  const idsOf = (people: { contact: string }[]) => people.map(({ contact }) => contact).sort();

  it('begins once their consent is confirmed, by the word they texted and no other', async () => {
    const early = await texting('JOIN');
    await started('hi', by('JOIN', 'UNIRME'));
    await rig.gateway.text(early.number, 'YES');
    const there = [await texting('JOIN (Fernway Deals)', 'YES'), await texting('unirme!', 'SI')];
    const waits = await texting('JOIN');
    await texting('REJOINDRE', 'OUI');
    await texting('ORDERS', 'YES');
    await texting('JOIN', 'ORDERS', 'YES');
    // So soon after a question the other word puts none: their yes is to the first.
    there.push(await texting('JOIN', 'REJOINDRE', 'OUI'));
    await texting('JOIN', 'UNIRME', 'STOP');
    await rig.lookWith(driver);
    expect(await inIt('hi')).to.deep.equal(idsOf(there));
    await rig.gateway.text(waits.number, 'YES');
    await rig.lookWith(driver);
    expect(await inIt('hi')).to.deep.equal(idsOf([...there, waits]));
    await rig.dispatch();
    await giveUpLeadership(rig.context, driver, rig.clock);
    driver = rig.driver('another');
    for (let times = 0; times < 3; times += 1) await rig.lookWith(driver);
    expect(await runs('hi')).to.have.length(4);
    expect(await rowsOf(waits.contact)).to.have.length(1);
    const { body } = await rig.client('get', '/journeys/hi');
    expect(body.trigger).to.deep.equal(by('JOIN', 'UNIRME').trigger);
    await post('hi', 'stop');
  });

  it('begins for who is in the program already, and again by the rules of any other', async () => {
    const member = await someone();
    await started('more', { ...by('JOIN'), again_after_days: 2 });
    await rig.gateway.text(member.number, 'JOIN');
    await rig.gateway.text(member.number, 'JOIN');
    await rig.lookWith(driver);
    expect(await inIt('more')).to.deep.equal([member.contact]);
    await rig.lookWith(driver);
    for (const days of [1, 2]) {
      const triggeredAt = new Date(Date.now() - days * DAY);
      await rig.gateway.store.journeyRuns.updateMany({ journey: 'more' }, { $set: { triggeredAt } });
      await rig.gateway.text(member.number, 'JOIN');
      await rig.lookWith(driver);
      expect((await runs('more')).map(({ nth }) => nth)).to.deep.equal(days === 1 ? [1] : [1, 2]);
    }
    await post('more', 'stop');
  });

  it('begins by the code or the word of a topic that is on by then', async () => {
    const steps = [{ id: 'a', message: { template: 'words', topic: 'news' } }];
    await started('paper', { ...by('2'), steps });
    const [code, word, both, other] = [await someone(), await someone(), await someone(), await someone()];
    const stranger = await texting('2');
    for (const [who, text] of [
      [code, '2'],
      [word, 'news please'],
      [both, '1 and 2'],
      [other, '1'],
      [other, 'JOIN'],
    ] as const) {
      await rig.gateway.text(who.number, text);
    }
    await rig.lookWith(driver);
    expect(await inIt('paper')).to.deep.equal(idsOf([code, word, both]));
    expect(await rowsOf(stranger.contact)).to.have.length(0);
    await post('paper', 'stop');
  });

  it('goes on for nobody whose consent ended, nor by a word from under another one', async () => {
    await started('rest', { ...by('JOIN'), steps: [send('a', { days: 1 })] });
    const stops = await texting('JOIN', 'YES');
    await rig.lookWith(driver);
    const back = await texting('JOIN', 'YES', 'STOP', 'UNIRME', 'SI');
    await rig.gateway.text(stops.number, 'STOP');
    await rig.lookWith(driver);
    expect((await runs('rest')).map(({ contact, reason }) => [contact, reason])).to.deep.equal([
      [stops.contact, 'opted-out'],
    ]);
    await rig.gateway.text(back.number, 'JOIN');
    await rig.lookWith(driver);
    expect((await runs('rest')).filter(({ open }) => open).map((one) => one.contact)).to.deep.equal([
      back.contact,
    ]);
    await post('rest', 'stop');
  });

  for (const when of ['before', 'after'] as const) {
    it(`begins once for each text, killed ${when} any of its writes`, async () => {
      await started(`kill-${when}`, by('JOIN'));
      const people: { contact: string }[] = [];
      for (let nth = 1, died = true; died; nth += 1) {
        people.push(await texting('JOIN', 'YES'));
        // Whoever comes after has the name of the dead one, so its lease, and nothing that it remembered.
        await giveUpLeadership(rig.context, driver, rig.clock);
        const first = rig.driver(`dies at ${nth}`);
        died = await rig
          .lookWith(first, dying(rig.context, nth, when).context)
          .then(() => false)
          .catch((error: unknown) => {
            if (!(error instanceof Killed)) throw error;
            return true;
          });
        driver = rig.driver(`dies at ${nth}`);
        for (let times = 0; times < 2; times += 1) await rig.lookWith(driver);
        expect(await inIt(`kill-${when}`), `killed ${when} write ${nth}`).to.deep.equal(idsOf(people));
        for (const { contact } of people) expect(await rowsOf(contact)).to.have.length(1);
      }
      expect(people).to.have.length.greaterThan(4);
      await post(`kill-${when}`, 'stop');
    });
  }

  it('refuses words that begin nothing, each at its place', async () => {
    const answer = await put('bad', by('JOIN', 'STOP', 'help', 'ORDERS', 'nothing'));
    const places = [1, 2, 3, 4].map((at) => `trigger.words.${at}`);
    expect([answer.status, fieldsOf(answer)]).to.deep.equal([422, places]);
    for (const words of [[], 'JOIN', [1], [''], ['a'.repeat(35)], [{ $ne: '' }], undefined]) {
      const odd = await put('bad', { trigger: { kind: 'keyword', words } });
      expect(odd.status, JSON.stringify(words)).to.equal(400);
    }
    expect((await rig.client('get', '/journeys/bad')).status).to.equal(404);
  });

  it('goes by what its words meant when it was saved, says where they mean it no more, and takes that over anew', async () => {
    const { id: _, ...program } = (await rig.client('get', '/programs/deals')).body;
    const save = async (body: unknown) => {
      expect((await rig.client('put', '/programs/deals', { body })).status).to.equal(200);
      await rig.context.catalog.refresh();
    };
    const steps = [{ id: 'a', message: { template: 'words', topic: 'news' } }];
    await started('swap', { ...by('2', 'UNIRME'), steps });
    const before = await someone();
    await rig.gateway.text(before.number, '2');
    // The code of the one becomes that of the other; nobody has looked yet.
    const coded = (codes: Record<string, string>) =>
      program.topics.map((one: { id: string; code: string }) => ({
        ...one,
        code: codes[one.id] ?? one.code,
      }));
    const topics = coded({ news: '3', events: '2' });
    // In one save a code that people chose by is not taken from its topic.
    await save({ ...program, topics: coded({ news: '7', events: '8' }) });
    await save({ ...program, topics });
    const people = [await someone(), await someone(), await someone()];
    for (const [at, text] of ['2', '3', 'NEWS'].entries()) {
      await rig.gateway.text(people[at]?.number ?? '', text);
    }
    await rig.lookWith(driver);
    expect(await inIt('swap')).to.deep.equal(idsOf([before, people[2] as never]));
    const shown = await rig.client('get', '/journeys/swap');
    expect(shown.body.sentences[0]).to.match(/Since the program was changed, it does not begin by “2”\.$/);
    const kept = await put('swap', { ...by('2', 'UNIRME'), steps });
    expect(`${kept.status},${kept.body.kept}`).to.match(/^200,Its segment or its program was changed/);
    await save({ ...program, topics: topics.filter(({ id }: { id: string }) => id !== 'events') });
    const gone = await put('swap', { ...by('unirme', '2'), steps });
    expect(`${gone.status},${gone.body.kept}`, 'a word that is gone, and another spelling').to.match(
      /^200,“trigger.words.1” could not be saved now, so it keeps its trigger: The program has no such word/,
    );
    await save({ ...program, topics });
    await post('swap', 'pause');
    expect((await post('swap', 'start')).status).to.equal(200);
    await post('swap', 'stop');
    const refused = await post('swap', 'start');
    expect([refused.status, refused.body.detail]).to.deep.equal([
      409,
      'Its program was changed after the journey was saved, and these words no longer mean the same: “2”. Save the journey again.',
    ]);
    expect((await put('swap', { ...by('2', 'UNIRME'), steps })).body.sentences[0]).to.match(/Local events/);
    expect((await post('swap', 'start')).status).to.equal(200);
    await save({ ...program, topics: coded({ news: '7', events: '8' }) });
    await save(program);
    await post('swap', 'stop');
  });
});
