import { mkdir, statfs } from 'node:fs/promises';
import type { AppContext } from '../../consent/app-context.ts';
import { faultsAmong } from '../../consent/ledger/verify-ledger.ts';
import { type Diagnosis, good, stop, wait } from '../../domain/examination.ts';
import { areWebhooksRight, compareWebhooks } from '../../domain/webhook-settings.ts';
import { isAnswersOnly } from '../../sending/answers-only.ts';
import type { AccountState } from '../../sending/twilio/carrier-account.ts';
import { diagnoseProbe } from '../../sending/twilio/webhook-diagnosis.ts';
import { databaseTime } from '../../store/connection.ts';
import { oldestDue } from '../../store/deliveries/queue.ts';
import { readJobs } from '../../store/jobs.ts';
import { openByRing, sealByRing } from '../../store/sealing/keys.ts';
import { stoppedSenders } from '../../store/senders/sender-state.ts';
import { checkWrite, readReplicaSet, sampleContacts } from '../../store/server-checks.ts';
import { retiredVersions } from '../../store/startup-checks.ts';
import { areAnswersLate } from '../health.ts';
import {
  diagnoseAccount,
  diagnoseAddresses,
  diagnoseClock,
  diagnoseSpool,
  diagnoseWorker,
  diagnoseZones,
  hasOpenMemory,
  numbers,
  repairedVersions,
} from './diagnoses.ts';
import type { DoctorCheck } from './doctor.ts';

type CheckContext = Pick<
  AppContext,
  'carrierAccount' | 'catalog' | 'indexOf' | 'ledgerKeys' | 'now' | 'publicUrl' | 'ring' | 'store'
>;

/** What the checks look at besides the context. */
type Surroundings = {
  /** The folder of the spool. */
  spoolDir: string;
  /** How many texts lie in the spool, and whether its disk takes more. */
  spool: { waiting: () => number; isWritable: () => Promise<boolean> };
  /** The machine's clock. */
  wall: () => Date;
  /** The release of the time-zone data, such as "2025b". */
  zoneData: string | undefined;
};

const SECONDS = 1000;

/** All questions of the doctor, in the order in which an operator answers them. */
export const doctorChecks = (context: CheckContext, around: Surroundings): DoctorCheck[] => [
  ...carrierChecks(context),
  ...ownChecks(context, around),
];

const check = (name: string, question: string, seconds: number, run: DoctorCheck['run']): DoctorCheck => ({
  name,
  question,
  limitMs: seconds * SECONDS,
  run,
});

const carrierChecks = (context: CheckContext): DoctorCheck[] => [
  check('webhook', 'Do signed texts reach the gateway through PUBLIC_URL unchanged?', 16, () =>
    checkWebhook(context),
  ),
  check('carrier', 'Does the carrier accept our credentials?', 8, async () =>
    diagnoseAccount((await context.carrierAccount?.state()) ?? NO_ACCOUNT),
  ),
  check(
    'addresses',
    'Does the carrier post the texts of each number here, with retries and a fallback?',
    12,
    () => checkAddresses(context),
  ),
];

const ownChecks = (context: CheckContext, around: Surroundings): DoctorCheck[] => [
  check('database', 'Is the database a replica set that confirms writes by a majority?', 8, () =>
    checkDatabase(context),
  ),
  check('clock', 'Do this machine, the database and the carrier agree about the time?', 8, () =>
    checkClock(context, around),
  ),
  check('spool', 'Is there room on disk for texts that come while the database is down?', 5, () =>
    checkSpool(around),
  ),
  check('time zones', 'Does the time-zone data know the rules of this year?', 1, async () =>
    diagnoseZones(around.zoneData, context.now()),
  ),
  check('keys', 'Do the keys open what is stored, and do signatures of the ledger fit?', 10, () =>
    checkKeys(context),
  ),
  check('replies', 'Do people get their answers in time?', 8, () => checkReplies(context)),
  check('worker', 'Does a worker live, which sends and runs the jobs?', 5, () => checkWorker(context)),
];

const NO_ACCOUNT: AccountState = { status: null, standing: null, clock: null };

/** The carrier gives up after 15 s. */
const PROBE_MS = 15 * SECONDS;

async function checkWebhook({ carrierAccount }: CheckContext): Promise<Diagnosis> {
  if (carrierAccount === null) return NOT_CONNECTED;
  return diagnoseProbe(await carrierAccount.probe(PROBE_MS));
}

const NOT_CONNECTED = stop('This process has no account at the carrier.', 'Set TWILIO_ACCOUNT_SID.');

async function checkAddresses(context: CheckContext): Promise<Diagnosis> {
  const { carrierAccount, catalog, publicUrl } = context;
  if (carrierAccount === null) return NOT_CONNECTED;
  const { senders } = catalog.current().book;
  if (senders.length === 0) return wait('There is no number yet.', 'Save one: PUT /api/v1/senders/{number}.');
  const counts = { wrong: 0, unknown: 0 };
  for (const sender of senders) {
    const settings = await carrierAccount.readWebhooks(sender);
    if (settings === null) counts.unknown += 1;
    else if (!areWebhooksRight(compareWebhooks(settings, publicUrl))) counts.wrong += 1;
  }
  return diagnoseAddresses({ all: senders.length, ...counts });
}

