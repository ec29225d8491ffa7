import { savePriceTable, showPriceTable } from '../../campaigns/cost.ts';
import { lastOfAct } from '../../consent/audit/audit-trail.ts';
import { asRefusal, CommandRefused } from '../../consent/command-refused.ts';
import { may } from '../../domain/access/permissions.ts';
import { MEDIA, type PriceTable, readMicros, written } from '../../domain/campaigns/cost.ts';
import { showDay, showTime } from '../../domain/console-time.ts';
import { utcDay } from '../../domain/durations.ts';
import { SENDER_KINDS } from '../../domain/program.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';
import { asTyped, type Typed, typedIn } from './queue.ts';

const MOST_PRICES = 500;
const ANY_KIND = 'any';

type Price = PriceTable['prices'][number];

const lineOf = ({ country, kind, media, micros }: Price): string =>
  [country, kind ?? ANY_KIND, media, written(micros)].join(', ');

const asForm = (table: PriceTable | null, now: Date): Typed => ({
  currency: table?.currency ?? 'USD',
  as_of: table?.asOf ?? utcDay(now),
  prices: (table?.prices ?? []).map(lineOf).join('\n'),
});

const dayOf = ({ viewer }: PageCall, date: string): string =>
  showDay(new Date(`${date}T12:00:00Z`), 'UTC', viewer.language);

async function showPrices(
  call: PageCall,
  {
    typed = null,
    fault = null,
    status = 200,
  }: { typed?: Typed | null; fault?: string | null; status?: number },
): Promise<void> {
  const { context, show, t, viewer } = call;
  const table = await showPriceTable(context);
  const last = await lastOfAct(context, 'prices-saved');
  await show(
    'setup/prices',
    {
      title: t('Prices'),
      asOf: table === null ? null : dayOf(call, table.asOf),
      currency: table?.currency ?? '',
      prices: (table?.prices ?? []).map(({ micros, kind, ...price }) => ({
        ...price,
        kind: kind?.replace('-', ' ') ?? t('any kind without a price of its own'),
        price: written(micros),
      })),
      last: last && `${last.who}, ${showTime(last.at, viewer.zone, viewer.language)}`,
      mayWrite: may(viewer.role, 'programs:write'),
      typed: typed ?? asForm(table, context.now()),
      fault,
    },
    status,
  );
}

const page = definePage({
  method: 'get',
  path: '/prices',
  permission: 'programs:read',
  handle: (call) => showPrices(call, {}),
});

/** One line of the form, or the number of the line that cannot be read. */
function readLine(line: string): Price | null {
  const cells = line.split(/[,;\t]/).map((cell) => cell.trim());
  const [country = '', kindText = '', mediaText = '', decimal = ''] = cells;
  const kind = SENDER_KINDS.find((known) => known === kindText.toLowerCase().replace(' ', '-'));
  const isAny = kindText === '' || kindText.toLowerCase() === ANY_KIND;
  const media = MEDIA.find((known) => known === mediaText.toLowerCase());
  const micros = readMicros(decimal);
  if (cells.length !== 4 || !/^[A-Z]{2}$/.test(country) || media === undefined || micros === null)
    return null;
  if (kind === undefined && !isAny) return null;
  return { country, kind: kind ?? null, media, micros };
}

const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) &&
  !Number.isNaN(Date.parse(text)) &&
  utcDay(new Date(Date.parse(text))) === text;

function readTable({ t }: PageCall, typed: Typed): PriceTable | { fault: string } {
  const { currency = '', as_of: asOf = '' } = typed;
  if (!/^[A-Z]{3}$/.test(currency))
    return { fault: t('Write the currency as three capital letters, such as USD.') };
  if (!isDay(asOf)) return { fault: t('Choose the day from which the contract has these prices.') };
  const lines = asTyped(typed.prices ?? '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  if (lines.length === 0 || lines.length > MOST_PRICES)
    return { fault: t('Write from 1 to {most} prices, one a line.', { most: MOST_PRICES }) };
  const prices: Price[] = [];
  for (const [at, line] of lines.entries()) {
    const price = readLine(line);
    if (price === null)
      return {
        fault: t('Line {line} cannot be read. A line looks like: US, short-code, sms, 0.0083', {
          line: at + 1,
        }),
      };
    prices.push(price);
  }
  return { currency, asOf, prices };
}

const save = definePage({
  method: 'post',
  path: '/prices',
  permission: 'programs:write',
  handle: async (call) => {
    const { context, viewer, t, go } = call;
    const typed = typedIn(call);
    const table = readTable(call, typed);
    if ('fault' in table) return showPrices(call, { typed, fault: table.fault, status: 422 });
    const saved = await savePriceTable(context, { actor: actorOf(viewer), table }).catch(asRefusal);
    if (saved instanceof CommandRefused)
      return showPrices(call, {
        typed,
        fault: t('Two prices are for the same country, kind and medium.'),
        status: 422,
      });
    go('/console/prices', {
      kind: 'good',
      text: t('Saved. Estimates and costs use these prices from now on.'),
    });
  },
});

/** What one part costs by the carrier's contract. */
export const PRICE_PAGES = [page, save];
