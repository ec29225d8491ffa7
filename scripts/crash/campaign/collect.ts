import { grouped } from '../../../src/domain/grouped.ts';
import { reconcile } from '../race/counts/reconcile.ts';
import { readScans } from '../race/counts/scans.ts';
import { speedOf } from '../race/counts/speed.ts';
import { addStep, emptySum, type Sum } from '../race/counts/sum.ts';
import {
  type EvidenceQuery,
  evidenceOf,
  type ObservedTraffic,
  type ReadPositions,
  readTraffic,
} from '../race/evidence/collect.ts';
import { type LedgerLine, sidsOfFailed } from '../race/evidence/ledger-lines.ts';
import { spoolLeft } from '../race/evidence/spool-left.ts';
import type { RaceSystem } from '../race/system.ts';
import type { CampaignEvidence } from './reconcile.ts';

/** People whose rows, chains and messages are held in memory at once. */
const PAGE = 2000;

const NAMES_A_DELIVERY = /[?&]d=([\w-]+)\.\d+/;

/** Compares both sides of the whole run by the counts of the race, one page of people at a time. */
export async function collectAll(
  system: RaceSystem,
  { numbers, actLog, since, flight }: EvidenceQuery,
  place: ReadPositions,
): Promise<{ sum: Sum; carried: CampaignEvidence['carried'] }> {
  const seen = await readTraffic(system, place);
  const linesOf = grouped(seen.lines, personOf);
  const begunOf = grouped(seen.begun, (attempt) => attempt.delivery);
  const typedOf = grouped(actLog.typed, (text) => text.number);
  const sum = emptySum();
  let whole: Pick<Awaited<ReturnType<typeof evidenceOf>>, 'scans' | 'spoolLeft'> = {
    scans: await readScans(system.store),
    spoolLeft: await spoolLeft(system.folder),
  };
  for (let from = 0; from < numbers.length; from += PAGE) {
    const page = numbers.slice(from, from + PAGE);
    const lines = page.flatMap((number) => linesOf.get(number) ?? []);
    const own = { ...actLog, typed: page.flatMap((number) => typedOf.get(number) ?? []) };
    const saw: ObservedTraffic = { ...seen, lines, begun: [] };
    const evidence = await evidenceOf(system, saw, { numbers: page, actLog: own, since, flight });
    const begun = evidence.rows.flatMap((row) => begunOf.get(row.id) ?? []);
    // The rate of a sender concerns all pages together, so it is compared once, after the pages.
    const { found, activity } = reconcile({ ...evidence, ...whole, begun, rates: {} });
    addStep(sum, found, activity);
    whole = { scans: [], spoolLeft: [] };
  }
  const { over, highest } = speedOf({
    evidence: { begun: seen.begun, rates: system.rates },
    rows: new Map(),
  });
  sum.counts.overLimit += over.length;
  sum.activity.highestSpeed = highest;
  return { sum, carried: carriedIn(seen.lines) };
}

/** The number of the person that a line of the carrier's ledger is about. */
const personOf = ({ kind, from, to }: LedgerLine): string => (kind === 'inbound' ? from : to) ?? '';

function carriedIn(lines: readonly LedgerLine[]): CampaignEvidence['carried'] {
  const failed = sidsOfFailed(lines);
  return lines.flatMap(({ kind, sid, url, headersAt, begunAt, leftAt }) => {
    const delivery = NAMES_A_DELIVERY.exec(url ?? '')?.[1];
    if (kind !== 'create' || sid === null || delivery === undefined) return [];
    const left = leftAt !== null && !failed.has(sid);
    return [{ delivery, at: BigInt(headersAt ?? begunAt), left }];
  });
}
