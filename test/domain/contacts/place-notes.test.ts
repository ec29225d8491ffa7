import { expect } from 'chai';
import { notesOnPlace } from '../../../src/domain/contacts/place-notes.ts';

const HOURS = 'Until one of them is corrected, texts keep to the hours of both.';

describe('a place', () => {
  const contradictory: [state: string, zip: string, sentence: string][] = [
    ['NY', '90210', `ZIP codes that begin with 902 belong to CA, but the state is NY. ${HOURS}`],
    ['CA', '10001', `ZIP codes that begin with 100 belong to NY, but the state is CA. ${HOURS}`],
    ['TX', '72601', `ZIP codes that begin with 726 belong to AR or MO, but the state is TX. ${HOURS}`],
    ['ON', 'H2X 1Y4', `Postal codes that begin with H belong to QC, but the state is ON. ${HOURS}`],
    ['AE', '90210', 'ZIP codes that begin with 902 belong to CA, but the state is AE.'],
  ];
  for (const [state, zip, sentence] of contradictory)
    it(`is noted where ${zip} lies outside ${state}`, () => {
      expect(notesOnPlace({ state, zip })).to.deep.equal([
        { field: 'place.state', code: 'state-beside-zip', sentence },
      ]);
    });

  const sound: [state: string | null, zip: string | null][] = [
    ['CA', '90210'],
    ['AR', '72601'],
    ['MO', '72601'],
    ['PR', '00901'],
    ['QC', 'H2X 1Y4'],
    ['NU', 'X0A 0H0'],
    ['AE', '09012'],
    ['NY', '00000'],
    ['NY', null],
    [null, '90210'],
    [null, null],
  ];
  for (const [state, zip] of sound)
    it(`gets no note for ${state ?? 'no state'} with ${zip ?? 'no ZIP code'}`, () =>
      expect(notesOnPlace({ state, zip })).to.deep.equal([]));
});
