import type { Desk } from '../consent/desk.ts';
import { claimTending, restTending } from '../store/campaign-flight.ts';
import type { CampaignDoc } from '../store/campaigns.ts';
import { chooseWinner } from './choose-winner.ts';
import { rewriteRows } from './rewrite-rows.ts';
import { watchCampaign } from './watch.ts';

/** Between two looks at what flies, ms. Every worker looks; each campaign is tended by one of them. */
const LOOK_MS = 500;

/** After a look at least so long passes, and so many times what it took: the figures of a large campaign cost more. */
const LEAST_REST_MS = 500;
const RESTS = 5;

const AGAIN = 'a campaign could not be tended; it is tried again';

/** Watches flying campaigns, chooses the winners of tests, and writes rows anew after an edit. */
export function startTending(
  desk: Desk,
  onError: (error: unknown, line: string) => void,
): { stop: () => Promise<void> } {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  const next = (): void => {
    running = tendAll(desk, () => !stopped, onError)
      .catch((error: unknown) => onError(error, AGAIN))
      .then(() => {
        if (!stopped) timer = setTimeout(next, LOOK_MS);
      });
  };
  next();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

async function tendAll(
  desk: Desk,
  mayGoOn: () => boolean,
  onError: (error: unknown, line: string) => void,
): Promise<void> {
  for (const campaign of await claimTending(desk.store, desk.now())) {
    if (!mayGoOn()) return;
    // One that cannot be read leaves the others their turn.
    await tend(desk, campaign, mayGoOn).catch((error: unknown) => onError(error, AGAIN));
  }
}

async function tend(desk: Desk, campaign: CampaignDoc, mayGoOn: () => boolean): Promise<void> {
  const began = performance.now();
  if (campaign.state === 'paused') await rewriteRows(desk, campaign, mayGoOn);
  else {
    await watchCampaign(desk, campaign);
    await chooseWinner(desk, campaign);
  }
  const rest = Math.max(LEAST_REST_MS, RESTS * (performance.now() - began));
  await restTending(desk.store, campaign._id, new Date(desk.now().getTime() + rest));
}
