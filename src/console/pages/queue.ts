import type { DescribedContact } from '../../consent/contact-refs.ts';
import type { TextView } from '../../consent/inbound/text-view.ts';
import type { ConversationEntry } from '../../consent/review/conversation.ts';
import { lookAt } from '../../consent/review/looks.ts';
import { showTime } from '../../domain/console-time.ts';
import { handleOf } from '../../domain/contacts/handle.ts';
import { MINUTE_MS } from '../../domain/durations.ts';
import { actorName } from '../actor-name.ts';
import { duration } from '../from-now.ts';
import type { PageCall, PageModel } from '../page.ts';
import { actorOf } from '../viewer.ts';

/** Rows of a queue on one page. */
export const PER_PAGE = 50;

/** Texts of one person that a page shows. */
export const MOST_TEXTS = 50;

/** How a page names a person: the last four digits and the handle. */
export const personName = ({ t }: Pick<PageCall, 't'>, about: DescribedContact | null): string | null =>
  about === null
    ? null
    : t('ending {ending} · {handle}', {
        ending: about.contact.masked.slice(-4),
        handle: handleOf(about.contact.id),
      });

/**
 * What was said, as a page shows it: the texts to decide about among our messages and what came before. `readUntil`:
 * the last text that the sender of a form had read; what came after it is marked as new.
 */
function shownThread(
  { viewer, t }: Pick<PageCall, 'viewer' | 't'>,
  { texts, conversation }: Said,
  readUntil?: string,
) {
  const read = texts.findIndex(({ id }) => id === readUntil);
  const time = (at: Date) => ({ at: showTime(at, viewer.zone, viewer.language), iso: at.toISOString() });
  const inQuestion = texts.map(({ receivedAt, words, to, pictures }, place) => ({
    ...{ sent: receivedAt, ...time(receivedAt), words, pictures, ours: null },
    to: t('to {sender}', { sender: to }),
    isNew: read >= 0 && place > read,
    isEarlier: false,
  }));
  const around = conversation.map(({ id, ours, at, words, pictures }) => ({
    ...{ sent: at, ...time(at), words, pictures, to: null, isNew: false },
    ours: ours === null ? null : { ...ours, why: `/console/sent/${id}` },
    isEarlier: ours === null,
  }));
  return [...inQuestion, ...around].sort((a, b) => a.sent.getTime() - b.sent.getTime());
}

/** What the use cases of both queues open of a conversation. */
type Said = { texts: readonly TextView[]; conversation: readonly ConversationEntry[] };

/** What somebody typed into a form. A page that refuses the form shows it again. */
export type Typed = Record<string, string>;

export const typedIn = ({ request }: Pick<PageCall, 'request'>): Typed =>
  Object.fromEntries(
    Object.entries((request.body ?? {}) as Record<string, unknown>).filter(
      (field): field is [string, string] => typeof field[1] === 'string' && field[0] !== 'csrf',
    ),
  );

/**
 * A page with a form, shown anew or in answer to a form that was refused. `field`: the field that the fault is about,
 * which then has the focus. `lang`: the language of the fault, where it is not that of the page.
 */
export type Shown = { typed: Typed; fault: string | null; field?: string; lang?: 'en'; status: number };
export const FRESH: Shown = { typed: {}, fault: null, status: 200 };

/** What the page of one item shows in both queues. `ids`: the first ones that wait; `said`: null for who may not read. */
export function decidable(
  call: PageCall,
  { typed, fault, field, lang, title, id, ids, said }: DecidedPage,
): PageModel & { readUntil: string } {
  return {
    title,
    ...neighbours(call, ids, id),
    ...{ typed, fault, field: field ?? null, lang: lang ?? null },
    mayRead: said !== null,
    thread: said === null ? [] : shownThread(call, said, typed.read_until),
    readUntil: said?.texts.at(-1)?.id ?? '',
  };
}

type DecidedPage = Omit<Shown, 'status'> & {
  title: string;
  id: string;
  ids: readonly string[];
  said: Said | null;
};

/** Where an item stands among the first ones that wait, and its neighbours. */
function neighbours({ t }: Pick<PageCall, 't'>, ids: readonly string[], id: string) {
  const at = ids.indexOf(id);
  return {
    place: at < 0 ? null : t('{place} of {count}', { place: at + 1, count: ids.length }),
    next: (at < 0 ? ids[0] : ids[at + 1]) ?? null,
    before: ids[at - 1] ?? null,
  };
}

/** A reason as a form must give it. */
export const REASON = { least: 3, most: 200 };

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
