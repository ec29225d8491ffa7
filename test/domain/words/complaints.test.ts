import { expect } from 'chai';
import { isComplaint } from '../../../src/domain/words/alarms.ts';

const TEXTS: [text: string, complains: boolean][] = [
  ['This is SPAM!!', true],
  ['spam.', true],
  ['Who is this? How did you get my number?', true],
  ['I never signed up for this', true],
  ["I'll report you to the FCC", true],
  ['My lawyer will call you', true],
  ['C’est de l’arnaque', true],
  ['Es una estafa', true],
  ['Das ist Spam', true],
  ['STOP', false],
  ['Do you have spammy hams?', false],
  ['My flight lands at 5', false],
  ['Is the offer legal in Ohio?', false],
  ['Please send me the report', false],
  ['Thanks, love it', false],
  ['', false],
];

describe('complaints', () => {
  for (const [text, expected] of TEXTS) {
    it(`${expected ? 'are seen' : 'are not seen'} in ${JSON.stringify(text)}`, () => {
      expect(isComplaint(text)).to.equal(expected);
    });
  }
});
