import { z } from 'zod';
import { approveCampaign } from '../../campaigns/approve.ts';
import { editCampaign } from '../../campaigns/edit.ts';
import { missCampaign } from '../../campaigns/flight/miss.ts';
import { resumeCampaign } from '../../campaigns/resume.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { plainLine, slug } from '../fields.ts';
import type { Call } from '../route.ts';
import { type campaignParams, changed, orMissing, refuseCampaign, steered } from './campaigns.ts';

const note = plainLine(3, 200);

const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

export const resumeBody = z.strictObject({
  note: note.optional().meta({ description: 'What was done about it; needed where it paused by itself.' }),
});
export const editBody = z.strictObject({
  words: z.literal(true).optional().meta({ description: 'Take the words of its templates as they are now.' }),
  deadline: moment.nullable().optional(),
  at: moment.optional().meta({ description: 'When it begins, while nobody has a message of it yet.' }),
  note,
});
export const approveBody = z.strictObject({});
export const missedBody = z.strictObject({
  id: slug.meta({ description: 'Of the draft that is made.' }),
  include_unknown: z
    .literal(true)
    .optional()
    .meta({ description: 'Also those of whom nobody knows whether they got it: some may get it twice.' }),
  variant: slug.optional().meta({
    description:
      "Of a split: whose words it has; needed where no winner was chosen. The winner's by default.",
  }),
});

type Of<B extends z.ZodType> = Call<{ params: typeof campaignParams; body: B }>;

export async function resumeOne({ desk, key, params, body }: Of<typeof resumeBody>) {
  const order = { by: key.id, note: body.note ?? null };
  const moved = await resumeCampaign(desk, params.id, order).catch(refuseCampaign);
  desk.log.info({ key: key.id, campaign: params.id, move: 'resume' }, 'a campaign was moved');
  return steered(desk, 'resume', moved);
}

export function editOne({ desk, key, params, body }: Of<typeof editBody>) {
  const { words, deadline, at, note } = body;
  const order = {
    ...{ words: words === true, by: key.id, note },
    ...(deadline === undefined ? {} : { deadline }),
    ...(at === undefined ? {} : { at }),
  };
  return done({ desk, key, params }, 'edit', () => editCampaign(desk, params.id, order));
}

export const approveOne = ({ desk, key, params }: Of<typeof approveBody>) =>
  done({ desk, key, params }, 'approve', () => approveCampaign(desk, params.id, key.id));

export const missedOne = ({ desk, key, params, body }: Of<typeof missedBody>) =>
  done({ desk, key, params }, 'missed', () =>
    missCampaign(desk, params.id, {
      id: body.id,
      unknownToo: body.include_unknown === true,
      variant: body.variant ?? null,
      by: key.id,
    }),
  );

async function done(
  { desk, key, params }: Pick<Of<typeof approveBody>, 'desk' | 'key' | 'params'>,
  move: string,
  run: () => Promise<CampaignDoc | null>,
) {
  const after = orMissing(await run().catch(refuseCampaign));
  desk.log.info({ key: key.id, campaign: params.id, move }, 'a campaign was moved');
  return changed(desk, after);
}
