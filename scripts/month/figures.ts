import type { AppContext } from '../../src/consent/app-context.ts';
import type { EventKind } from '../../src/domain/consent/decision.ts';
import type { DeliveryState } from '../../src/store/deliveries/delivery.ts';
import { dateOf } from './calendar.ts';
import { outagesByDay } from './outages.ts';

/** The figures of one day of the month. */
export type DayFigures = {
  date: string;
  sent: number;
  delivered: number;
  failed: number;
  suppressed: number;
  restored: number;
  ended: number;
  optedOut: number;
  held: number;
  /** Incidents that began, and the failures that therefore count against no number. */
  incidents: number;
  frozen: number;
};

/** The figures of the whole month. `byRule`: the number of people that each rule suppressed, or whose consent it ended. */
export type MonthFigures = { days: DayFigures[]; byRule: Map<string, number> };

type Counted<K> = { _id: { day: string; kind: K; reason?: string | null }; count: number };

const LEFT: readonly DeliveryState[] = ['accepted', 'sent', 'delivered', 'undelivered', 'failed'];

export async function readFigures(
  context: Pick<AppContext, 'now' | 'store'>,
  start: Date,
  days: number,
): Promise<MonthFigures> {
  const messages = await messagesByDay(context, start);
  const events = await eventsByDay(context, start);
  const outages = await outagesByDay(context, start);
  const figures = Array.from({ length: days }, (_, day): DayFigures => {
    const date = dateOf(start, day);
    const sum = <K>(from: readonly Counted<K>[], ...kinds: K[]): number =>
      from
        .filter(({ _id }) => _id.day === date && kinds.includes(_id.kind))
        .reduce((total, { count }) => total + count, 0);
    return {
      date,
      sent: sum(messages, ...LEFT),
      delivered: sum(messages, 'delivered'),
      failed: sum(messages, 'undelivered', 'failed'),
      suppressed: sum(events, 'number-suppressed'),
      restored: sum(events, 'number-restored'),
      ended: sum(events, 'ended'),
      optedOut: sum(events, 'withdrawn'),
      held: sum(events, 'held'),
      ...(outages.get(date) ?? { incidents: 0, frozen: 0 }),
    };
  });
  return { days: figures, byRule: byRule(events) };
}

function byRule(events: readonly Counted<EventKind>[]): Map<string, number> {
  const rules = new Map<string, number>();
  for (const { _id, count } of events) {
    if (!['number-suppressed', 'number-restored', 'ended'].includes(_id.kind)) continue;
    const name = `${_id.kind.replace('number-', '')}: ${_id.reason}`;
    rules.set(name, (rules.get(name) ?? 0) + count);
  }
  return rules;
}

const dayOf = (field: string) => ({ $dateToString: { date: field, format: '%Y-%m-%d' } });

function messagesByDay(context: Pick<AppContext, 'store'>, start: Date): Promise<Counted<DeliveryState>[]> {
  return context.store.deliveries
    .aggregate<Counted<DeliveryState>>([
      { $match: { createdAt: { $gte: start }, 'decision.at': { $gte: start } } },
      { $group: { _id: { day: dayOf('$decision.at'), kind: '$state' }, count: { $sum: 1 } } },
    ])
    .toArray();
}

function eventsByDay(context: Pick<AppContext, 'store'>, start: Date): Promise<Counted<EventKind>[]> {
  return context.store.consentEvents
    .aggregate<Counted<EventKind>>([
      { $match: { recordedAt: { $gte: start } } },
      {
        $group: {
          _id: { day: dayOf('$recordedAt'), kind: '$kind', reason: '$reason' },
          count: { $sum: 1 },
        },
      },
    ])
    .toArray();
}
