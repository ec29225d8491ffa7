import { PROMPT_REFUSALS } from '../../../src/domain/consent/ledger-reasons.ts';
import { type ConsentCell, table } from './cells.ts';
import { CELLAR_NUMBER, type Conversation, HOUR } from './conversation.ts';

const NOTHING_OPEN = ['reply yes-nothing-open en'];
const TOO_YOUNG_EVENT = `ineffective: ${PROMPT_REFUSALS['too-young']}`;
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

describe('person who asked for a question after an opt-out', () => {
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
    [
      'hears it once, whatever they text then',
      (talk) => {
        thenWaits('JOIN', 'STOP', 'JOIN')(talk);
        talk.text('YES');
      },
      'y',
      { events: ['ineffective: too late'], held: ['reply yes-too-late en'] },
    ],
    [
      'hears it again of a question that they asked for since',
      (talk) => {
        thenWaits('JOIN', 'STOP', 'JOIN')(talk);
        talk.text('YES');
        thenWaits('JOIN')(talk);
      },
      'YES',
      { events: ['ineffective: too late'], says: [TOO_LATE] },
    ],
    [
      'hears once a day that they failed the age gate, whatever they ask',
      texts('CELLAR', 'STOP', 'CELLAR', 'YES', '2010-05-23', 'CELLAR'),
      texts('CELLAR'),
      {
        state: ['all opt-out 1', 'cellar refused'],
        events: [TOO_YOUNG_EVENT],
        held: ['reply age-refused en'],
      },
    ],
    [
      'hears that again a day later',
      (talk) => {
        texts('CELLAR', 'STOP', 'CELLAR', 'YES', '2010-05-23', 'CELLAR')(talk);
        talk.wait(24 * HOUR);
      },
      texts('CELLAR'),
      { events: [TOO_YOUNG_EVENT], says: ['joining-help age-refused en'] },
    ],
    ...['MENU', 'PREFS', 'PAUSE', 'RESUME'].map(
      (body): ConsentCell => [
        `hears from ${body} what answers it`,
        ['JOIN', 'YES', 'STOP', 'JOIN'],
        body,
        { state: ['all opt-out 1', 'deals pending'], says: ['joining-help not-answered en'] },
      ],
    ),
    [
      'hears from a code what answers it',
      ['JOIN', 'YES', 'STOP', 'JOIN'],
      '1',
      { events: ['ineffective: not subscribed'], says: ['joining-help not-answered en'] },
    ],
    [
      'hears from WHY who asked for it',
      ['JOIN', 'YES', 'STOP', 'JOIN'],
      'WHY',
      { says: ['joining-help why-asked en'] },
    ],
    [
      'hears that too after an opt-out of something else',
      ['JOIN', 'YES', 'STOP', 'JOIN', 'STOP NEWS'],
      'WHY',
      { says: ['joining-help why-asked en'] },
    ],
  ]);
});

describe('person who answers again without an opt-out', () => {
  table([
    [
      'hears again that their YES came too late',
      (talk) => {
        thenWaits('JOIN')(talk);
        talk.text('YES');
      },
      'YES',
      { events: ['ineffective: too late'], says: ['reply yes-too-late en'] },
    ],
    [
      'hears again that they failed the age gate',
      texts('CELLAR', 'YES', '2010-05-23', 'CELLAR'),
      texts('CELLAR'),
      { events: [TOO_YOUNG_EVENT], says: ['reply age-refused en'] },
    ],
  ]);
});

describe('person who asked for nothing after an opt-out', () => {
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
    ['hears nothing of MENU', ['JOIN', 'STOP'], 'MENU', { held: ['reply not-subscribed en'] }],
    ['hears nothing of RESUME', ['JOIN', 'YES', 'STOP'], 'RESUME', { held: ['reply not-subscribed en'] }],
  ]);
});
