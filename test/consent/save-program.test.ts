import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../scripts/seed/programs.ts';
import { ROOT } from '../../src/config.ts';
import { readCatalog, readTemplates } from '../../src/consent/programs/catalog.ts';
import { ProgramRefused, saveProgram } from '../../src/consent/programs/save-program.ts';
import { joinTouchpoint, topicTouchpoint } from '../../src/domain/consent/join.ts';
import { renewalTouchpoint } from '../../src/domain/consent/renewal-prompt.ts';
import type { Program, Topic } from '../../src/domain/program.ts';
import { readDisclosures } from '../../src/store/consent/disclosures.ts';
import { readPrograms, writeProgram, writeSender } from '../../src/store/consent/programs.ts';
import { isDuplicateKey } from '../../src/store/database-errors.ts';
import type { Store } from '../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

describe('saving a program with the words of its prompts', () => {
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

  it('keeps program and words together when two save at the same time', async () => {
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

  it('publishes nothing when the prompt of one topic is too long though that of the program is not', async () => {
    const before = await readDisclosures(store);
    const often = 'up to 4 msgs/month, none of them in the summer';
    const [first, ...others] = deals.topics as [Topic, ...Topic[]];
    const long = {
      ...first,
      name: { ...first.name, en: 'x'.repeat(54) },
      frequency: { ...first.frequency, en: often },
    };
    const refused = await save({ ...deals, topics: [long, ...others] }).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(ProgramRefused);
    expect(
      (refused as ProgramRefused).faults.map(({ message }) => message.replace(/ \(.*/, '')),
    ).to.deep.equal([
      'en, for topic "deals": The prompt is longer than two parts.',
      'en, for topic "deals": The welcome text is longer than one part: 160 characters, 70 where one is outside GSM-7.',
    ]);
    expect(await readDisclosures(store)).to.deep.equal(before);
  });

  it('refuses a support contact that nobody can reach, and terms or privacy without an https address', async () => {
    const contacts = {
      support: 'help at fernway',
      termsUrl: 'fernway.example/terms',
      privacyUrl: 'http://a.example',
    };
    const refused = await save({ ...deals, ...contacts }).catch((error: unknown) => error);
    const { faults } = refused as ProgramRefused;
    expect(faults.map(({ field }) => field)).to.deep.equal(['support', 'terms_url', 'privacy_url']);
    for (const support of ['help@fernway.example', '(416) 555-0143', '+44 20 7946 0958', '1-800-FERNWAY'])
      await save({ ...deals, support });
    await save(deals);
  });

  it('allows other changes, and its end, to a program whose prompts became too long', async () => {
    const [first, ...others] = deals.topics as [Topic, ...Topic[]];
    const old = { ...deals, topics: [{ ...first, name: { ...first.name, en: 'x'.repeat(60) } }, ...others] };
    const before = (await readPrograms(store)).programs.find(({ id }) => id === deals.id) as Program;
    await writeProgram(store, old);
    await save({ ...old, support: 'call@fernway.example' });
    await save({ ...old, status: 'ended' });
    const again = await save(old).catch((error: unknown) => error);
    expect(again, 'what begins again is judged as a new one').to.be.instanceOf(ProgramRefused);
    expect(
      await readPrograms(store).then(({ programs }) => programs.find(({ id }) => id === deals.id)),
    ).to.include({
      status: 'ended',
    });
    await save(before);
  });

  it('publishes nothing when the menu of its number would need more messages than one answer holds', async () => {
    const [topic] = deals.topics as [Topic];
    const topics = (at: number): Topic[] =>
      Array.from({ length: 30 }, (_, nth) => {
        const name = `${'n'.repeat(55)} ${nth}`;
        const word = `${'W'.repeat(28)}${at}X${nth}`;
        return {
          ...topic,
          id: `t${nth}`,
          code: `${at}x${nth}`,
          word,
          name: { en: name, es: name, fr: name },
        };
      });
    const big = (at: number): Program => ({
      ...{ ...deals, id: `big${at}`, keywords: { en: [`BIG${at}`] } },
      ...{ topics: topics(at), joinTopics: ['t0'] },
    });
    for (const at of [1, 2, 3, 4]) await writeProgram(store, big(at));
    const refused = await save(big(5)).catch((error: unknown) => error);
    const fault = (refused as ProgramRefused).faults.at(-1);
    expect(fault?.field).to.equal('topics');
    expect(fault?.message).to.match(/^MENU on 28555 would take more/);
    await store.programs.deleteMany({ _id: /^big/ });
  });

  it('sets the promise of the saved frequency, in whatever form it is given', async () => {
    const often = { en: '4/month, more in December', es: 'casi 4/mes, o menos', fr: 'environ 4 par mois' };
    const [first, ...others] = deals.topics;
    if (first === undefined) throw new Error('the seed has no topic');
    const rare = { ...first, frequency: { en: '1/month, at Easter', es: '1 al mes', fr: '1 par mois' } };
    await save({ ...deals, frequency: often, topics: [rare, ...others] });
    const { promised, disclosure } = await readCatalog(store, templates);
    const at = (touchpoint: string) => promised(deals.id, disclosure(deals.id, touchpoint)).frequencies;
    for (const language of deals.languages) {
      expect(at(joinTouchpoint(language))).to.deep.equal([{ count: 4, days: 30 }]);
      expect(at(renewalTouchpoint(language))).to.deep.equal([{ count: 4, days: 30 }]);
      expect(at(topicTouchpoint(first.id, language))).to.deep.equal([{ count: 1, days: 30 }]);
    }
    const before = await readDisclosures(store);
    await save({ ...deals, frequency: often, topics: [rare, ...others] });
    expect(await readDisclosures(store)).to.deep.equal(before);
  });

  it('keeps the topics that the prompts named, and publishes new prompts for others', async () => {
    await save(monthly(3));
    const shown = async () => {
      const { promised, disclosure } = await readCatalog(store, templates);
      const kept = disclosure(deals.id, joinTouchpoint('en'));
      return { ...kept, topics: (version: number) => promised(deals.id, { ...kept, version }).topics };
    };
    const before = await shown();
    const [first, second] = deals.topics.map(({ id }) => id);
    expect(before.topics(before.version)).to.deep.equal(deals.joinTopics);
    await save({ ...monthly(3), joinTopics: [first ?? '', second ?? ''] });
    const after = await shown();
    expect(after).to.include({ version: before.version + 1, text: before.text });
    expect([after.topics(before.version), after.topics(after.version)]).to.deep.equal([
      deals.joinTopics,
      [first, second],
    ]);
    await save(deals);
  });

  it('changes nothing when another program takes one of its keywords at the same moment', async () => {
    const [number = ''] = deals.numbers;
    // This program looks as if it were written after the check of the other: only its claim can be seen.
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

  describe('two programs saved at the same moment', () => {
    afterEach(() => store.programs.deleteMany({ _id: { $in: ['alpha', 'beta'] } }));

    /** Two programs on the number with other words than the first, so that each may be saved beside it. */
    const two = (): [Program, Program] => {
      const programWith = (id: string, code: string): Program => ({
        ...deals,
        id,
        keywords: {
          en: [`${id}EN`.toUpperCase()],
          es: [`${id}ES`.toUpperCase()],
          fr: [`${id}FR`.toUpperCase()],
        },
        topics: [{ ...(deals.topics[0] as Topic), code, word: `${code}WORD` }],
      });
      return [programWith('alpha', '41'), programWith('beta', '42')];
    };

    const RACES: [what: string, change: (pair: [Program, Program]) => void][] = [
      [
        "a topic's code that is the other's keyword",
        ([first, other]) => {
          first.topics = first.topics.map((topic) => ({ ...topic, code: 'BETAEN' }));
          other.topics = other.topics.map((topic) => ({ ...topic, code: '43' }));
        },
      ],
      [
        "a topic's word that is the other's topic's",
        ([first, other]) => {
          first.topics = first.topics.map((topic) => ({ ...topic, word: 'SHOES' }));
          other.topics = other.topics.map((topic) => ({ ...topic, word: 'SHOES' }));
        },
      ],
      [
        "a confirm word that is the other's keyword",
        ([first]) => {
          first.confirmWords = ['BETAEN'];
        },
      ],
      [
        'a keyword that reads as the other, written with an accent',
        ([first, other]) => {
          first.keywords = { ...first.keywords, fr: ['SOLDÉ'] };
          other.keywords = { ...other.keywords, fr: ['SOLDE'] };
        },
      ],
    ];
    for (const [what, change] of RACES) {
      it(`are not both accepted: ${what}`, async () => {
        const pair = two();
        change(pair);
        const ended = await Promise.allSettled(pair.map(save));
        const refused = ended.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
        expect(refused, String(refused)).to.have.lengthOf(1);
        expect(refused[0]).to.be.instanceOf(ProgramRefused);
        expect(String(refused[0])).to.contain('on the same number');
        const { programs } = await readPrograms(store);
        expect(programs.filter(({ id }) => ['alpha', 'beta'].includes(id))).to.have.lengthOf(1);
      });
    }
  });
});
