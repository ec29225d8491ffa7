import { DAY_MS, HOUR_MS, utcDay } from '../../src/domain/durations.ts';
import type { IncidentHour } from '../../src/domain/hygiene/incident-rules.ts';
import { judged, type Measured, type QualitySubject, scoreOf } from '../../src/domain/quality/score.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import {
  type AlarmDoc,
  writeAlarms,
  writeScores,
  writeSourcesLeft,
} from '../../src/store/reports/quality.ts';
import type { Store } from '../../src/store/store.ts';

/** Ids of an alarm that is open and of one that has closed. */
export const [ALARM, CLOSED_ALARM] = ['a1a1a1a1a1a1a1a1', 'b2b2b2b2b2b2b2b2'];

const SHEET: QualitySubject = { kind: 'source', id: 'sheet Store opening' };
const FORM: QualitySubject = { kind: 'source', id: 'form shop.example/join' };

const scored = (subject: QualitySubject, people: number, measured: Measured) => {
  const rules = judged(measured, new Map());
  const day = utcDay(new Date());
  return { _id: `${subject.kind} ${subject.id}`, ...subject, day, people, score: scoreOf(rules), rules };
};

/**
 * A night's measurement in which a sheet brings three times as many dead numbers as a form, an incident, an error that
 * is in no table and failures without one. `isUnderWay`: the incident goes on.
 */
export async function addQuality(
  store: Store,
  { isUnderWay = false }: { isUnderWay?: boolean } = {},
): Promise<void> {
  const now = Date.now();
  const ago = (ms: number) => new Date(now - ms);
  await writeScores(store, [
    scored(SHEET, 100, { bounces: { hits: 9, of: 100 }, zone: { hits: 20, of: 100 } }),
    scored(FORM, 900, { bounces: { hits: 30, of: 1000 } }),
    scored({ kind: 'source', id: 'text' }, 12, { bounces: { hits: 1, of: 12 } }),
    scored({ kind: 'program', id: 'deals' }, 1000, { bounces: { hits: 40, of: 1112 } }),
  ]);
  await writeSourcesLeft(store, 3, new Date(now));
  const alarm: Omit<AlarmDoc, '_id' | 'closedAt'> = {
    ...SHEET,
    rule: 'bounces',
    share: 0.09,
    sample: 100,
    acknowledged: null,
    openSince: ago(2 * DAY_MS),
    failedAt: ago(HOUR_MS),
  };
  const alarms: AlarmDoc[] = [
    { ...alarm, _id: ALARM, closedAt: null },
    { ...alarm, ...FORM, _id: CLOSED_ALARM, closedAt: ago(DAY_MS) },
  ];
  await writeAlarms(store, alarms);
  await store.incidents.insertOne(incidentHour(ago(isUnderWay ? HOUR_MS : 6 * DAY_MS)));
  const failed = ['30499', '30499', '30499', undefined, undefined].map((error, nth) => ({
    ...{ _id: `unknown-${nth}`, contact: `c_${nth}`, program: 'deals', sender: '28555', answers: null },
    ...{ class: 'marketing', state: 'undelivered', finalAt: ago((nth + 1) * HOUR_MS) },
    ...(error === undefined ? {} : { error }),
    decision: { allowed: true, reasons: [], at: ago((nth + 1) * HOUR_MS) },
  }));
  await store.deliveries.insertMany(failed as Partial<DeliveryDoc>[] as DeliveryDoc[]);
}

function incidentHour(at: Date): IncidentHour {
  const hour = new Date(Math.floor(at.getTime() / HOUR_MS) * HOUR_MS);
  const key = 'network 305';
  return {
    ...{ _id: `reach ${key} ${hour.toISOString()}`, of: 'reach', key, hour, ended: 60, failed: 24 },
    ...{ numbers: 24, usual: 0.04, codes: [{ code: '30003', messages: 24 }] },
  };
}
