import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../scripts/seed/programs.ts';
import { readCatalog } from '../../src/consent/catalog.ts';
import { saveProgram } from '../../src/consent/save-program.ts';
import { joinTouchpoint, topicTouchpoint } from '../../src/domain/consent/joining.ts';
import { renewalTouchpoint } from '../../src/domain/consent/renewing.ts';
import type { Program } from '../../src/domain/program.ts';
import { ROOT } from '../../src/open-desk.ts';
import { readTemplates } from '../../src/running/templates.ts';
import { writeSender } from '../../src/store/book.ts';
import { isDuplicateKey } from '../../src/store/database-failure.ts';
import { readDisclosures } from '../../src/store/disclosures.ts';
import type { Store } from '../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

describe('a program and the words of its prompts', () => {
  let store: Store;
  let templates: Awaited<ReturnType<typeof readTemplates>>;
  const [deals] = PROGRAMS;
  if (deals === undefined) throw new Error('there is no program to save');
  before(async () => {
    ({ store } = await openTestStore());
    templates = await readTemplates(ROOT);
    for (const sender of Object.values(SENDERS)) await writeSender(store, sender);
    await save(deals);
  });
  after(() => closeTestStore(store));

  const save = (program: Program): Promise<void> => saveProgram(store, templates, program, new Date());
  const monthly = (count: number): Program => ({
    ...deals,
    frequency: { en: `${count} msgs/month`, es: `${count} msjs/mes`, fr: `${count} msgs/mois` },
  });

  it('stay together, whoever saves it at the same time', async () => {
    for (let round = 0; round < 3; round += 1) {
      await Promise.all([5, 6, 7, 8].map((count) => save(monthly(count))));
      const { book, disclosure } = await readCatalog(store, templates);
      const saved = book.programs.find(({ id }) => id === deals.id);
      for (const language of deals.languages) {
        const { text } = disclosure(deals.id, joinTouchpoint(language));
        expect(text).to.contain(saved?.frequency[language]);
      }
    }
  });

  it('bind by the frequency that the program was saved with, however it says it', async () => {
    const often = { en: '4/month, more in December', es: 'casi 4/mes, o menos', fr: 'environ 4 par mois' };
    const [first, ...others] = deals.topics;
    if (first === undefined) throw new Error('the seed has no topic');
    const rare = { ...first, frequency: { en: '1/month, at Easter', es: '1 al mes', fr: '1 par mois' } };
    await save({ ...deals, frequency: often, topics: [rare, ...others] });
    const { promised, disclosure } = await readCatalog(store, templates);
    const at = (touchpoint: string) => promised(deals.id, disclosure(deals.id, touchpoint));
    for (const language of deals.languages) {
      expect(at(joinTouchpoint(language))).to.deep.equal([{ count: 4, days: 30 }]);
      expect(at(renewalTouchpoint(language))).to.deep.equal([{ count: 4, days: 30 }]);
      expect(at(topicTouchpoint(first.id, language))).to.deep.equal([{ count: 1, days: 30 }]);
    }
    const before = await readDisclosures(store);
    await save({ ...deals, frequency: often, topics: [rare, ...others] });
    expect(await readDisclosures(store)).to.deep.equal(before);
  });

  it('that were published before their promise was kept are read, and published anew by the next save', async () => {
    await save(monthly(3));
    const kept = (await readCatalog(store, templates)).disclosure(deals.id, joinTouchpoint('en'));
    await store.db
      .collection('disclosures')
      .updateOne(
        { program: deals.id, touchpoint: kept.touchpoint, version: kept.version },
        { $unset: { promised: 1 } },
      );
    const old = await readCatalog(store, templates);
    expect(old.promised(deals.id, kept)).to.deep.equal([{ count: 3, days: 30 }]);
    await save(monthly(3));
    const { disclosure } = await readCatalog(store, templates);
    expect(disclosure(deals.id, kept.touchpoint)).to.include({ version: kept.version + 1, text: kept.text });
  });

  it('are as they were where another takes one of its keywords at the same moment', async () => {
    const [number = ''] = deals.numbers;
    // As if it were written after this one was checked: nothing but its claim is to be seen.
    const rival = {
      claims: [`${number} SAVER`],
      numbers: [],
      keywords: {},
      topics: [],
      languages: [],
      status: 'ended',
    };
    await store.db
      .collection<{ _id: string; claims: string[] }>('programs')
      .insertOne({ _id: 'rival', ...rival });
    const before = await readDisclosures(store);
    const taken = { ...monthly(9), keywords: { ...deals.keywords, en: ['JOIN', 'SAVER'] } };
    const refused = await save(taken).catch((error: unknown) => error);
    expect(isDuplicateKey(refused)).to.equal(true);
    expect(await readDisclosures(store)).to.deep.equal(before);
  });
});
