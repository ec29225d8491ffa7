import type { SourcePatch, Sources } from './source-patches.ts';

/** Kill points of the dispatcher, in the order in which a batch passes them. A worker is killed or frozen there. */
export const WORKER_POINTS = [
  'after-claim',
  'after-read',
  'before-write',
  'after-check',
  'after-write',
  'before-record',
  'after-record',
] as const;

/**
 * Kill points of a web process: around the transaction of an act, before and after an opt-out waits for rows under way, before a
 * text is answered, and around the fold of receipts.
 */
export const WEB_POINTS = [
  'before-commit',
  'after-commit',
  'stop-committed',
  'stop-drained',
  'before-answer',
  'before-fold',
  'after-fold',
] as const;

/** Kill points of the migration runner: after it creates a collection, and before and after it runs a migration. */
export const MIGRATION_POINTS = ['migration-begins', 'collection-made', 'migration-run'] as const;

/** Kill points of a spool replay: around each text, and before the file is removed. */
export const REPLAY_POINTS = ['replay-takes', 'replay-took', 'replay-ends'] as const;

/** Kill points of the job that reads the carrier's list: before each text, and before it notes its position. */
export const LIST_POINTS = ['list-takes', 'list-ends'] as const;

/** Kill points of a planner: before and after it notes a slice whose rows are written. */
export const PLAN_POINTS = ['slice-written', 'slice-noted'] as const;

/**
 * Points without a comment in the sources. Stamps pass the first two; the preload passes the others around the write of a hand-
 * over.
 */
const UNMARKED: readonly string[] = ['before-write', 'before-answer', 'after-check', 'after-write'];

/** Kill points that a comment marks in the sources, each exactly once. */
const MARKED = [
  ...new Set<string>([
    ...WORKER_POINTS,
    ...WEB_POINTS,
    ...MIGRATION_POINTS,
    ...REPLAY_POINTS,
    ...LIST_POINTS,
    ...PLAN_POINTS,
  ]),
].filter((point) => !UNMARKED.includes(point));

/** A comment on a line of its own, such as `// kill point: before-commit`. It moves with the code around it. */
const COMMENT = /^( *)\/\/ kill point: ([\w-]+)$/gm;

/** Replaces each kill point's comment by a call. Throws unless every kill point is marked once and no other name is. */
export function insertKillPoints(sources: Sources): Sources {
  const found = [...sources.values()].flatMap((text) =>
    [...text.matchAll(COMMENT)].map(([, , name]) => name),
  );
  for (const point of new Set([...MARKED, ...found])) {
    const times = found.filter((name) => name === point).length;
    const wanted = MARKED.includes(point ?? '') ? 1 : 0;
    if (times !== wanted) {
      throw new Error(`the kill point ${point} stands ${times} times in the sources, not ${wanted} times`);
    }
  }
  return new Map(
    [...sources].map(([file, text]) => [file, text.replace(COMMENT, "$1globalThis.crashPoint('$2');")]),
  );
}

/** Patches that make each process note its hand-overs and spooled texts, and pass the kill points that need local values. */
export const STAMPS: readonly SourcePatch[] = [
  {
    in: 'claimBatch',
    find: 'const owner = randomUUID();',
    replace: 'const owner = randomUUID(); globalThis.crashOwns(owner);',
  },
  {
    in: 'handOverOne',
    find: "if (!inTime()) return 'slow';",
    replace: `globalThis.crashPoint('before-write', cleared.ref.delivery);
    if (!inTime()) return 'slow';`,
  },
  {
    in: 'handOverOne',
    find: "return 'begin';",
    replace: `globalThis.crashBegun(cleared.ref.delivery, cleared.ref.epoch, cleared.from);
    return 'begin';`,
  },
  {
    in: 'handOverOne',
    find: 'permit.leave();',
    replace: 'globalThis.crashEnded(cleared.ref.delivery, cleared.ref.epoch); permit.leave();',
  },
  {
    in: 'handleInboundPost',
    find: 'response.end(EMPTY_TWIML);',
    replace: "globalThis.crashPoint('before-answer'); response.end(EMPTY_TWIML);",
  },
  {
    in: 'createInboundAcceptor',
    find: "count('spooled');",
    replace: "count('spooled'); globalThis.crashSpooled(message.sid);",
  },
];

/** Patches that shorten long waits to seconds. No rule of the protocol depends on these values. */
export const SHORT_WAITS: readonly SourcePatch[] = [
  { constant: 'WEBHOOK_GRACE_MS', value: '4_000' },
  { constant: 'PLAN_LEASE_MS', value: '2_000' },
  // An opt-out never waits longer than this: its transaction takes at most six seconds, and a lease three.
  { constant: 'UNANSWERED_MS', value: '20_000' },
  // The simulated list lags by at most three seconds.
  { constant: 'ANSWER_SEARCHES', value: '{ first: 3_000, between: 4_000 }' },
  { in: 'putOff', find: 'AGAIN_MS', replace: '2_000' },
  { in: 'createJobs', find: 'lookMs = LOOK_MS', replace: 'lookMs = 1000' },
];
