import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../scripts/seed/programs.ts';
import { readCatalog } from '../../src/consent/catalog.ts';
import { saveProgram } from '../../src/consent/save-program.ts';
import { joinTouchpoint, topicTouchpoint } from '../../src/domain/consent/joining.ts';
import { renewalTouchpoint } from '../../src/domain/consent/questions/renewing.ts';
import type { Program } from '../../src/domain/program.ts';
import { ROOT } from '../../src/root.ts';
import { readTemplates } from '../../src/running/templates.ts';
import { writeSender } from '../../src/store/consent/book.ts';
import { readDisclosures } from '../../src/store/consent/disclosures.ts';
import type { Store } from '../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

describe('words that were published before the topics that they speak of were kept', () => {
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
  const forget = (touchpoint: string) =>
    store.db.collection('disclosures').updateMany({ touchpoint }, { $unset: { topics: 1 } });
  const topicsOf = async (touchpoint: string) => {
    const { promised } = await readCatalog(store, templates);
    return promised('deals', { touchpoint, version: 1 }).topics;
  };

  it('have those of the program as it was before the next save, and are otherwise what they were', async () => {
    const [first = '', second = ''] = deals.topics.map(({ id }) => id);
    const [joined, renewed, one] = [
      joinTouchpoint('en'),
      renewalTouchpoint('es'),
      topicTouchpoint(first, 'fr'),
    ];
    // The program speaks its language no more, and has its topic no more.
    const gone = topicTouchpoint('gone', 'en');
    const before = await readDisclosures(store);
    const [shown] = before;
    await store.db.collection('disclosures').insertOne({ ...shown, touchpoint: gone });
    for (const touchpoint of [joined, renewed, one, gone]) await forget(touchpoint);
    expect(await topicsOf(joined)).to.equal(null);
    await save({ ...deals, joinTopics: [second], languages: ['en', 'es'] });
    expect(deals.joinTopics).not.to.deep.equal([second]);
    expect(await Promise.all([joined, renewed, one].map(topicsOf))).to.deep.equal([
      deals.joinTopics,
      deals.joinTopics,
      [first],
    ]);
    expect(await topicsOf(gone), 'nothing tells of them').to.equal(null);
    const after = await readDisclosures(store);
    expect(
      after.filter(({ version, touchpoint }) => version === 1 && touchpoint !== gone),
    ).to.have.deep.members(before);
    await save(deals);
  });

  it('are published anew by a save that changes none of them no more', async () => {
    await save(deals);
    const before = await readDisclosures(store);
    await forget(joinTouchpoint('en'));
    await save(deals);
    expect(await readDisclosures(store)).to.have.lengthOf(before.length);
  });
});
