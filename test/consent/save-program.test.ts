import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../scripts/seed/programs.ts';
import { readCatalog } from '../../src/consent/catalog.ts';
import { saveProgram } from '../../src/consent/save-program.ts';
import { joinTouchpoint } from '../../src/domain/consent/joining.ts';
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
