import { expect } from 'chai';
import { PROGRAMS } from '../../../../scripts/seed/programs.ts';
import { faultsOfTexts } from '../../../../src/domain/consent/program-changes.ts';
import { LANGUAGES, type Language, type Program } from '../../../../src/domain/program.ts';
import { sayer } from '../../../../src/domain/text/system-messages.ts';
import { CARE, DEALS, TEMPLATES } from '../../text/fernway.ts';

const faultsOf = (program: Program, templates = TEMPLATES, before: Program | null = null): string[] =>
  faultsOfTexts(program, sayer(templates), before);

const inAll = (words: string): Record<Language, string> => ({ en: words, es: words, fr: words });
const withTopic = (change: Partial<Program['topics'][number]>): Program => ({
  ...DEALS,
  topics: DEALS.topics.map((topic) => ({ ...topic, ...change })),
});
const saying = (key: string, words: string) => ({ ...TEMPLATES, en: { ...TEMPLATES.en, [key]: words } });

const LONG = 'x'.repeat(54);
const TWO_PARTS =
  'The prompt is longer than two parts. (our own limit: parts of a longer text may arrive out of order)';
const ONE_PART =
  'The welcome text is longer than one part: 160 characters, 70 where one is outside GSM-7. (Twilio Help 223181928 (at most 160 characters), CTIA 5.1.2.1)';

describe('faults in the texts of a program', () => {
  for (const program of [DEALS, CARE, ...PROGRAMS]) {
    it(`are none in ${program.name} (${program.termsUrl})`, () => {
      expect(faultsOf(program)).to.deep.equal([]);
    });
  }

  it('cover the prompt and the welcome about one topic, in each language', () => {
    const faults = faultsOf(
      withTopic({ name: inAll(LONG), frequency: inAll('every other day, at most 15 messages a month') }),
    );
    expect(faults).to.deep.equal(
      LANGUAGES.flatMap((language) => [
        `${language}, for topic "offers": ${TWO_PARTS}`,
        `${language}, for topic "offers": ${ONE_PART}`,
      ]),
    );
  });

  it('cover the renewal prompt, which is longer than the first prompt', () => {
    const longer = (by: number): Program => ({
      ...DEALS,
      languages: ['en'],
      termsUrl: DEALS.termsUrl + 'x'.repeat(by),
    });
    const tries = Array.from({ length: 200 }, (_, by) => faultsOf(longer(by)));
    expect(tries.find((faults) => faults.length > 0)).to.deep.equal([`en, to renew consent: ${TWO_PARTS}`]);
  });

  it('are reported once when the plain prompt has them already', () => {
    const faults = faultsOf({ ...DEALS, languages: ['en'], termsUrl: '' });
    expect(faults).to.deep.equal([
      'en: The prompt does not link the terms. (Twilio Help 223134707, Twilio error 30562)',
    ]);
  });

  for (const [key, fault] of [
    ['renewal', 'en, to renew consent: The prompt does not link the privacy policy.'],
    ['topics-on-needs-prompt', 'en, for topic "offers": The prompt does not link the privacy policy.'],
  ] as const) {
    it(`name what only ${key} leaves out`, () => {
      const text = TEMPLATES.en[key] ?? '';
      const faults = faultsOf(DEALS, saying(key, text.replace(' Privacy {privacy}', '')));
      expect(faults).to.have.lengthOf(1);
      expect(faults[0]).to.contain(fault);
    });
  }

  describe('faults that the stored program already has', () => {
    const topic = DEALS.topics[0] as Program['topics'][number];
    const long: Program = { ...DEALS, languages: ['en'], topics: [{ ...topic, name: inAll(LONG) }] };
    const fault = `en, for topic "offers": ${ONE_PART}`;
    const sooner = { ...topic, id: 'sooner', code: '2', word: 'SOONER', name: inAll(`${LONG}y`) };
    const unlinked = { ...long, topics: DEALS.topics, termsUrl: '' };
    const noTerms = 'The prompt does not link the terms. (Twilio Help 223134707, Twilio error 30562)';

    const CASES: [what: string, before: Program | null, after: Program, faults: string[]][] = [
      ['is said of a new program', null, long, [fault]],
      ['is let be in the same words', long, long, []],
      ['is let be whatever else changes', long, { ...long, support: 'call@fernway.example' }, []],
      [
        'is said of other words, no better',
        long,
        { ...long, topics: [{ ...topic, name: inAll(`${LONG}y`) }] },
        [fault],
      ],
      [
        'is said of another topic',
        long,
        { ...long, topics: [...long.topics, sooner] },
        [`en, for topic "sooner": ${ONE_PART}`],
      ],
      [
        'is said of a language it did not speak',
        long,
        { ...long, languages: ['en', 'es'] },
        [`es, for topic "offers": ${TWO_PARTS}`, `es, for topic "offers": ${ONE_PART}`],
      ],
      ['is let be of the plain question', unlinked, unlinked, []],
      [
        'is said of the plain question in other words',
        unlinked,
        { ...unlinked, privacyUrl: 'http://localhost:3000/privacy' },
        [`en: ${noTerms}`],
      ],
      ['is said of nothing that has ended', null, { ...long, status: 'ended' }, []],
      ['is said of what begins again', { ...long, status: 'ended' }, long, [fault]],
    ];
    for (const [what, before, after, faults] of CASES) {
      it(`${what}`, () => {
        expect(faultsOf(after, TEMPLATES, before)).to.deep.equal(faults);
      });
    }
  });
});
