import type { SourcePatch, Sources } from './source-patches.ts';

/** Named moments of the dispatcher at which a worker is killed or frozen, in the order in which a round passes them. */
export const WORKER_POINTS = [
  'after-flag',
  'after-read',
  'before-write',
  'after-check',
  'after-write',
  'before-record',
  'after-record',
] as const;

/** Of a web process: around the transaction of an act, before and after an opt-out waits, around an answer, around the fold of receipts. */
export const WEB_POINTS = [
  'before-commit',
  'after-commit',
  'stop-committed',
  'stop-quenched',
  'after-check',
  'before-record',
  'before-fold',
  'after-fold',
] as const;

/** Of the migration runner: after it creates a collection, and before and after it runs a migration. */
export const MIGRATION_POINTS = ['migration-begins', 'collection-made', 'migration-run'] as const;

/** Of a replay of the spool: around each text it takes in, and before it removes the file. */
export const REPLAY_POINTS = ['replay-takes', 'replay-took', 'replay-ends'] as const;

/** Of the job that reads the carrier's list: before each text it takes in, and before it notes how far it is. */
export const LIST_POINTS = ['list-takes', 'list-ends'] as const;

/** Of a planner: before and after it notes a slice whose rows are written. */
export const PLAN_POINTS = ['slice-written', 'slice-noted'] as const;

/** No comment marks these: the stamp of a hand-over passes the first, the preload passes the others around the write. */
const UNMARKED: readonly string[] = ['before-write', 'after-check', 'after-write'];

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
    const times = found.filter((one) => one === point).length;
    const wanted = MARKED.includes(point ?? '') ? 1 : 0;
    if (times !== wanted) {
      throw new Error(`the kill point ${point} stands ${times} times in the sources, not ${wanted} times`);
    }
  }
  return new Map(
    [...sources].map(([file, text]) => [file, text.replace(COMMENT, "$1globalThis.crashPoint('$2');")]),
  );
}

/** Make each process note its hand-overs and what it spools, by values that are at hand only there. */
export const STAMPS: readonly SourcePatch[] = [
  {
    in: 'beginRound',
    find: 'const owner = randomUUID();',
    replace: 'const owner = randomUUID(); globalThis.crashOwns(owner);',
  },
  {
    in: 'handOverOne',
    find: "(!inTime() ? 'slow' : one.takeTurn(ANSWER_MS) ? 'begin' : 'late')",
    replace: `{
      globalThis.crashPoint('before-write', one.ref.delivery);
      const turn: Turn = !inTime() ? 'slow' : one.takeTurn(ANSWER_MS) ? 'begin' : 'late';
      if (turn === 'begin') globalThis.crashBegun('rest', one.ref.delivery, one.ref.epoch, one.from);
      return turn;
    }`,
  },
  {
    in: 'handOverOne',
    find: 'place.leave();',
    replace: 'globalThis.crashEnded(one.ref.delivery, one.ref.epoch); place.leave();',
  },
  {
    in: 'twimlTransport',
    find: '=> one.takeTurn()',
    replace: `=> {
      const turn = one.takeTurn();
      if (turn) globalThis.crashBegun('twiml', one.ref.delivery, one.ref.epoch, one.from);
      else globalThis.crashSilent(one.ref.delivery);
      return turn;
    }`,
  },
  {
    in: 'twimlTransport',
    find: "outcome('accepted')",
    replace: `{
      for (const { ref } of going) globalThis.crashEnded(ref.delivery, ref.epoch);
      outcome('accepted');
    }`,
  },
  {
    in: 'createTakeIn',
    find: "count('spooled');",
    replace: "count('spooled'); globalThis.crashSpooled(message.sid);",
  },
];

/** Where the gateway waits long, an instrumented one waits for seconds. No rule of the protocol depends on these. */
export const SHORT_WAITS: readonly SourcePatch[] = [
  { constant: 'WEBHOOK_GRACE_MS', value: '4_000' },
  { constant: 'PLAN_LEASE_MS', value: '2_000' },
  { in: 'createJobs', find: 'lookMs = LOOK_MS', replace: 'lookMs = 1000' },
];
