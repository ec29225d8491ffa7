import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { JOURNEY_END_REASONS } from '../../src/domain/journeys/steps.ts';
import { CANCEL_CAUSES, DELIVERY_STATES } from '../../src/domain/sending/delivery-sentence.ts';
import { NOTES } from '../../src/domain/sending/message-plan.ts';
import { REASONS } from '../../src/domain/sending/send-rules.ts';
import { rowsUnder } from './page-tables.ts';

const PAGE = readFileSync('docs/api/reasons.md', 'utf8');

const coded = (sentences: Record<string, string>): string[][] =>
  Object.entries(sentences).map(([code, sentence]) => [`\`${code}\``, sentence]);

describe('docs/api/reasons.md', () => {
  it('lists every reason for which a message is not sent, with its sentence', () => {
    expect(rowsUnder(PAGE, 'Reasons')).to.deep.equal(coded(REASONS));
  });

  it('lists everything that cancels a message, in the words that `error` has', () => {
    const causes = Object.entries(CANCEL_CAUSES).map(([cause, words]) => [words, `\`${cause}\``]);
    expect(rowsUnder(PAGE, 'Canceled messages')).to.deep.equal(causes);
  });

  it('lists every end of a journey and every note, with its sentence', () => {
    expect(rowsUnder(PAGE, 'Ended journeys')).to.deep.equal(coded(JOURNEY_END_REASONS));
    expect(rowsUnder(PAGE, 'Notes')).to.deep.equal(coded(NOTES));
  });

  it('explains every state of a message', () => {
    expect(rowsUnder(PAGE, 'States').map(([state]) => state)).to.deep.equal(
      DELIVERY_STATES.map((state) => `\`${state}\``),
    );
  });
});