/** An operator should look at a database that needs longer for one write, ms. */
const SLOW_WRITE_MS = 500;
const LAG_SECONDS = 10;

async function checkDatabase({ store, now }: CheckContext): Promise<Diagnosis> {
  const [{ version, hasZlib, setName, members, lagSeconds }, ms] = await Promise.all([
    readReplicaSet(store),
    checkWrite(store, now()),
  ]);
  const what = `MongoDB ${version}, ${setName === null ? 'a sharded cluster' : `replica set of ${members ?? 'unknown size'}`}`;
  if (hasOpenMemory({ version, hasZlib }))
    return wait(
      `${what}. Whoever reaches it can read its memory without a password (CVE-2025-14847).`,
      `Update it to ${repairedVersions} or newer. Until then start it with --networkMessageCompressors disabled.`,
    );
  if (ms > SLOW_WRITE_MS)
    return wait(
      `${what}. A write that a majority confirms took ${ms} ms.`,
      'Look at the load and the disks of the database.',
    );
  if (lagSeconds !== null && lagSeconds > LAG_SECONDS)
    return wait(
      `${what}. The slowest member is ${Math.round(lagSeconds)} s behind.`,
      'Look at that member: if the others fail, writes wait for it.',
    );
  const lag = lagSeconds === null ? '' : ', all members up to date';
  return good(`${what}; a majority confirmed a write in ${ms} ms${lag}.`);
}

async function checkClock(
  { store, carrierAccount }: CheckContext,
  { wall }: Surroundings,
): Promise<Diagnosis> {
  const began = wall();
  const [database, state] = await Promise.all([
    databaseTime(store),
    carrierAccount?.state() ?? Promise.resolve(NO_ACCOUNT),
  ]);
  const here = new Date((began.getTime() + wall().getTime()) / 2);
  return diagnoseClock({ here, database, carrier: state.clock });
}

const MEGABYTE = 1024 * 1024;
async function checkSpool({ spool, spoolDir }: Surroundings): Promise<Diagnosis> {
  await mkdir(spoolDir, { recursive: true });
  const { bavail, bsize } = await statfs(spoolDir);
  const free = Math.floor((bavail * bsize) / MEGABYTE);
  return diagnoseSpool({ free, waiting: spool.waiting(), isWritable: await spool.isWritable() });
}

/** Contacts that are opened, and whose chains are followed. */
const SAMPLE = 10;

async function checkKeys({ store, ring, ledgerKeys, indexOf }: CheckContext): Promise<Diagnosis> {
  const sealed = sealByRing(ring, 'doctor', 'sample');
  if (openByRing(ring, 'doctor', sealed).toString('utf8') !== 'sample')
    return stop(
      'KEYRING does not open what it sealed.',
      'Start again; if it stays, check the memory of the machine.',
    );
  const people = await sampleContacts(store, SAMPLE);
  const retired = await retiredVersions(store);
  const { wrong, entries } = await faultsAmong(
    { store, ring, ledgerKeys, retired, unchecked: null, indexOf },
    people,
  );
  if (wrong.length > 0)
    return stop(
      `The chains of ${wrong.length} of ${people.length} sampled people have a fault.`,
      'Run npm run verify-ledger, which names each fault, and read docs/operations/ledger.md.',
    );
  const locked = people.filter(
    ({ keys }) => keys.evidence !== null && !ring.keys.has(keys.evidence.by),
  ).length;
  if (locked > 0)
    return stop(
      `KEYRING lacks the keys of ${locked} of ${people.length} sampled people.`,
      'Add the missing key at the end of KEYRING (docs/operations/keys.md).',
    );
  if (people.length === 0) return good('The key ring opens what it seals. Nobody is stored yet.');
  return good(
    `${people.length === 1 ? '1 person' : `${people.length} people`} opened, found by blind index; the signatures of ${entries === 1 ? '1 entry' : `${entries} entries`} fit.`,
  );
}

async function checkReplies({ store, catalog, now }: CheckContext): Promise<Diagnosis> {
  const stopped = await stoppedSenders(store);
  const own = catalog.current().book.senders.map(({ number }) => number);
  const { answers } = await oldestDue(
    store,
    own.filter((number) => !stopped.includes(number)),
    now(),
  );
  const isOurs = own.filter((number) => stopped.includes(number)).length;
  if (areAnswersLate(answers, now()))
    return stop(
      `The oldest answer to a person has waited since ${answers?.toISOString()}.`,
      'Start a worker, or more of them; then look at the log for what the carrier answers.',
    );
  if (isOurs > 0)
    return stop(
      `${numbers(isOurs)} of ours ${isOurs === 1 ? 'is' : 'are'} stopped and ${isOurs === 1 ? 'sends' : 'send'} nothing, answers included.`,
      'Open Numbers: each says what stopped it and what to do.',
    );
  return good(answers === null ? 'No answer waits.' : 'The oldest answer waits for less than 30 s.');
}

async function checkWorker(context: CheckContext): Promise<Diagnosis> {
  const { store, now } = context;
  const states = [...(await readJobs(store)).values()];
  const started = states.flatMap(({ startedAt }) => startedAt ?? []).map((at) => at.getTime());
  return diagnoseWorker(
    started.length === 0 ? null : new Date(Math.max(...started)),
    now(),
    await isAnswersOnly(context),
  );
}
