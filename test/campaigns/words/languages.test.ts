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
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';

const ADDS = { brand: 'add', optOut: 'add' } as const;

describe('a campaign of a program that changed its languages', () => {
  let harness: CampaignHarness;
  let someone: string;
  before(async () => {
    harness = await startCampaignHarness('139');
    harness.setClock('2026-12-01T16:00:00Z');
    someone = await harness.addPerson();
  });
  after(() => harness.stop());
  const writesIn = async (languages: Program['languages']) => {
    const deals = PROGRAMS.find((program) => program.id === 'deals') as Program;
    const program = { ...deals, languages, marketingTexts: ADDS };
    await saveProgram(harness.store, await readTemplates(ROOT), program, harness.now());
    for (const context of harness.contexts) await context.catalog.refresh();
  };
  const rowOf = async (id: string) => {
    if ((await findCampaign(harness.store, id)) === null) await harness.startDraft(id);
    return (await harness.planUntilComplete(id)).get(someone);
  };

  it('goes in a language of its template when the template lacks the first', async () => {
    await writesIn(['es', 'en']);
    const row = await rowOf('first');
    expect([row?.state, row?.language, row?.parts]).to.deep.equal(['planned', 'en', 1]);
  });

  it('goes to nobody when its template has none of the languages since the start', async () => {
    await harness.startDraft('none', { at: new Date('2026-12-01T17:00:00Z') });
    await writesIn(['es']);
    harness.setClock('2026-12-01T17:00:00Z');
    const row = await rowOf('none');
    expect([row?.state, row?.decision?.reasons]).to.deep.equal(['skipped', ['no-text']]);
  });

  it('cannot be started when its template has none of the languages', async () => {
    const why = await harness.startDraft('late').then(String, (error: Error) => error.message);
    expect(why).to.equal(
      'The template "offer" cannot be sent in any language. texts/en: The program does not write in "en". texts/es: A text in "es", the program\'s first language, is missing. Save the template again: PUT /templates/offer.',
    );
  });

  it('cannot be edited into words without any of the languages', async () => {
    await writesIn(['en']);
    await rowOf('edited');
    await changeState(harness.contexts[0], 'edited', 'pause');
    await writesIn(['es']);
    const offer = await findMessageTemplate(harness.store, 'offer');
    const texts = { en: '{brand}: another offer' };
    await writeMessageTemplate(
      harness.store,
      offer,
      { _id: 'offer', program: 'deals', texts },
      harness.now(),
    );
    const order = { words: true, by: 'a key', note: 'new words' };
    const why = await editCampaign(harness.contexts[0], 'edited', order).then(
      String,
      (error: Error) => error.message,
    );
    expect(why).to.match(/^The template "offer" cannot be sent in any language\. /);
  });

  it('cannot be named by a journey either', async () => {
    const program = programById(harness.contexts[0].catalog.current().book, 'deals') as Program;
    const message = { template: 'offer', topic: 'deals' };
    const step = { id: 'a', wait: { minutes: 1 }, onlyIf: null, otherwise: 'skip', message } as const;
    const trigger = { kind: 'event', event: 'come' } as const;
    const plan = { program, trigger, reentry: { kind: 'once' }, steps: [step] } as const;
    const faults = await readPlan(harness.contexts[0], plan, null).then(
      () => [],
      (error: InvalidJourney) => error.faults,
    );
    expect(faults.map(({ field }) => field)).to.deep.equal(['steps.0.message.template']);
    expect(faults[0]?.problem).to.match(/^The template "offer" cannot be sent in any language\. /);
  });
});
