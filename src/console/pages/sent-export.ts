import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SENT_EXPORTS, type SentExport } from '../../api/sent.ts';
import { exportSent, type SentRow } from '../../contacts/sent-messages.ts';
import { handleOf } from '../../domain/contacts/handle.ts';
import type { SentQuery } from '../../domain/sending/sent-query.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';
import { narrowedBy, refuseAddress } from './sent-narrowing.ts';
import { FIGURES } from './sent-views.ts';

/** An export that this process writes or wrote. */
type RunningExport = {
  owner: string;
  rows: number;
  state: 'running' | 'done' | 'canceled' | 'broken';
  stop: AbortController;
};

const exportsOf = new WeakMap<PageCall['options'], Map<string, RunningExport>>();

function knownExports({ options }: PageCall): Map<string, RunningExport> {
  const known = exportsOf.get(options) ?? new Map<string, RunningExport>();
  exportsOf.set(options, known);
  return known;
}

const EXPORT_KEY = /^[\w-]{12}$/;
const KNOWN_AT_MOST = 200;

/** Names one export, so that the page can ask how far it is. */
export const newExportKey = (): string => randomBytes(9).toString('base64url');

function begin(call: PageCall): RunningExport {
  const begun: RunningExport = {
    owner: call.viewer.id,
    rows: 0,
    state: 'running',
    stop: new AbortController(),
  };
  const key = call.request.query.export;
  if (typeof key !== 'string' || !EXPORT_KEY.test(key)) return begun;
  const known = knownExports(call);
  known.set(key, begun);
  const [oldest] = known.keys();
  if (known.size > KNOWN_AT_MOST && oldest !== undefined) known.delete(oldest);
  return begun;
}

async function* counted(rows: AsyncIterable<SentRow>, running: RunningExport): AsyncGenerator<SentRow> {
  for await (const row of rows) {
    running.rows += 1;
    yield row;
  }
}

/** A file name that says what is in it: "sent_campaign-spring_failed-undelivered_2026-12-01_to_2026-12-02". */
function fileNameOf({
  campaign,
  contact,
  journey,
  program,
  states,
  reason,
  since,
  until,
}: SentQuery): string {
  const named = [
    ...[campaign && `campaign-${campaign}`, journey && `journey-${journey}`, program && `program-${program}`],
    contact && `person-${handleOf(contact)}`,
    ...[states?.join('-'), reason, since && `from-${since}`, until && `to-${until}`],
  ];
  const parts = named.flatMap((part) => (part ? [part.replace(/[^\w-]+/g, '-').slice(0, 60)] : []));
  return ['sent', ...parts].join('_');
}

/** The export of exactly the rows of a list. */
export const exportIn = (format: SentExport) =>
  definePage({
    method: 'get',
    path: `/sent.${format}`,
    permission: 'contacts:read',
    freshSignIn: true,
    fileOf: '/sent',
    handle: async (call) => {
      const { response, go } = call;
      const narrowed = narrowedBy(call);
      if (narrowed === 'none') return go('/console/sent');
      if ('fault' in narrowed) return refuseAddress(call, narrowed.fault);
      response.attachment(`${fileNameOf(narrowed.query)}.${format}`);
      response.type(`${SENT_EXPORTS[format].type}; charset=utf-8`);
      await write(call, narrowed.query, format);
    },
  });

async function write(call: PageCall, query: SentQuery, format: SentExport): Promise<void> {
  const running = begin(call);
  const { signal } = running.stop;
  const rows = exportSent(call.context, query, {
    actor: actorOf(call.viewer),
    format,
    within: call.viewer.programs,
    reader: call.viewer.zone,
  });
  const lines = Readable.from(SENT_EXPORTS[format].write(counted(rows, running)));
  try {
    await pipeline(lines, call.response, { signal });
    running.state = 'done';
  } catch (error) {
    // A canceled export ends the connection, so that no part passes for the whole.
    running.state = signal.aborted ? 'canceled' : 'broken';
    if (!signal.aborted) throw error;
  }
}

/** The export of the viewer that an address names; null where this process knows none. */
function namedExport(call: PageCall): RunningExport | null {
  const found = knownExports(call).get(String(call.request.params.key));
  return found?.owner === call.viewer.id ? found : null;
}

function showProgress(call: PageCall): void {
  const { key } = call.request.params;
  const found = namedExport(call);
  const n = FIGURES.format(found?.rows ?? 0);
  call.part('parts/sent-progress', {
    exportKey: typeof key === 'string' && EXPORT_KEY.test(key) ? key : newExportKey(),
    isRunning: found?.state === 'running',
    words: call.t(PROGRESS_WORDS[found?.state ?? 'strange'], { n, count: found?.rows ?? 0 }),
  });
}

const PROGRESS_WORDS = {
  running: '{n} row is written so far. || {n} rows are written so far.',
  done: 'Done: the file has {n} row. || Done: the file has {n} rows.',
  canceled:
    'Canceled after {n} row. The file is not whole. || Canceled after {n} rows. The file is not whole.',
  broken:
    'Broken off after {n} row. The file is not whole. || Broken off after {n} rows. The file is not whole.',
  strange: 'How far it is stands in the downloads of your browser.',
} as const;

/** How far an export is, as a part of the page that began it. */
export const EXPORT_PROGRESS = definePage({
  method: 'get',
  path: '/sent/exports/:key',
  permission: 'contacts:read',
  handle: showProgress,
});

export const CANCEL_EXPORT = definePage({
  method: 'post',
  path: '/sent/exports/:key/cancel',
  permission: 'contacts:read',
  handle: (call) => {
    const found = namedExport(call);
    if (found?.state === 'running') {
      found.state = 'canceled';
      found.stop.abort();
    }
    if (call.request.headers['hx-request'] !== undefined) return showProgress(call);
    call.go('/console/sent', {
      kind: 'wait',
      text: call.t('The export was canceled. Its file is not whole.'),
    });
  },
});
