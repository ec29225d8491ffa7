import { resumeCampaign } from '../../src/campaigns/lifecycle.ts';
import { startCampaign } from '../../src/campaigns/start.ts';
import type { AppContext } from '../../src/consent/app-context.ts';
import { findCampaign, writeDraft } from '../../src/store/campaigns/campaigns.ts';
import { writeMessageTemplate } from '../../src/store/templates/templates.ts';

/** The message that a program sends on the campaign days of the month. */
export type Series = { program: string; topic: string; every: number; texts: { en: string; es: string } };

/** The second program sends every third time, so that its own subscribers are texted too. */
export const SERIES: readonly Series[] = [
  {
    ...{ program: 'deals', topic: 'deals', every: 1 },
    texts: {
      en: '{brand}: {first_name|Hello}, 20% off all coats until Sunday.',
      es: '{brand}: {first_name|Hola}, 20% en abrigos hasta el domingo.',
    },
  },
  {
    ...{ program: 'stylist', topic: 'looks', every: 3 },
    texts: {
      en: '{brand}: {first_name|Hello}, the new looks are in.',
      es: '{brand}: {first_name|Hola}, ya hay nuevos estilos.',
    },
  },
];

/** The actor that starts and resumes campaigns. It is not an API key. */
const MARKETER = 'month';

const campaignId = (program: string, date: string): string => `month-${program}-${date}`;

/** Starts the campaign of a day to all subscribers, or continues one that was started before. Resolves with its id. */
export async function launch(
  context: AppContext,
  { program, topic, texts }: Series,
  date: string,
): Promise<string> {
  const id = campaignId(program, date);
  if (((await findCampaign(context.store, id))?.state ?? 'draft') !== 'draft') return id;
  const template = `month-${program}`;
  const now = context.now();
  await writeMessageTemplate(context.store, null, { _id: template, program, texts }, now);
  const segment = { kind: 'subscription' as const, state: 'subscribed' as const, program };
  const draft = { _id: id, name: `Offer of ${date}`, program, topic, template, segment };
  await writeDraft(context.store, { ...draft, capped: 'defer', savedBy: MARKETER }, now);
  await startCampaign(context, id, {
    ...{ at: null, deadline: null, local: null, spreadMs: 0, repeat: null },
    ...{ everyone: false, by: MARKETER },
  });
  return id;
}

/** Resumes, as a person would on the next morning, the campaigns that paused themselves. Resolves with their number. */
export async function resumePaused(context: Pick<AppContext, 'catalog' | 'now' | 'store'>): Promise<number> {
  const paused = await context.store.campaigns
    .find({ state: 'paused', trip: { $ne: null } }, { projection: { _id: 1 } })
    .toArray();
  const note = 'The carrier works again; the words stay.';
  for (const { _id } of paused) await resumeCampaign(context, _id, { by: MARKETER, note });
  return paused.length;
}
