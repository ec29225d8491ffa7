import { expect } from 'chai';
import { PROGRAMS } from '../../../scripts/seed/programs.ts';
import { saveProgram } from '../../../src/consent/save-program.ts';
import type { Program } from '../../../src/domain/program.ts';
import { ROOT } from '../../../src/root.ts';
import { readTemplates } from '../../../src/running/templates.ts';
import { findCampaign } from '../../../src/store/campaigns/campaigns.ts';
import { startTimeRig, type TimeRig } from '../time-rig.ts';

const ADDS = { brand: 'add', optOut: 'add' } as const;

describe('a campaign of a program that changed its languages', () => {
  let rig: TimeRig;
  let someone: string;
  before(async () => {
    rig = await startTimeRig('139');
    rig.at('2026-12-01T16:00:00Z');
    someone = await rig.someone();
  });
  after(() => rig.stop());
  const writesIn = async (languages: Program['languages']) => {
    const deals = PROGRAMS.find((one) => one.id === 'deals') as Program;
    const program = { ...deals, languages, marketingTexts: ADDS };
    await saveProgram(rig.store, await readTemplates(ROOT), program, rig.now());
    for (const desk of rig.desks) await desk.catalog.refresh();
  };
  const rowOf = async (id: string) => {
    if ((await findCampaign(rig.store, id)) === null) await rig.start(id);
    return (await rig.planned(id)).get(someone);
  };

  it('goes in a language that its template has, where it has none of the first', async () => {
    await writesIn(['es', 'en']);
    const row = await rowOf('first');
    expect([row?.state, row?.language, row?.parts]).to.deep.equal(['planned', 'en', 1]);
  });

  it('goes to nobody where its template has none of them since it was started', async () => {
    await rig.start('none', { at: new Date('2026-12-01T17:00:00Z') });
    await writesIn(['es']);
    rig.at('2026-12-01T17:00:00Z');
    const row = await rowOf('none');
    expect([row?.state, row?.decision?.reasons]).to.deep.equal(['skipped', ['no-text']]);
  });

  it('does not start where its template has none of them', async () => {
    const why = await rig.start('late').then(String, (error: Error) => error.message);
    expect(why).to.equal(
      'The template "offer" can be sent in no language. texts/en: The program does not write in "en". texts/es: A text in "es", the program\'s first language, is missing. Save it anew: PUT /templates/offer.',
    );
  });
});
