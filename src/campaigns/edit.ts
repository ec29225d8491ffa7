import type { Desk } from '../consent/desk.ts';
import { type EditOrder, editFault } from '../domain/campaigns/editing.ts';
import { editPaused } from '../store/campaign-flight.ts';
import { type CampaignDoc, findCampaign } from '../store/campaigns.ts';
import { findMessageTemplate, type MessageTemplateDoc } from '../store/message-templates.ts';
import { variantsOf } from './check-start.ts';
import { CampaignRefused } from './refused.ts';

type Frozen = NonNullable<CampaignDoc['frozen']>;

/**
 * Changes a paused campaign for whoever has not got it: its words as the template has them now, its deadline. Their
 * rows are written anew by a worker before it can be resumed. Null where there is no such campaign. Throws
 * `CampaignRefused`.
 */
export async function editCampaign(
  desk: Desk,
  id: string,
  order: EditOrder & { by: string; note: string },
): Promise<CampaignDoc | null> {
  const campaign = await findCampaign(desk.store, id);
  if (campaign === null) return null;
  const at = desk.now();
  const fault = editFault(campaign, order, at);
  if (fault !== null) throw new CampaignRefused(fault.why, fault.field);
  const { frozen } = campaign;
  if (frozen === null) throw new CampaignRefused('It was never started.');
  const words = order.words ? await newWords(desk, campaign, frozen) : {};
  const deadline = order.deadline === undefined ? {} : { deadline: order.deadline };
  const what = [
    ...(order.words ? [`words: ${versionsOf({ ...frozen, ...words })}`] : []),
    ...(order.deadline === undefined ? [] : [`deadline: ${order.deadline?.toISOString() ?? 'none'}`]),
  ];
  const edit = { edition: (campaign.edition ?? 0) + 1, by: order.by, at, note: order.note, what };
  const edited = await editPaused(desk.store, campaign, edit, {
    frozen: { ...frozen, ...words },
    ...deadline,
  });
  if (edited === null) throw new CampaignRefused('Someone else moved it at the same moment. Read it again.');
  return edited;
}

async function newWords(
  desk: Desk,
  campaign: CampaignDoc,
  frozen: Frozen,
): Promise<Pick<Frozen, 'template' | 'variants'>> {
  const template = await findMessageTemplate(desk.store, campaign.template);
  if (template === null) throw new CampaignRefused('Its template is gone.', 'words');
  const next =
    campaign.split === undefined ? { template } : { template, variants: await variantsOf(desk, campaign) };
  if (versionsOf({ ...frozen, ...next }) === versionsOf(frozen)) {
    throw new CampaignRefused(
      'Its words have not changed. Save the template first: PUT /templates/{id}.',
      'words',
    );
  }
  return next;
}

function versionsOf({ template, variants = {} }: Pick<Frozen, 'template' | 'variants'>): string {
  const all: MessageTemplateDoc[] = [template, ...Object.values(variants)];
  return [...new Set(all.map(({ _id, version }) => `${_id} version ${version}`))].join(', ');
}
