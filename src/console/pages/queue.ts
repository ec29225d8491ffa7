import type { DescribedContact } from '../../consent/contact-refs.ts';
import type { TextView } from '../../consent/inbound/text-view.ts';
import { lookAt } from '../../consent/review/looks.ts';
import { showTime } from '../../domain/console-time.ts';
import { handleOf } from '../../domain/contacts/handle.ts';
import { MINUTE_MS } from '../../domain/durations.ts';
import { actorName } from '../actor-name.ts';
import { duration } from '../from-now.ts';
import type { PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';

/** Rows of a queue on one page. */
export const PER_PAGE = 50;

/** Texts of one person that a page shows. */
export const MOST_TEXTS = 50;

/** How a page names a person: the last four digits and the handle. */
export const personName = (about: DescribedContact | null): string | null =>
  about === null ? null : `ending ${about.contact.masked.slice(-4)} · ${handleOf(about.contact.id)}`;

/**
 * Texts of a person as a page lists them. `readUntil`: the last text that the sender of a form had read; what came
 * after it is marked as new.
 */
export function shownTexts(
  { viewer }: Pick<PageCall, 'viewer'>,
  texts: readonly TextView[],
  readUntil?: string,
) {
  const read = texts.findIndex(({ id }) => id === readUntil);
  return texts.map(({ receivedAt, words, to, pictures }, at) => ({
    at: showTime(receivedAt, viewer.zone, viewer.language),
    iso: receivedAt.toISOString(),
    words,
    to,
    pictures,
    isNew: read >= 0 && at > read,
  }));
}

/** What somebody typed into a form. A page that refuses the form shows it again. */
export type Typed = Record<string, string>;

export const typedIn = ({ request }: Pick<PageCall, 'request'>): Typed =>
  Object.fromEntries(
    Object.entries((request.body ?? {}) as Record<string, unknown>).filter(
      (field): field is [string, string] => typeof field[1] === 'string' && field[0] !== 'csrf',
    ),
  );

/** A page of a queue, shown anew or in answer to a form that was refused. */
export type Shown = { typed: Typed; fault: string | null; status: number };
export const FRESH: Shown = { typed: {}, fault: null, status: 200 };

/** Where an item stands among the first ones that wait, and its neighbours. */
export function neighbours({ t }: Pick<PageCall, 't'>, ids: readonly string[], id: string) {
  const at = ids.indexOf(id);
  return {
    place: at < 0 ? null : t('{place} of {count}', { place: at + 1, count: ids.length }),
    next: (at < 0 ? ids[0] : ids[at + 1]) ?? null,
    before: ids[at - 1] ?? null,
  };
}

/** Notes that the viewer looks at an item. A sentence about somebody else who does too; null when nobody does. */
export async function otherReader(call: PageCall, of: string): Promise<string | null> {
  const { context, viewer, t } = call;
  const look = await lookAt(context, { of, actor: actorOf(viewer) });
  if (look === null) return null;
  const time = duration(Math.max(MINUTE_MS, context.now().getTime() - look.since.getTime()));
  return t('{name} has been looking at this for {time}. Whoever saves first decides.', {
    name: actorName(look.by, call),
    time,
  });
}

/** "Rosa Iglesias", and when. */
export const byAndAt = (call: PageCall, { by, at }: { by: string; at: Date }) => ({
  name: actorName(by, call),
  at: showTime(at, call.viewer.zone, call.viewer.language),
});

/** Line ends as a text has them: browsers send two characters for each. */
export const asTyped = (text: string): string => text.replace(/\r\n?/g, '\n').trim();
