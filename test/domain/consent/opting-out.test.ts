import { expect } from 'chai';
import { table } from './cells.ts';
import {
  BOOK,
  CELLAR_NUMBER,
  converse,
  late,
  SECOND,
  SILENT_CARRIER,
  STRAY_NUMBER,
  STYLIST,
} from './conversation.ts';

const MINUTE = 60 * SECOND;

const ALL = ['opt-out-confirmation stop-all en'];
/** Of somebody in one program alone. */
const ITS_NAME = ['opt-out-confirmation stop-all-program en'];

describe('STOP', () => {
  table([
    [
      'of a stranger is kept and confirmed',
      [],
      'STOP',
      { state: ['all opt-out 1'], events: ['withdrawn'], says: ALL },
    ],
    [
      'to a number we do not know as ours is kept, without an answer it could leave from',
      [],
      (talk) => void talk.text('stop', STRAY_NUMBER),
      { state: ['all opt-out 1'], events: ['withdrawn'] },
    ],
    [
      'ends every program on every number, and every open question',
      (talk) => {
        talk.text('JOIN');
        talk.text('YES');
        talk.text('STYLE', STYLIST);
        talk.text('YES', STYLIST);
        talk.text('ORDERS');
      },
      (talk) => void talk.text('Stop.', STYLIST),
      {
        state: ['all opt-out 1', 'deals unsubscribed', 'orders unsubscribed', 'stylist unsubscribed'],
        events: ['withdrawn'],
        says: ALL,
      },
    ],
    [
      'in ordinary words counts alike',
      ['JOIN', 'YES'],
      'please take me off this list',
      { events: ['withdrawn'], says: ITS_NAME },
    ],
    [
      'in French is answered in French',
      [],
      'ARRÊT',
      { events: ['withdrawn'], says: ['opt-out-confirmation stop-all fr'] },
    ],
    [
      'in Spanish is answered in Spanish',
      [],
      'no más',
      { events: ['withdrawn'], says: ['opt-out-confirmation stop-all es'] },
    ],
    [
      'repeated raises the generation and hears nothing',
      ['STOP'],
      'STOP',
      { state: ['all opt-out 2'], events: ['withdrawn'] },
    ],
    [
      'worked on too late to be confirmed is kept',
      [],
      late('STOP'),
      { state: ['all opt-out 1'], events: ['withdrawn'], held: ALL },
    ],
    [
      'after one that was worked on too late to be confirmed is confirmed',
      late('STOP'),
      'STOP',
      { state: ['all opt-out 2'], events: ['withdrawn'], says: ALL },
    ],
    [
      'after two that were worked on too late, and one that was confirmed, hears nothing',
      (talk) => {
        for (const text of [late('STOP'), late('STOP')]) text(talk);
        talk.text('STOP');
      },
      'STOP',
      { state: ['all opt-out 4'], events: ['withdrawn'] },
    ],
    [
      'that was confirmed stays so where a repeated one is worked on late',
      (talk) => {
        talk.text('STOP');
        late('STOP')(talk);
      },
      'STOP',
      { state: ['all opt-out 3'], events: ['withdrawn'] },
    ],
    [
      'after one whose confirmation never left is confirmed',
      (talk) => {
        talk.text('STOP');
        talk.learn((person) => ({ person: { ...person, unconfirmed: ['all'] }, events: [] }));
      },
      'STOP',
      { state: ['all opt-out 2'], events: ['withdrawn'], says: ALL },
    ],
    [
      'after one to a number we do not know as ours is confirmed',
      (talk) => void talk.text('stop', STRAY_NUMBER),
      'STOP',
      { state: ['all opt-out 2'], events: ['withdrawn'], says: ALL },
    ],
    [
      'after a new question was asked is an opt-out of its own, confirmed again',
      ['STOP', 'JOIN'],
      'STOP',
      { state: ['all opt-out 2', 'deals unsubscribed'], events: ['withdrawn'], says: ALL },
    ],
    [
      'after a new consent is confirmed again',
      ['STOP', 'JOIN', 'YES'],
      'STOP',
      { state: ['all opt-out 2 deals:1', 'deals unsubscribed'], events: ['withdrawn'], says: ITS_NAME },
    ],
    [
      'by text after an opt-out on a page is confirmed: no text has said so yet',
      (talk) => void talk.leave(),
      'STOP',
      { state: ['all opt-out 2'], events: ['withdrawn'], says: ALL },
    ],
    [
      'on a page is recorded without a text',
      ['JOIN', 'YES'],
      (talk) => void talk.leave(),
      { state: ['all opt-out 1', 'deals unsubscribed'], events: ['withdrawn'] },
    ],
    [
      'of someone on hold ends the hold in opt-out',
      ['JOIN', 'YES', '🛑'],
      'STOP',
      {
        state: ['all hold 1 *:1', 'all opt-out 1', 'deals unsubscribed'],
        events: ['withdrawn'],
        says: ITS_NAME,
      },
    ],
    [
      'beats the wait for a birth date',
      (talk) => {
        talk.text('CELLAR', CELLAR_NUMBER);
        talk.text('YES', CELLAR_NUMBER);
      },
      (talk) => void talk.text('stop', CELLAR_NUMBER),
      { state: ['all opt-out 1', 'cellar unsubscribed'], events: ['withdrawn'], says: ALL },
    ],
  ]);

  it('keeps the newest moment when it is processed late', () => {
    const talk = converse();
    const early = talk.now;
    talk.wait(60_000);
    talk.text('STOP');
    const newest = talk.person.lastOptOutAt;
    talk.text('STOP', undefined, { at: early });
    expect(talk.person.lastOptOutAt).to.deep.equal(newest);
    expect(talk.person.suppressions[0]).to.deep.include({ generation: 2, since: newest });
  });

  it('shows its confirmation in the ledger, word for word', () => {
    const { ledger } = (() => {
      const talk = converse();
      talk.text('STOP');
      return talk;
    })();
    expect(ledger[0]?.shown).to.contain('you are unsubscribed from all our texts');
    expect(ledger[0]).to.include({ scope: 'all', reason: 'exact:stop' });
  });

  it('names the program beside the brand when the person has one and a single part holds it', () => {
    const saidOf = (name: string): string[] => {
      const programs = BOOK.programs.map((program) =>
        program.id === 'deals' ? { ...program, name } : program,
      );
      const talk = converse({ ...BOOK, programs });
      for (const body of ['JOIN', 'YES']) talk.text(body);
      return talk.text('STOP', STYLIST).said.map(({ text }) => text);
    };
    expect(saidOf('Fernway Deals')).to.deep.equal([
      'Fernway: you are unsubscribed from all our texts, Fernway Deals included. We will send no more messages. Help: 1-800-555-0142.',
    ]);
    expect(saidOf(`Fernway ${'Deals '.repeat(8)}`.trim())).to.deep.equal([
      'Fernway: you are unsubscribed from all our texts. We will send no more messages. Help: 1-800-555-0142.',
    ]);
  });

  it('shows no confirmation in the ledger when it was processed too late to be confirmed', () => {
    const talk = converse();
    late('STOP')(talk);
    expect(talk.ledger).to.have.lengthOf(1);
    expect(talk.ledger[0]?.shown).to.equal(null);
  });

  it('counts as confirmed when the carrier answered, however late we process it', () => {
    const talk = converse();
    const at = talk.now;
    talk.wait(10 * MINUTE);
    talk.text('STOP', undefined, { at, carrier: { ...SILENT_CARRIER, answered: true } });
    expect(talk.text('STOP', STYLIST).said).to.deep.equal([]);
  });
});
