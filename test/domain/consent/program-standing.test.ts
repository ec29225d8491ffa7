import { expect } from 'chai';
import { PROGRAMS } from '../../../scripts/seed/programs.ts';
import { programStanding, programTexts } from '../../../src/domain/consent/program-standing.ts';
import type { Program } from '../../../src/domain/program.ts';
import { sayer } from '../../../src/domain/text/system-messages.ts';
import { DEALS, TEMPLATES } from '../text/fernway.ts';

const [SHOP] = PROGRAMS as [Program];

type Case = {
  what: string;
  program: Program;
  stopped?: string[];
  /** Texts of one language that an operator changed. */
  says?: { language: 'en' | 'es'; key: string; words: string };
  standing: unknown;
  /** Why it is so, by whom. */
  source: string;
};

const lacking = (language: string, item: string) => ({ kind: 'lacking', first: `${language} ${item}` });

const CASES: Case[] = [
  {
    what: 'is live with a keyword, a number that works, and whole texts',
    program: SHOP,
    standing: { kind: 'live' },
    source: 'CTIA Messaging Principles 5.1.1, 5.1.2',
  },
  {
    what: 'has ended, whatever else it lacks',
    program: { ...SHOP, status: 'ended', keywords: {} },
    standing: { kind: 'ended' },
    source: 'own rule: an ended program sends no prompt and no welcome',
  },
  {
    what: 'can be joined by nobody without a keyword',
    program: { ...SHOP, keywords: { en: [], es: [] } },
    standing: { kind: 'closed', missing: 'keyword' },
    source: 'CTIA Messaging Principles 5.1.1 (call to action)',
  },
  {
    what: 'can be joined by nobody without a number',
    program: { ...SHOP, numbers: [] },
    standing: { kind: 'closed', missing: 'number' },
    source: 'CTIA Messaging Principles 5.1.2 (confirmed opt-in)',
  },
  {
    what: 'can be joined by nobody while all its numbers are stopped',
    program: SHOP,
    stopped: SHOP.numbers,
    standing: { kind: 'closed', missing: 'working-number' },
    source: 'CTIA Messaging Principles 5.1.2 (confirmed opt-in)',
  },
  {
    what: 'stays live while another of its numbers works',
    program: { ...SHOP, numbers: [...SHOP.numbers, '28556'] },
    stopped: SHOP.numbers,
    standing: { kind: 'live' },
    source: 'own rule: a person is asked from any number of the program',
  },
  {
    what: 'lacks the link to its terms',
    program: { ...SHOP, termsUrl: '', languages: ['en'] },
    standing: lacking('en', 'terms'),
    source: 'Twilio Help 223134707, Twilio error 30562',
  },
  {
    what: 'lacks, in one language, how often messages come',
    program: SHOP,
    says: { language: 'es', key: 'prompt', words: '{brand} {program}: {description}. Responde {confirm}.' },
    standing: lacking('es', 'frequency'),
    source: 'Twilio Help 223134707, Twilio error 30540, Twilio error 30545',
  },
  {
    what: 'lacks how to stop in its answer to STOP',
    program: SHOP,
    says: { language: 'en', key: 'stop-all', words: '{brand}: you are unsubscribed.' },
    standing: lacking('en', 'no-more'),
    source: 'Twilio Help 223182208, 47 CFR 64.1200(a)(12)',
  },
];

const templatesOf = ({ says }: Case) =>
  says === undefined
    ? TEMPLATES
    : { ...TEMPLATES, [says.language]: { ...TEMPLATES[says.language], [says.key]: says.words } };

describe('A program', () => {
  for (const each of CASES) {
    it(`${each.what} (${each.source})`, () => {
      const { program, stopped = [], standing, source } = each;
      const found = programStanding({ program, say: sayer(templatesOf(each)), stopped });
      const [first] = found.kind === 'lacking' ? found.faults : [];
      if (first === undefined) {
        expect(found).to.deep.equal(standing);
        return;
      }
      expect({ kind: found.kind, first: `${first.language} ${first.item}` }).to.deep.equal(standing);
      expect(first.source).to.equal(source);
    });
  }

  it('shows every prescribed text of a language, those of its topics too, with their parts', () => {
    const texts = programTexts(DEALS, 'en', sayer(TEMPLATES));
    expect(texts.filter(({ topic }) => topic === null).map(({ key }) => key)).to.deep.equal([
      'prompt',
      'welcome',
      'help',
      'stop-all',
      'renewal',
    ]);
    for (const topic of DEALS.topics)
      expect(texts.filter((text) => text.topic === topic.id)).to.have.length(2);
    for (const { text, parts } of texts) {
      expect(text).to.not.match(/[{}]/);
      expect(parts).to.be.within(1, 2);
    }
  });

  it('asks nobody to renew consent where it sends no marketing', () => {
    const informational = {
      ...DEALS,
      topics: DEALS.topics.map((topic) => ({ ...topic, purpose: 'informational' as const })),
    };
    const keys = programTexts(informational, 'en', sayer(TEMPLATES)).map(({ key }) => key);
    expect(keys).to.not.include('renewal');
  });
});
