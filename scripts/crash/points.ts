import type { Patch } from './instrumented.ts';

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

/** Of a web process: around the transaction of an act, between (a) and (d) of an opt-out, around an answer, around the fold of receipts. */
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

/** Of a migration: around each of its steps, and where an index is gone that is made anew later. */
export const MIGRATION_POINTS = [
  'migration-begins',
  'collection-made',
  'lanes-written',
  'index-dropped',
  'migration-run',
] as const;

/** Of a replay of the spool, and of the look at the carrier's list: around a text taken, and before both are done. */
export const REPLAY_POINTS = ['replay-takes', 'replay-took', 'replay-ends'] as const;
export const LIST_POINTS = ['list-takes', 'list-ends'] as const;

const call = (point: string): string => `globalThis.crashPoint('${point}');`;

const after = (file: string, find: string, point: string): Patch => ({
  file,
  find,
  replace: `${find} ${call(point)}`,
});

const before = (file: string, find: string, point: string): Patch => ({
  file,
  find,
  replace: `${call(point)} ${find}`,
});

/** Of a planner: its rows are written and not noted, and noted. */
export const PLAN_POINTS = ['slice-written', 'slice-noted'] as const;

/** Puts the points, and the stamps of every hand-over, into the gateway. */
export const POINTS: readonly Patch[] = [
  {
    file: 'src/sending/round.ts',
    find: 'const owner = randomUUID();',
    replace: 'const owner = randomUUID(); globalThis.crashOwns(owner);',
  },
  before('src/sending/round.ts', 'const contacts = await findContacts(', 'after-flag'),
  before('src/sending/round.ts', 'return { rows: flagged, caps, holders, kept };', 'after-read'),
  {
    file: 'src/sending/carrier/carrier.ts',
    find: "const turn = (): Turn => (!inTime() ? 'slow' : one.takeTurn(ANSWER_MS) ? 'begin' : 'late');",
    replace: `const turn = (): Turn => {
      globalThis.crashPoint('before-write', one.ref.delivery);
      const turn = !inTime() ? 'slow' : one.takeTurn(ANSWER_MS) ? 'begin' : 'late';
      if (turn === 'begin') globalThis.crashBegun('rest', one.ref.delivery, one.ref.epoch, one.from);
      return turn;
    };`,
  },
  {
    file: 'src/sending/carrier/carrier.ts',
    find: 'place.leave();',
    replace: 'globalThis.crashEnded(one.ref.delivery, one.ref.epoch); place.leave();',
  },
  {
    file: 'src/sending/twiml.ts',
    find: 'cleared.filter((one) => one.takeTurn())',
    replace: `cleared.filter((one) => {
      const turn = one.takeTurn();
      if (turn) globalThis.crashBegun('twiml', one.ref.delivery, one.ref.epoch, one.from);
      else globalThis.crashSilent(one.ref.delivery);
      return turn;
    })`,
  },
  {
    file: 'src/sending/twiml.ts',
    find: "response.once('finish', () => outcome('accepted'));",
    replace: `response.once('finish', () => {
      for (const { ref } of going) globalThis.crashEnded(ref.delivery, ref.epoch);
      outcome('accepted');
    });`,
  },
  before('src/sending/settle.ts', 'const batch = waiting;', 'before-record'),
  before('src/sending/settle.ts', 'for (const one of batch) one.done();', 'after-record'),
  before(
    'src/store/consent/commit.ts',
    'await inTransaction(store, budgetMs, async (session) => {',
    'before-commit',
  ),
  before('src/consent/inbound/receive.ts', "if (done.kind === 'nothing') return [];", 'after-commit'),
  after('src/consent/inbound/receive.ts', 'raiseAlarm(desk, change.inbound, log);', 'stop-committed'),
  {
    file: 'src/consent/inbound/take-in.ts',
    find: "count('spooled');",
    replace: "count('spooled'); globalThis.crashSpooled(message.sid);",
  },
  before('src/consent/inbound/receive.ts', "if (message.door !== 'webhook') await makeDue(", 'stop-quenched'),
  before('src/receipts/receipt-writer.ts', 'const unfolded = await onceMore(', 'before-fold'),
  before('src/receipts/receipt-writer.ts', 'const left = new Set(unfolded.map(keyOf));', 'after-fold'),
  before('src/campaigns/flight/fly.ts', 'const noted = await advancePlan(', 'slice-written'),
  // Of each slice: where the machine is busy every turn ends with one.
  before('src/campaigns/flight/fly.ts', 'if (slice.complete || slice.yields) return true;', 'slice-noted'),
  before('src/consent/inbound/spool-files.ts', "await take({ ...message, door: 'spool' });", 'replay-takes'),
  after('src/consent/inbound/spool-files.ts', "await take({ ...message, door: 'spool' });", 'replay-took'),
  before('src/consent/inbound/spool-files.ts', 'await rm(aside, { force: true });', 'replay-ends'),
  before('src/consent/inbound/catch-up.ts', 'await take(desk, one).catch(', 'list-takes'),
  before('src/consent/inbound/catch-up.ts', 'await writeMark(desk.store, { _id: id', 'list-ends'),
  before('src/store/migrations.ts', 'await migration.run?.(store, ring);', 'migration-begins'),
  after('src/store/migrations.ts', 'await model.createCollection();', 'collection-made'),
  after('src/store/migrations.ts', "{ $set: { lane: laneOf('reply') } });", 'lanes-written'),
  after('src/store/migrations.ts', "await dropOld(store, 'due');", 'index-dropped'),
  before('src/store/migrations.ts', 'await writeMark(store, { _id: `migration', 'migration-run'),
];

/** Where the gateway waits long, a run waits for seconds. No rule of the protocol depends on these. */
export const HURRIED: readonly Patch[] = [
  {
    file: 'src/consent/inbound/catch-up.ts',
    find: 'WEBHOOK_GRACE_MS = 20_000',
    replace: 'WEBHOOK_GRACE_MS = 4_000',
  },
  {
    file: 'src/store/campaigns/plan-lease.ts',
    find: 'PLAN_LEASE_MS = 20_000',
    replace: 'PLAN_LEASE_MS = 2_000',
  },
  { file: 'src/jobs/jobs.ts', find: 'LOOK_MS = 5000', replace: 'LOOK_MS = 1000' },
];
