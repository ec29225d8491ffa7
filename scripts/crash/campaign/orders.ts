import type { RaceSystem } from '../race/system.ts';

/** Everybody who is not on one list of the demo. The audience does not depend on consent, so nobody leaves it in flight. */
const AUDIENCE = { kind: 'none', of: [{ kind: 'list', oneOf: ['clearance-2025'] }] };
/** The same people, as a database query of our own. */
export const IN_AUDIENCE = { 'profile.lists': { $ne: 'clearance-2025' } };

/** A campaign sent before to some of the same people. A row must belong to one campaign and one person. */
export const EARLIER = 'crash-earlier';
export const CAMPAIGN = 'crash-campaign';

const TEMPLATE = 'crash-offer';
const WORDS = { en: '{brand}: {first_name|friend}, 20% off in {city|your town}. Reply STOP to end' };

export type Progress = { people: number; plan_complete: boolean; messages: Record<string, number> };
export type Campaign = { state: string; progress: Progress };

const TRIES = 20;
const AGAIN_MS = 250;

/** Makes one call of the API, as a marketer's program does. Rejects when it is refused, or when nobody answers for seconds. */
export async function order<T = Campaign>(
  system: RaceSystem,
  method: 'GET' | 'PUT' | 'POST',
  path: string,
  body?: object,
): Promise<T> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${system.apiKeys[0]}` };
  for (let tries = 1; ; tries += 1) {
    const [web] = system.webs;
    const sent = { method, path: `/api/v1${path}`, headers };
    const answer = await web
      .request(body === undefined ? sent : { ...sent, body: JSON.stringify(body) })
      .catch(() => null);
    if (answer !== null && answer.statusCode < 300) return (await answer.body.json()) as T;
    const said = answer === null ? 'nobody answered' : await answer.body.text();
    if (answer !== null && answer.statusCode < 500) throw new Error(`${method} ${path}: ${said}`);
    if (tries >= TRIES) throw new Error(`${method} ${path}: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

type Rules = { approval_over: number | null; breaker: Record<string, { over_percent: number }> };

/** Switches off auto-pause and approval. One in thirty people texts STOP and processes die, which would pause the campaign. */
async function bearEverything(system: RaceSystem): Promise<void> {
  const { breaker } = await order<Rules>(system, 'GET', '/campaign-rules');
  const borne = Object.entries(breaker).map(([rule, limit]) => [rule, { ...limit, over_percent: 100 }]);
  await order(system, 'PUT', '/campaign-rules', { approval_over: null, breaker: Object.fromEntries(borne) });
}

/** Saves the segment, the template and both campaigns as drafts. */
export async function prepareCampaigns(system: RaceSystem): Promise<void> {
  await bearEverything(system);
  await order(system, 'PUT', '/segments/crash-audience', { name: 'Crash audience', tree: AUDIENCE });
  await order(system, 'PUT', `/templates/${TEMPLATE}`, { program: 'deals', texts: WORDS });
  const common = { program: 'deals', topic: 'deals', template: TEMPLATE };
  const vips = { kind: 'list', oneOf: ['vip'] };
  const segment = { kind: 'segment', id: 'crash-audience' };
  await order(system, 'PUT', `/campaigns/${EARLIER}`, { ...common, name: 'Earlier', segment: vips });
  await order(system, 'PUT', `/campaigns/${CAMPAIGN}`, { ...common, name: 'Crash', segment });
}

export const readCampaign = (system: RaceSystem, id: string): Promise<Campaign> =>
  order(system, 'GET', `/campaigns/${id}`);
