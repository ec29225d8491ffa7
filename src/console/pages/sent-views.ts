import type { MessageCost, SentCounts, SentRow } from '../../contacts/sent-messages.ts';
import { type ConsoleLanguage, showDay } from '../../domain/console-time.ts';
import type { SentQuery } from '../../domain/sending/sent-query.ts';
import type { PageCall } from '../page.ts';

/** How the pages about sent messages write figures, days, money, people and the addresses of lists. */
export const FIGURES = new Intl.NumberFormat('en-US');

/** The fields of an address that asks for these messages. */
export function fieldsOf(query: Partial<SentQuery>): [string, string][] {
  const { campaign, contact, journey, program, states, reason, since, until } = query;
  const named = {
    ...{ campaign, contact, journey, program, since, until },
    state: states?.join(','),
    first_reason: reason,
  };
  return Object.entries(named).flatMap(([name, value]): [string, string][] => (value ? [[name, value]] : []));
}

export const addressOf = (query: Partial<SentQuery>, at = '/console/sent'): string =>
  `${at}?${new URLSearchParams(fieldsOf(query))}`;

/** A day of a zone, written YYYY-MM-DD, as pages show it. */
export const dayOf = (day: string, language: ConsoleLanguage): string =>
  showDay(new Date(`${day}T12:00:00Z`), 'UTC', language);

/** "ending 0102 · K7FQ": masked numbers alone are not unique. */
export const shownPerson = (
  t: PageCall['t'],
  { ending, handle }: Pick<SentRow, 'ending' | 'handle'>,
): string => t('ending {ending} · {handle}', { ending: ending ?? '····', handle });

const MICROS = 1_000_000;

/** From one unit of the currency up an amount has two places, below that up to six, as a single part costs so little. */
function money(currency: string, micros: number): string {
  const most = micros >= MICROS ? 2 : 6;
  const options = {
    style: 'currency',
    currency,
    minimumFractionDigits: 2,
    maximumFractionDigits: most,
  } as const;
  return new Intl.NumberFormat('en-US', options).format(micros / MICROS);
}

/** What one message costs, as the list and the page of the message say it. */
export function moneyOf(t: PageCall['t'], cost: MessageCost | null): string {
  if (cost === null) return '–';
  const amount = money(cost.currency, cost.micros);
  switch (cost.billing) {
    case 'billed':
      return amount;
    case 'open':
      return t('about {amount}', { amount });
    case 'uncertain':
      return t('may have cost {amount}', { amount });
    case 'free':
      return t('nothing');
    default:
      return cost.billing satisfies never;
  }
}

/** What the messages of a list cost, and what the sum holds. */
export function costWords({ t, viewer }: PageCall, { parts, cost, hasMore }: SentCounts): string {
  const counted = t('{n} part || {n} parts', { n: FIGURES.format(parts), count: parts });
  const start = hasMore ? t('The first of them have {counted}', { counted }) : counted;
  if (cost === null) return t('{start}. What they cost is not known: no prices are set.', { start });
  const { currency, billed, expected, uncertain, free, unpricedParts } = cost;
  const amount = money(currency, billed);
  const asOf = dayOf(cost.asOf, viewer.language);
  const said = [
    t('{start}. What the carrier took cost {amount} by the prices of {asOf}.', { start, amount, asOf }),
  ];
  if (expected > 0)
    said.push(
      t('What has not left yet will cost about {amount} more.', { amount: money(currency, expected) }),
    );
  if (uncertain > 0)
    said.push(
      t('What nobody knows to have left may have cost {amount} more.', {
        amount: money(currency, uncertain),
      }),
    );
  if (free > 0)
    said.push(
      t(
        '{n} that was refused or never left cost nothing. || {n} that were refused or never left cost nothing.',
        {
          n: FIGURES.format(free),
          count: free,
        },
      ),
    );
  if (unpricedParts > 0) {
    const n = FIGURES.format(unpricedParts);
    said.push(t('{n} part has no price. || {n} parts have no price.', { n, count: unpricedParts }));
  }
  return said.join(' ');
}

const KB = 1024;

/** About how large the export is, by the rows of this page. */
export function sizeWords(rows: readonly SentRow[], total: number): string {
  if (rows.length === 0) return '';
  const bytes = (rows.reduce((all, row) => all + JSON.stringify(row).length, 0) / rows.length) * total;
  const size =
    bytes < KB * KB ? `${Math.max(1, Math.round(bytes / KB))} KB` : `${Math.round(bytes / KB / KB)} MB`;
  return size;
}
