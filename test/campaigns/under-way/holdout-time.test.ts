import { expect } from 'chai';
import { placeHeldOut } from '../../../src/campaigns/worker/message.ts';
import type { OpenedContact } from '../../../src/contacts/find-contact.ts';
import type { Program } from '../../../src/domain/program.ts';
import { bareRow } from '../../receipts/rows.ts';

/** Half past seven in New York, half an hour before texts may go there. */
const EARLY = new Date('2026-12-02T12:30:00Z');
const OPENING = new Date('2026-12-02T13:00:00Z');
const LATER = new Date('2026-12-02T18:00:00Z');
const NIGHT = new Date('2026-12-03T05:00:00Z');
const NEW_YORK = { number: '+12125550123', stored: {} } as OpenedContact;
const HELD = {
  state: 'skipped' as const,
  decision: { allowed: false, reasons: ['holdout' as const], at: EARLY },
};

describe('the time at which a held-out person would have got a campaign', () => {
  const table: [what: string, due: Date, now: Date, at: Date, program: Partial<Program>][] = [
    ['is the time at which it is due', LATER, EARLY, LATER, {}],
    ['is the time of planning when that is later', EARLY, LATER, LATER, {}],
    ['is the beginning of the allowed hours', EARLY, EARLY, OPENING, {}],
    ['is the next morning for a time at night', NIGHT, EARLY, new Date('2026-12-03T13:00:00Z'), {}],
    ['is the early due time when no hours bind', EARLY, EARLY, EARLY, { quietHours: 'off' }],
  ];
  for (const [what, dueAt, now, at, program] of table) {
    it(what, () => {
      const row = bareRow({ class: 'marketing', dueAt, ...HELD });
      expect(placeHeldOut(row, NEW_YORK, program as Program, now)).to.deep.equal({ ...row, dueAt: at });
    });
  }

  it('leaves alone whoever is kept from the campaign by anything else', () => {
    for (const reasons of [['opted-out' as const], ['holdout' as const, 'no-text' as const]]) {
      const row = bareRow({ dueAt: EARLY, ...HELD, decision: { ...HELD.decision, reasons } });
      expect(placeHeldOut(row, NEW_YORK, {} as Program, LATER)).to.equal(row);
    }
  });
});
