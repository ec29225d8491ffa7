import type { AppContext } from '../consent/app-context.ts';
import { CommandRefused } from '../consent/command-refused.ts';
import { LANGUAGES, type Program, programById, type Topic } from '../domain/program.ts';
import type { CampaignDoc, FrozenCopy } from '../store/campaigns/campaign-document.ts';
import type { Exclusions } from '../store/campaigns/send-history.ts';
import { sealedAsked } from '../store/contacts/profiles.ts';
import type { Store } from '../store/store.ts';
import { findMessageTemplate, type MessageTemplateDoc } from '../store/templates/templates.ts';
import { optOutLine } from '../templates/save-template.ts';

/** Throws `CommandRefused` where the campaign's frozen segment uses a field that has been sealed since. */
export async function checkSealed(store: Store, { frozen, missed }: CampaignDoc): Promise<void> {
  // A resend reads its audience from the deliveries of the missed campaign, not from a segment.
  if (frozen === null || missed !== undefined) return;
  const fault = await sealedAsked(store, [frozen.segment]);
  if (fault !== null)
    throw new CommandRefused(`${fault} Cancel the campaign, and draft it again with another segment.`);
}

/** The current template of each variant. Throws `CommandRefused` where the program does not have one any more. */
export async function variantsOf(
  context: Pick<AppContext, 'store'>,
  campaign: CampaignDoc,
): Promise<Record<string, MessageTemplateDoc>> {
  const found: Record<string, MessageTemplateDoc> = {};
  for (const { id, template } of campaign.split?.variants ?? []) {
    found[id] = await templateOfProgram(context.store, campaign, template, 'split.variants');
  }
  return found;
}

export type MessageContext = {
  campaign: CampaignDoc;
  frozen: NonNullable<CampaignDoc['frozen']>;
  program: Program;
  topic: Topic;
  /** The campaigns whose recipients are excluded by their deliveries; null: none. */
  leavesOut: Exclusions | null;
};

/**
 * What a campaign's deliveries are written with now. Throws `CommandRefused` where its program ended or lost the
 * topic.
 */
export async function messageContext(
  context: Pick<AppContext, 'catalog'>,
  campaign: CampaignDoc,
  leavesOut: Exclusions | null = null,
): Promise<MessageContext> {
  if (campaign.frozen === null) throw new Error('a campaign was started without what it needs');
  // Another process may have saved the program a moment ago.
  if (programAndTopic(context, campaign) === null) await context.catalog.refresh();
  const about = programAndTopic(context, campaign);
  if (about === null) throw new CommandRefused(topicGone(campaign));
  if (about.program.status !== 'active') throw new CommandRefused(PROGRAM_ENDED);
  const program = withCopy(about.program, campaign.frozen.copy);
  return { campaign, frozen: campaign.frozen, program, topic: about.topic, leavesOut };
}

/** The current program and topic of a campaign; null where the program does not have the topic any more. */
export function programAndTopic(
  context: Pick<AppContext, 'catalog'>,
  campaign: Pick<CampaignDoc, 'program' | 'topic'>,
): { program: Program; topic: Topic } | null {
  const program = programById(context.catalog.current().book, campaign.program);
  const topic = program?.topics.find((topic) => topic.id === campaign.topic);
  return program === null || topic === undefined ? null : { program, topic };
}

export const PROGRAM_ENDED = 'Its program has ended, so no message of it may be sent. Cancel the campaign.';

export const topicGone = ({ topic }: Pick<CampaignDoc, 'topic'>): string =>
  `Its program no longer has the topic "${topic}". Add the topic again, PUT /programs/{id}, or cancel the campaign.`;

/** The brand, name, rules and opt-out lines that the program adds to texts now. */
export function frozenCopyOf(
  context: Pick<AppContext, 'catalog'>,
  { brand, name, marketingTexts = {} }: Program,
): FrozenCopy {
  const line = optOutLine(context);
  const optOutLines = Object.fromEntries(LANGUAGES.map((language) => [language, line(language)]));
  return { brand, name, marketingTexts, optOutLines };
}

/** The program with the brand, name and rules that were frozen at the campaign's start. */
export function withCopy(program: Program, { brand, name, marketingTexts }: FrozenCopy): Program {
  return { ...program, brand, name, marketingTexts };
}

/**
 * The current template of a campaign. Throws `CommandRefused`, about `field`, where the template is gone or belongs
 * to another program: nobody consented to that program's messages.
 */
export async function templateOfProgram(
  store: Store,
  { program }: Pick<CampaignDoc, 'program'>,
  id: string,
  field: string | null = null,
): Promise<MessageTemplateDoc> {
  const found = await findMessageTemplate(store, id);
  if (found?.program === program) return found;
  throw new CommandRefused(`Its program no longer has the template "${id}".`, field);
}
