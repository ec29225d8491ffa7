import { CommandRefused } from '../consent/command-refused.ts';
import type { JourneyPlan } from '../domain/journeys/journey.ts';
import { campaignsAsked, segmentsNamed } from '../domain/segments/asks.ts';
import type { Tree } from '../domain/segments/tree.ts';
import { type CampaignNames, unendedCampaigns } from '../store/campaigns/campaigns.ts';
import { findVersions, journeyNames } from '../store/journeys/journeys.ts';
import { olderVersions } from '../store/journeys/runs.ts';
import { readSegments } from '../store/segments.ts';
import type { Store } from '../store/store.ts';

/** What names a template, a segment or a draft. */
export type Use = { kind: 'campaign' | 'journey' | 'segment'; id: string; name: string };

/** Something cannot be deleted because something else names it. */
export class InUse extends CommandRefused {
  override name = 'InUse';
  readonly uses: readonly Use[];
  constructor(uses: readonly Use[]) {
    super(useSentence(uses));
    this.uses = uses;
  }
}

/** Uses that the sentence names; the answer lists all of them. */
const NAMED = 3;

function useSentence(uses: readonly Use[]): string {
  const named = uses.slice(0, NAMED).map(({ kind, id, name }) => `the ${kind} “${name}” (${id})`);
  const more = uses.length - named.length;
  const all = more > 0 ? [...named, `${more} more`] : named;
  const last = all.at(-1) ?? '';
  const list = all.length === 1 ? last : `${all.slice(0, -1).join(', ')} and ${last}`;
  return `It is used by ${list}. Change or delete what uses it first; or archive it, which hides it from lists.`;
}

/** Throws `InUse` when a draft, a campaign under way or a journey names the template. */
export async function refuseUsedTemplate(store: Store, id: string): Promise<void> {
  const names = ({ template, split }: CampaignNames): boolean =>
    template === id || (split?.variants ?? []).some((variant) => variant.template === id);
  const campaigns = (await unendedCampaigns(store)).filter(names);
  const journeys = await journeysThat(store, ({ steps }) =>
    steps.some(({ message }) => message?.template === id),
  );
  refuseUsed([...campaigns.map(campaignUse), ...journeys]);
}

/** Throws `InUse` when another segment, a draft, a campaign under way or a journey names the segment. */
export const refuseUsedSegment = (store: Store, id: string): Promise<void> =>
  refuseNaming(store, (tree) => segmentsNamed(tree).includes(id), { kind: 'segment', id });

/** Throws `InUse` when a segment, another campaign that is not over or a journey asks who got the campaign. */
export const refuseUsedCampaign = (store: Store, id: string): Promise<void> =>
  refuseNaming(store, (tree) => campaignsAsked([tree]).includes(id), { kind: 'campaign', id });

async function refuseNaming(
  store: Store,
  names: (tree: Tree) => boolean,
  self: Pick<Use, 'kind' | 'id'>,
): Promise<void> {
  const segments = (await readSegments(store)).filter(({ tree }) => names(tree));
  const campaigns = (await unendedCampaigns(store)).filter(({ segment }) => names(segment));
  const journeys = await journeysThat(store, (plan) => treesOf(plan).some(names));
  const uses: Use[] = [
    ...segments.map(({ _id, name }) => ({ kind: 'segment' as const, id: _id, name })),
    ...campaigns.map(campaignUse),
    ...journeys,
  ];
  refuseUsed(uses.filter(({ kind, id }) => kind !== self.kind || id !== self.id));
}

function refuseUsed(uses: readonly Use[]): void {
  if (uses.length > 0) throw new InUse(uses);
}

const campaignUse = ({ _id: id, name }: CampaignNames): Use => ({ kind: 'campaign', id, name });

/** Journeys of which the newest version, or one that somebody is in, passes the test; each once. */
async function journeysThat(store: Store, test: (plan: JourneyPlan) => boolean): Promise<Use[]> {
  const all = await journeyNames(store);
  const older = await Promise.all(all.map(({ _id, version }) => olderVersions(store, _id, version)));
  const versions = await findVersions(store, [...all.map(({ plan }) => plan), ...older.flat()]);
  const using = new Set(versions.filter(test).map(({ journey }) => journey));
  return all.flatMap(({ _id: id, name }) => (using.has(id) ? [{ kind: 'journey' as const, id, name }] : []));
}

const treesOf = ({ trigger, steps }: JourneyPlan): Tree[] => [
  ...(trigger.kind === 'segment' ? [trigger.segment.tree] : []),
  ...steps.flatMap(({ onlyIf }) => onlyIf?.tree ?? []),
];
