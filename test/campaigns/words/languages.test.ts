import { expect } from 'chai';
import { PROGRAMS } from '../../../scripts/seed/programs.ts';
import { editCampaign } from '../../../src/campaigns/editing.ts';
import { changeState } from '../../../src/campaigns/lifecycle.ts';
import { ROOT } from '../../../src/config.ts';
import { readTemplates } from '../../../src/consent/programs/catalog.ts';
import { saveProgram } from '../../../src/consent/programs/save-program.ts';
import { type Program, programById } from '../../../src/domain/program.ts';
import { type InvalidJourney, readPlan } from '../../../src/journeys/save.ts';
import { findCampaign } from '../../../src/store/campaigns/campaigns.ts';
import { findMessageTemplate, writeMessageTemplate } from '../../../src/store/templates/templates.ts';
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
    for (const context of rig.contexts) await context.catalog.refresh();
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
      'The template "offer" cannot be sent in any language. texts/en: The program does not write in "en". texts/es: A text in "es", the program\'s first language, is missing. Save the template again: PUT /templates/offer.',
    );
  });

  it('is not edited into words that have none of them: whoever is planned would get nothing', async () => {
    await writesIn(['en']);
    await rowOf('edited');
    await changeState(rig.contexts[0], 'edited', 'pause');
    await writesIn(['es']);
    const offer = await findMessageTemplate(rig.store, 'offer');
    const texts = { en: '{brand}: another offer' };
    await writeMessageTemplate(rig.store, offer, { _id: 'offer', program: 'deals', texts }, rig.now());
    const order = { words: true, by: 'a key', note: 'new words' };
    const why = await editCampaign(rig.contexts[0], 'edited', order).then(
      String,
      (error: Error) => error.message,
    );
    expect(why).to.match(/^The template "offer" can be sent in no language\. /);
  });

  it('is in no journey either', async () => {
    const program = programById(rig.contexts[0].catalog.current().book, 'deals') as Program;
    const message = { template: 'offer', topic: 'deals' };
    const step = { id: 'a', wait: { minutes: 1 }, onlyIf: null, otherwise: 'skip', message } as const;
    const trigger = { kind: 'event', event: 'come' } as const;
    const plan = { program, trigger, reentry: { kind: 'once' }, steps: [step] } as const;
    const faults = await readPlan(rig.contexts[0], plan, null).then(
      () => [],
      (error: InvalidJourney) => error.faults,
    );
    expect(faults.map(({ field }) => field)).to.deep.equal(['steps.0.message.template']);
    expect(faults[0]?.problem).to.match(/^The template "offer" can be sent in no language\. /);
  });
});
