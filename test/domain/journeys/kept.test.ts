import { expect } from 'chai';
import { type DeferredEntry, keptSentence } from '../../../src/domain/journeys/journey.ts';

const NONE: DeferredEntry = { beginning: [], questions: [], anew: false };
const beginning = [{ field: 'trigger.words.1', problem: 'The program has no such word.' }];
const questions = [{ field: 'steps.1.only_if', problem: 'There is no such segment.' }];

describe('changes that a save of a running journey defers', () => {
  const table: [what: string, kept: Partial<DeferredEntry>, sentence: RegExp | null][] = [
    ['nothing', {}, null],
    [
      'another meaning',
      { anew: true },
      /^Its segment .+ start it again\. That ends it for everyone in it, and for good/,
    ],
    [
      'what begins it',
      { beginning, anew: true },
      /^“trigger.words.1” could not be saved now, so the journey keeps its trigger: The program has no such word.$/,
    ],
    [
      'what is asked',
      { questions },
      /^“steps.1.only_if” could not be saved now, so the step keeps its condition: There is no such segment.$/,
    ],
    ['both', { beginning, questions }, /^“trigger.words.1” .+ word. “steps.1.only_if” .+ segment.$/],
  ];
  for (const [what, kept, sentence] of table) {
    it(`are explained: ${what}`, () => {
      const said = keptSentence({ ...NONE, ...kept });
      if (sentence === null) expect(said).to.equal(null);
      else expect(said).to.match(sentence);
    });
  }
});
