import { expect } from 'chai';
import { type Driver, giveUpLeadership } from '../../../src/journeys/worker.ts';
import { fieldsOf } from '../../api/client.ts';
import { contextThatDies, Killed } from './context-that-dies.ts';
import { DAY, type JourneyHarness, startJourneyHarness } from './journey-harness.ts';
import { journeyScenes, putWords, send } from './journey-scenes.ts';

describe('a journey that begins by a keyword', () => {
  let harness: JourneyHarness;
  // This runs in real time with one driver, since the ledger uses the database's own clock.
  let driver: Driver;
  before(async () => {
    harness = await startJourneyHarness();
    driver = harness.driver('one');
    await putWords(harness);
  });
  after(() => harness.stop());
  const { put, post, started, someone, runs, rowsOf } = journeyScenes(() => harness, '133');
  let used = 0;
  /** A new person who has texted these words. */
  const texting = async (...texts: string[]) => {
    used += 1;
    const number = `+1555134${String(used).padStart(4, '0')}`;
    for (const text of texts) await harness.gateway.text(number, text);
    return { number, contact: await harness.contactOf(number) };
  };
  const by = (...words: string[]) => ({ trigger: { kind: 'keyword', words } });
  const inIt = async (journey: string) => (await runs(journey)).map(({ contact }) => contact).sort();
  const idsOf = (people: { contact: string }[]) => people.map(({ contact }) => contact).sort();

  it('begins once consent is confirmed, by the word that the person texted and by no other', async () => {
    const early = await texting('JOIN');
    await started('hi', by('JOIN', 'UNIRME'));
    await harness.gateway.text(early.number, 'YES');
    const there = [await texting('JOIN (Fernway Deals)', 'YES'), await texting('unirme!', 'SI')];
    const waits = await texting('JOIN');
    await texting('REJOINDRE', 'OUI');
    await texting('ORDERS', 'YES');
    await texting('JOIN', 'ORDERS', 'YES');
    // The other word sends no prompt so soon after the first, so their YES answers the first.
    there.push(await texting('JOIN', 'REJOINDRE', 'OUI'));
    await texting('JOIN', 'UNIRME', 'STOP');
    await harness.lookWith(driver);
    expect(await inIt('hi')).to.deep.equal(idsOf(there));
    await harness.gateway.text(waits.number, 'YES');
    await harness.lookWith(driver);
    expect(await inIt('hi')).to.deep.equal(idsOf([...there, waits]));
    await harness.dispatch();
    await giveUpLeadership(harness.context, driver, harness.clock);
    driver = harness.driver('another');
    for (let times = 0; times < 3; times += 1) await harness.lookWith(driver);
    expect(await runs('hi')).to.have.length(4);
    expect(await rowsOf(waits.contact)).to.have.length(1);
    const { body } = await harness.client('get', '/journeys/hi');
    expect(body.trigger).to.deep.equal(by('JOIN', 'UNIRME').trigger);
    await post('hi', 'stop');
  });

  it('begins for people who are in the program already, and again by the usual rules', async () => {
    const member = await someone();
    await started('more', { ...by('JOIN'), again_after_days: 2 });
    await harness.gateway.text(member.number, 'JOIN');
    await harness.gateway.text(member.number, 'JOIN');
    await harness.lookWith(driver);
    expect(await inIt('more')).to.deep.equal([member.contact]);
    await harness.lookWith(driver);
    for (const days of [1, 2]) {
      const triggeredAt = new Date(Date.now() - days * DAY);
      await harness.gateway.store.journeyRuns.updateMany({ journey: 'more' }, { $set: { triggeredAt } });
      await harness.gateway.text(member.number, 'JOIN');
      await harness.lookWith(driver);
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
      await harness.gateway.text(who.number, text);
    }
    await harness.lookWith(driver);
    expect(await inIt('paper')).to.deep.equal(idsOf([code, word, both]));
    expect(await rowsOf(stranger.contact)).to.have.length(0);
    await post('paper', 'stop');
  });

  it('ends for a person whose consent ended, and begins by no word from before that', async () => {
    await started('rest', { ...by('JOIN'), steps: [send('a', { days: 1 })] });
    const stops = await texting('JOIN', 'YES');
    await harness.lookWith(driver);
    const back = await texting('JOIN', 'YES', 'STOP', 'UNIRME', 'SI');
    await harness.gateway.text(stops.number, 'STOP');
    await harness.lookWith(driver);
    expect((await runs('rest')).map(({ contact, reason }) => [contact, reason])).to.deep.equal([
      [stops.contact, 'opted-out'],
    ]);
    await harness.gateway.text(back.number, 'JOIN');
    await harness.lookWith(driver);
    expect((await runs('rest')).filter(({ open }) => open).map((run) => run.contact)).to.deep.equal([
      back.contact,
    ]);
    await post('rest', 'stop');
  });

  for (const when of ['before', 'after'] as const) {
    it(`begins once for each text when it is killed ${when} any of its writes`, async () => {
      await started(`kill-${when}`, by('JOIN'));
      const people: { contact: string }[] = [];
      for (let nth = 1, died = true; died; nth += 1) {
        people.push(await texting('JOIN', 'YES'));
        // The next driver has the name of the dead one, and so its lease, but none of its memory.
        await giveUpLeadership(harness.context, driver, harness.clock);
        const first = harness.driver(`dies at ${nth}`);
        died = await harness
          .lookWith(first, contextThatDies(harness.context, nth, when).context)
          .then(() => false)
          .catch((error: unknown) => {
            if (!(error instanceof Killed)) throw error;
            return true;
          });
        driver = harness.driver(`dies at ${nth}`);
        for (let times = 0; times < 2; times += 1) await harness.lookWith(driver);
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
    expect((await harness.client('get', '/journeys/bad')).status).to.equal(404);
  });

  it('keeps the meaning of its words at saving, says when they changed, and takes the new meaning over on saving again', async () => {
    const { id: _, ...program } = (await harness.client('get', '/programs/deals')).body;
    const save = async (body: unknown) => {
      expect((await harness.client('put', '/programs/deals', { body })).status).to.equal(200);
      await harness.context.catalog.refresh();
    };
    const steps = [{ id: 'a', message: { template: 'words', topic: 'news' } }];
    await started('swap', { ...by('2', 'UNIRME'), steps });
    const before = await someone();
    await harness.gateway.text(before.number, '2');
    // The code of the one becomes that of the other; nobody has looked yet.
    const coded = (codes: Record<string, string>) =>
      program.topics.map((topic: { id: string; code: string }) => ({
        ...topic,
        code: codes[topic.id] ?? topic.code,
      }));
    const topics = coded({ news: '3', events: '2' });
    // One save may not take a code that people have used from its topic.
    await save({ ...program, topics: coded({ news: '7', events: '8' }) });
    await save({ ...program, topics });
    const people = [await someone(), await someone(), await someone()];
    for (const [at, text] of ['2', '3', 'NEWS'].entries()) {
      await harness.gateway.text(people[at]?.number ?? '', text);
    }
    await harness.lookWith(driver);
    expect(await inIt('swap')).to.deep.equal(idsOf([before, people[2] as never]));
    const shown = await harness.client('get', '/journeys/swap');
    expect(shown.body.sentences[0]).to.match(/Since the program was changed, it does not begin by “2”\.$/);
    const kept = await put('swap', { ...by('2', 'UNIRME'), steps });
    expect(`${kept.status},${kept.body.kept}`).to.match(/^200,Its segment or its program was changed/);
    await save({ ...program, topics: topics.filter(({ id }: { id: string }) => id !== 'events') });
    const gone = await put('swap', { ...by('unirme', '2'), steps });
    expect(`${gone.status},${gone.body.kept}`, 'a word that is gone, and another spelling').to.match(
      /^200,“trigger.words.1” could not be saved now, so the journey keeps its trigger: The program has no such word/,
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
