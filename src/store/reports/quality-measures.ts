import type { Document } from 'mongodb';
import type { Subject } from '../../domain/quality/alarm.ts';
import type { Measured } from '../../domain/quality/score.ts';
import type { Store } from '../store.ts';

/** Longest that one pass over all contacts may take, ms: a job of the night makes it, nobody waits. */
const PASS_MS = 300_000;

/**
 * Sources beyond the largest so many are judged only where they are asked for: one that makes a new place for each person
 * would be as many.
 */
const MOST_SOURCES = 200;

/** From when on a consent is fresh, and a verification recent. */
export type Since = { fresh: Date; verified: Date };

export type MeasuredSubject = { subject: Subject; people: number; measured: Measured };

const LIVING = { current: true, sealed: { $ne: null } };

const one = (condition: Document): Document => ({ $sum: { $cond: [condition, 1, 0] } });
const isKnown = (field: string): Document => ({ $gt: [field, null] });

/** Counts over some people; `consent`: when it was confirmed, the last time. */
function counts(since: Since, consent: string | Document): Document {
  return {
    people: { $sum: 1 },
    complete: one({
      $and: [isKnown('$profileSealed'), isKnown('$profile.place.zip'), isKnown('$profile.birthDate')],
    }),
    zone: one({ $eq: ['$profile.zoneSure', true] }),
    fresh: one({ $or: [{ $gte: [consent, since.fresh] }, { $gte: ['$repliedAt', since.fresh] }] }),
    verified: one({ $gte: ['$verified.at', since.verified] }),
    language: one({ $lte: ['$language', null] }),
  };
}

type Counted = { _id: string | null; people: number } & Record<
  'complete' | 'zone' | 'fresh' | 'verified' | 'language',
  number
>;

/** The subscribers of each program. */
export async function measurePrograms(store: Store, since: Since): Promise<MeasuredSubject[]> {
  const found = await store.contacts
    .aggregate<Counted>(
      [
        { $match: { ...LIVING, 'subscriptions.state': 'subscribed' } },
        { $unwind: '$subscriptions' },
        { $match: { 'subscriptions.state': 'subscribed' } },
        { $group: { _id: '$subscriptions.program', ...counts(since, '$subscriptions.basis.at') } },
        { $sort: { _id: 1 } },
      ],
      { maxTimeMS: PASS_MS },
    )
    .toArray();
  return found.map((row) => measuredOf('program', row));
}

/**
 * All numbers that each source brought, whether they confirmed or not: what never answered tells most about a form.
 * `asked`: sources that are measured however small they are; `left`: how many are not measured.
 */
export async function measureSources(
  store: Store,
  since: Since,
  asked: readonly string[] = [],
): Promise<{ measured: MeasuredSubject[]; left: number }> {
  const [found] = await store.contacts
    .aggregate<Record<'largest' | 'asked', Counted[]> & { all: { sources: number }[] }>(
      [
        { $match: { ...LIVING, source: { $exists: true } } },
        { $group: { _id: '$source', ...counts(since, { $max: '$subscriptions.basis.at' }) } },
        {
          $facet: {
            largest: [{ $sort: { people: -1, _id: 1 } }, { $limit: MOST_SOURCES }],
            asked: [{ $match: { _id: { $in: [...asked] } } }],
            all: [{ $count: 'sources' }],
          },
        },
      ],
      { maxTimeMS: PASS_MS },
    )
    .toArray();
  const rows = [...(found?.largest ?? []), ...(found?.asked ?? [])];
  const sources = new Map(rows.map((row) => [row._id, measuredOf('source', row)]));
  return { measured: [...sources.values()], left: (found?.all[0]?.sources ?? 0) - sources.size };
}

function measuredOf(kind: Subject['kind'], { _id, people, ...hits }: Counted): MeasuredSubject {
  const of = (count: number) => ({ hits: count, of: people });
  const measured: Measured = {
    complete: of(hits.complete),
    zone: of(hits.zone),
    fresh: of(hits.fresh),
    verified: of(hits.verified),
    language: of(hits.language),
  };
  return { subject: { kind, id: _id ?? '' }, people, measured };
}
