import { table } from './cells.ts';
import { CELLAR_NUMBER, type Conversation, HOUR } from './conversation.ts';

const NOTHING_OPEN = ['reply yes-nothing-open en'];
const TOO_LATE = 'joining-help yes-too-late en';

/** Of the cellar's number. */
const texts =
  (...bodies: string[]) =>
  (talk: Conversation): void => {
    for (const body of bodies) talk.text(body, CELLAR_NUMBER);
  };
const thenWaits =
  (...bodies: string[]) =>
  (talk: Conversation): void => {
    for (const body of bodies) talk.text(body);
    talk.wait(72 * HOUR);
  };

describe('after an opt-out, whoever asked for a question since', () => {
  table([
    [
      'hears the answer to their NO',
      ['JOIN', 'YES', 'STOP', 'JOIN'],
      'NO',
      {
        state: ['all opt-out 1', 'deals refused'],
        events: ['refused: answered no'],
        says: ['joining-help refused en'],
      },
    ],
    [
      'hears that they are too young',
      texts('CELLAR', 'STOP', 'CELLAR', 'YES'),
      texts('2010-05-23'),
      {
        state: ['all opt-out 1', 'cellar refused'],
        events: ['refused: under 21'],
        says: ['joining-help age-refused en'],
      },
    ],
    [
      'hears that their YES came too late',
      thenWaits('JOIN', 'STOP', 'JOIN'),
      'YES',
      { events: ['ineffective: too late'], says: [TOO_LATE] },
    ],
  ]);
});

describe('after an opt-out, whoever asked for nothing since', () => {
  table([
    [
      'hears nothing of a question that had ended before it',
      (talk) => {
        thenWaits('JOIN')(talk);
        talk.sweep();
        talk.text('STOP');
      },
      'YES',
      { events: ['ineffective: too late'], held: ['reply yes-too-late en'] },
    ],
    [
      'hears nothing of one that the opt-out ended',
      ['JOIN', 'STOP'],
      'YES',
      { events: ['ineffective: no open prompt'], held: NOTHING_OPEN },
    ],
  ]);
});
