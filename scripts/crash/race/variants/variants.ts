import { readSenderHealth } from '../../../../src/store/senders/sender-state.ts';
import type { SourcePatch } from '../../instrument/source-patches.ts';
import type { Scenario } from '../../scenario.ts';
import { asKey, order } from '../acts.ts';
import { raceUnder } from '../race.ts';
import { type Stress, USUAL } from '../stress.ts';
import type { RaceSystem } from '../system.ts';

const onCreate = (share: number, effect: object) => ({ match: { share }, on: 'create', effect });
const onStatus = (share: number, effect: object) => ({ match: { share }, on: 'status', effect });

const onRead = (share: number, effect: object) => ({ match: { share }, on: 'read', effect });
const onInbound = (share: number, effect: object) => ({ match: { share }, on: 'inbound', effect });

/** Every trouble of a carrier with single messages, texts and look-ups, each with a small share. */
const TROUBLES = [
  onCreate(0.01, { kind: 'http429' }),
  onCreate(0.003, { kind: 'http5xx', status: 503, accepted: false }),
  onCreate(0.003, { kind: 'http5xx', status: 500, accepted: true }),
  onCreate(0.002, { kind: 'hang', ms: 5000, accepted: true }),
  onCreate(0.002, { kind: 'hang', ms: 5000, accepted: false }),
  onCreate(0.003, { kind: 'resetAfterAccept' }),
  onCreate(0.03, { kind: 'delay', ms: 400 }),
  onCreate(0.003, { kind: 'errorSync', code: 21610 }),
  onCreate(0.003, { kind: 'errorSync', code: 21211 }),
  onCreate(0.001, { kind: 'errorSync', code: 21611 }),
  onCreate(0.01, { kind: 'errorCallback', code: 30003 }),
  onCreate(0.003, { kind: 'errorCallback', code: 30004 }),
  onCreate(0.003, { kind: 'errorCallback', code: 21610 }),
  onCreate(0.01, { kind: 'stuck', at: 'sent' }),
  onCreate(0.02, { kind: 'listLag', ms: 3000 }),
  onStatus(0.1, { kind: 'duplicate', times: 2 }),
  onStatus(0.1, { kind: 'reorder', withinMs: 1000 }),
  onStatus(0.05, { kind: 'delay', ms: 2000 }),
  onInbound(0.01, { kind: 'lose' }),
  onInbound(0.03, { kind: 'delay', ms: 1500 }),
  onInbound(0.03, { kind: 'reorder', withinMs: 800 }),
  onRead(0.05, { kind: 'http429' }),
  onRead(0.05, { kind: 'http5xx', status: 503, accepted: false }),
  onRead(0.03, { kind: 'hang', ms: 3000, accepted: false }),
  onRead(0.05, { kind: 'delay', ms: 1000 }),
];

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** How long the account is suspended, and the poll interval for stopped senders, ms. */
const SUSPENDED_MS = 1000;

/** Polls in a row without a stopped sender. A worker that was frozen with a refusal stops its sender again when it continues. */
const SOUND_LOOKS = 8;
const MOST_LOOKS = 60;

const LOOK_MS = 1000;

export const TROUBLED: Stress = {
  ...USUAL,
  behaviours: [...USUAL.behaviours, ...TROUBLES],
  meanwhile: suspendAccount,
  // Jobs log errors about a list that cannot be read.
  logLevel: 'fatal',
};

export const FAULTS = raceUnder('faults', 'the race with a carrier that makes every kind of error', TROUBLED);

const DATABASE_DIES: Stress = {
  ...USUAL,
  faultsOf: () => [],
  databaseFails: true,
  meanwhile: async (system, rig) => {
    if (rig.restartDatabase === null) throw new Error('only an embedded database can be killed');
    await rig.restartDatabase();
    // Rows that were claimed when the database died are still claimed: nothing could be recorded meanwhile.
    system.claims.look();
  },
  // Every process logs many errors while the database is away.
  logLevel: 'fatal',
};

export const DATABASE: Scenario = {
  ...raceUnder('database', 'the race while the database is killed and started again', DATABASE_DIES),
  killsDatabase: true,
};

/** Longer than the carrier's retries, ms. */
const AWAY_MS = 9000;

/** Ages the texts of the carrier's list by ten minutes, twice as long as a confirmation may wait. */
const AGED: SourcePatch = {
  in: 'importMissingSms',
  find: 'importListedSms(context, inboundSms, listed)',
  replace:
    'importListedSms(context, { ...inboundSms, receivedAt: new Date(inboundSms.receivedAt.getTime() - 600_000) }, listed)',
};

export const WEB_DOWN = raceUnder(
  'web-down',
  'the race while no web process runs for ten minutes (by the timestamps of the texts), so that the carrier gives up',
  {
    ...USUAL,
    faultsOf: () => [],
    meanwhile: async ({ fleet }) => {
      for (const web of ['web-1', 'web-2'] as const) fleet.away(web, AWAY_MS);
    },
  },
  [AGED],
);

/** Suspends the account at the carrier for a while (20005), which stops every sender, and then resumes each sender. */
async function suspendAccount(system: RaceSystem): Promise<void> {
  await order(system.carrier, 'PUT', '/sim/account', { suspendAccount: true });
  await pause(SUSPENDED_MS);
  await order(system.carrier, 'PUT', '/sim/account', { suspendAccount: false });
  let sound = 0;
  for (let looks = 0; sound < SOUND_LOOKS && looks < MOST_LOOKS; looks += 1) {
    await pause(LOOK_MS);
    const stopped = await stoppedOf(system);
    sound = stopped.length === 0 ? sound + 1 : 0;
    for (const number of stopped) await resume(system, number, looks);
  }
}

async function stoppedOf({ store, rates }: RaceSystem): Promise<string[]> {
  const numbers = Object.keys(rates);
  const troubles = await Promise.all(numbers.map((number) => readSenderHealth(store, number)));
  return numbers.filter((_, at) => troubles[at]?.stopped !== null);
}

/** Resumes a sender at each web process in turn, because either may be dead. */
async function resume(system: RaceSystem, number: string, look: number): Promise<void> {
  const path = `/api/v1/senders/${encodeURIComponent(number)}/resume`;
  const web = system.webs[look % 2 === 0 ? 0 : 1];
  await order(web, 'POST', path, { reason: 'the account is paid' }, asKey(system)).catch(() => undefined);
}
