import type { Actor } from '../../domain/access/actor.ts';
import { cutPage, type Page, type PageRequest } from '../../domain/page.ts';
import {
  isLostHold,
  isNewOptOut,
  type ReadingChange,
  severityOf,
} from '../../domain/words/proposed-change.ts';
import {
  type BackTestDoc,
  endBackTest,
  findBackTest,
  pageBackTests,
  type ReadingGroup,
} from '../../store/consent/back-tests.ts';
import { findInbound } from '../../store/consent/inbound-texts.ts';
import { findContacts } from '../../store/contacts/contacts.ts';
import { openHolderKey } from '../../store/sealing/keys.ts';
import type { AppContext } from '../app-context.ts';
import { recordAudit } from '../audit/audit.ts';
import { type ContactRef, contactRef, type EvidenceReader } from '../contact-refs.ts';
import { openText, type TextView } from '../inbound/text-view.ts';

/** What a back-test has found so far, in numbers. */
type BackTestSummary = Pick<
  BackTestDoc,
  'state' | 'warnings' | 'version' | 'changes' | 'since' | 'until' | 'texts' | 'read' | 'unread' | 'endedAt'
> & {
  id: string;
  lostOptOuts: number;
  lostHolds: number;
  newOptOuts: number;
  changed: number;
  lookedAt: number;
};

/** A text whose reading would change, without its words. `contact`: null when it was erased or cannot be opened. */
type BackTestSample = { contact: ContactRef | null; at: Date; rule: string; wouldRule: string };

/** The texts whose reading would change in one way. `samples`: null for a reader who may not see them. */
type BackTestGroup = ReadingChange & { count: number; samples: BackTestSample[] | null };

export type BackTestReport = BackTestSummary & { groups: BackTestGroup[] };

export function summaryOf(run: BackTestDoc): BackTestSummary {
  const groups = Object.values(run.groups);
  const total = (fits: (group: ReadingGroup) => boolean): number =>
    groups.filter(fits).reduce((sum, group) => sum + group.count, 0);
  const { state, warnings, version, changes, since, until, texts, read, unread, endedAt } = run;
  const { erased, not_kept, unreadable } = unread;
  return {
    ...{ id: run._id, state, warnings, version, changes, since, until, texts, read, unread, endedAt },
    lostOptOuts: total(({ lost }) => lost),
    lostHolds: total(isLostHold),
    newOptOuts: total(isNewOptOut),
    changed: total(() => true),
    // `texts` does not count texts that belong to nobody, so they are not added here either.
    lookedAt: read + erased + not_kept + unreadable,
  };
}

/** Lists back-tests, the newest first. */
export async function listBackTests(
  { store }: Pick<AppContext, 'store'>,
  { after: before, limit }: PageRequest,
): Promise<Page<BackTestSummary>> {
  const runs = await pageBackTests(store, { before, limit: limit + 1 });
  const { items, next } = cutPage(runs, limit, ({ _id }) => _id);
  return { items: items.map(summaryOf), next };
}

/**
 * What a back-test has found so far, the gravest changes first; null when there is no such run. Samples are shown only
 * to a reader of evidence, and then with an audit entry: anybody else could try a word and learn who used it.
 */
export async function showBackTest(
  context: Pick<AppContext, 'audit' | 'log' | 'ring' | 'store'>,
  id: string,
  reader: EvidenceReader,
): Promise<BackTestReport | null> {
  const run = await findBackTest(context.store, id);
  return run === null ? null : reportOf(context, run, reader);
}

async function reportOf(
  context: Pick<AppContext, 'audit' | 'log' | 'ring' | 'store'>,
  run: BackTestDoc,
  { actor, readsEvidence }: EvidenceReader,
): Promise<BackTestReport> {
  const sorted = Object.values(run.groups).sort((a, b) => severityOf(a) - severityOf(b) || b.count - a.count);
  if (readsEvidence && sorted.length > 0) {
    const subject = { kind: 'back-test', id: run._id } as const;
    await recordAudit(context, { actor, act: 'back-test-read', subject });
  }
  const contacts = readsEvidence ? await contactsOf(context, sorted) : null;
  const groups = sorted.map(({ from, to, lost, count, samples }) => ({
    ...{ from, to, lost, count },
    samples:
      contacts === null
        ? null
        : samples.map(({ contact, at, rule, wouldRule }) => ({
            contact: contacts.get(contact) ?? null,
            ...{ at, rule, wouldRule },
          })),
  }));
  return { ...summaryOf(run), groups };
}

async function contactsOf(context: Pick<AppContext, 'ring' | 'store'>, groups: readonly ReadingGroup[]) {
  const ids = groups.flatMap(({ samples }) => samples.map(({ contact }) => contact));
  const stored = await findContacts(context.store, [...new Set(ids)]);
  return new Map(stored.map((contact) => [contact._id, contactRef(context, contact)]));
}

/** Cancels a run and keeps its results. A run that has ended stays as it is. Null when there is no such run. */
export async function cancelBackTest(
  context: AppContext,
  id: string,
  reader: EvidenceReader,
): Promise<BackTestReport | null> {
  if ((await findBackTest(context.store, id)) === null) return null;
  const canceled = await endBackTest(context.store, id, 'canceled', context.now());
  await recordAudit(context, {
    ...{ actor: reader.actor, act: 'back-test-canceled', subject: { kind: 'back-test', id } },
    details: { canceled },
  });
  return showBackTest(context, id, reader);
}

type SampleTextsRequest = Pick<ReadingChange, 'from' | 'to'> & { id: string; reason: string; actor: Actor };

/**
 * Opens the sample texts whose reading would change in one way; none when no text changes so. Null when there is no
 * such run. Leaves out erased people. Each reading writes an audit entry.
 */
export async function readSampleTexts(
  { audit, store, ring, log }: Pick<AppContext, 'audit' | 'log' | 'ring' | 'store'>,
  { id, from, to, reason, actor }: SampleTextsRequest,
): Promise<(TextView & { contact: string })[] | null> {
  const run = await findBackTest(store, id);
  if (run === null) return null;
  const samples = Object.values(run.groups)
    .filter((group) => group.from === from && group.to === to)
    .flatMap((group) => group.samples);
  const details = { from, to, texts: samples.length };
  const subject = { kind: 'back-test', id } as const;
  await recordAudit({ audit, log }, { actor, act: 'back-test-words-read', subject, reason, details });
  const texts = await findInbound(
    store,
    samples.map(({ text }) => text),
  );
  const rows = new Map(texts.map((row) => [row._id, row]));
  const holders = await findContacts(
    store,
    samples.map(({ contact }) => contact),
  );
  const keys = new Map(
    holders
      .filter(({ sealed }) => sealed !== null)
      .map((holder) => [holder._id, openHolderKey(ring, holder._id, holder.keys, 'profile')]),
  );
  return samples.flatMap(({ text, contact }) => {
    const [row, own] = [rows.get(text), keys.get(contact)];
    return row === undefined || own === undefined ? [] : [{ contact, ...openText(row, own) }];
  });
}
