import type { AppContext } from '../consent/app-context.ts';
import { originOf } from '../domain/consent/ledger-origin.ts';
import { DAY_MS } from '../domain/durations.ts';
import { grouped } from '../domain/grouped.ts';
import { type DriftEntry, newsIn } from '../domain/reports/opt-out-drift.ts';
import {
  closingChains,
  type OptOutError,
  optOutErrors,
  type TextTold,
  type TimeSpan,
  textsByList,
  textsByType,
} from '../store/consent/consent-events.ts';
import { readJobs } from '../store/jobs.ts';

const BATCH = 500;

/** How many opt-outs came by one way, and the time of the newest. */
type Came = { count: number; newestAt: Date | null };

type Drift = { list: Came; type: Came; errors: Map<string, Came> };

/** The last run of the job that compares the carrier's list of texts with ours. */
type Reconciliation = {
  at: Date;
  outcome: 'done' | 'failed';
  counts: Record<string, number>;
};

/**
 * Opt-outs of the last days that the carrier knew and we did not, by how we learned of them. Twilio lists no blocks,
 * so an opt-out that nothing reported is missing.
 */
export async function reportOptOutDrift(
  context: Pick<AppContext, 'store' | 'now'>,
  days: number,
): Promise<Drift & TimeSpan & { reconciled: Reconciliation | null }> {
  const to = context.now();
  const span = { from: new Date(to.getTime() - days * DAY_MS), to };
  const [drift, jobs] = await Promise.all([driftIn(context, span), readJobs(context.store)]);
  const last = jobs.get('reconcile')?.last ?? null;
  const reconciled = last === null ? null : { at: last.endedAt, outcome: last.outcome, counts: last.counts };
  return { ...span, ...drift, reconciled };
}

/** Each opt-out under the way that revealed it first. */
async function driftIn({ store }: Pick<AppContext, 'store'>, span: TimeSpan): Promise<Drift> {
  const [list, type, errors] = await Promise.all([
    textsByList(store, span),
    textsByType(store, span),
    optOutErrors(store, span),
  ]);
  const people = [...new Set([...list, ...type, ...errors].map(({ contact }) => contact))];
  const news: DriftEntry[] = [];
  for (let at = 0; at < people.length; at += BATCH) {
    const chains = grouped(
      await closingChains(store, people.slice(at, at + BATCH)),
      ({ contact }) => contact,
    );
    news.push(...[...chains.values()].flatMap(newsIn));
  }
  const texts = new Set(news.filter(({ actor }) => actor === 'person').map(placeOf));
  const entries = new Set(news.map(({ contact, seq }) => `${contact} ${seq}`));
  const byCode = grouped(
    errors.filter(({ contact, seq }) => entries.has(`${contact} ${seq}`)),
    codeOf,
  );
  const isNews = (textTold: TextTold): boolean => texts.has(placeOf(textTold));
  return {
    list: came(list.filter(isNews)),
    type: came(type.filter(isNews)),
    errors: new Map([...byCode].map(([code, errors]) => [code, came(onceAnAct(errors))])),
  };
}

/** A text and the ledger entries that it caused have the same time. */
const placeOf = ({ contact, actedAt }: Pick<DriftEntry, 'contact' | 'actedAt'>): string =>
  `${contact} ${actedAt.getTime()}`;

/** An error code that ended several programs is one opt-out, though each program has an entry. */
const onceAnAct = (errors: readonly OptOutError[]): OptOutError[] => [
  ...new Map(
    errors.map((optOutError) => [`${optOutError.contact} ${optOutError.recordedAt.getTime()}`, optOutError]),
  ).values(),
];

function codeOf(entry: OptOutError): string {
  const origin = originOf(entry);
  return origin.by === 'carrier-error' ? origin.code : '';
}

function came(told: readonly { recordedAt: Date }[]): Came {
  const times = told.map(({ recordedAt }) => recordedAt.getTime());
  return { count: times.length, newestAt: times.length === 0 ? null : new Date(Math.max(...times)) };
}
