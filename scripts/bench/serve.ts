import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { NODE_FLAGS, ROOT } from '../../src/config.ts';
import { DATABASE } from '../../src/store/store.ts';
import { answers, type Children, messageOf } from '../rig/children.ts';
import { emptyDatabase } from '../rig/database.ts';
import { SENDERS } from '../seed/programs.ts';
import { seed } from '../seed/seed.ts';
import {
  type AcceptedMessage,
  acceptRows,
  askPeople,
  inventRows,
  receiptsFolded,
  textsReplied,
} from './inbound/accepted-rows.ts';
import type { RequestKind } from './inbound/texts.ts';

export type Served = { kind: 'served' };

/** A server to measure: how to start it on a fresh database, and what it must answer. */
export type Subject = {
  name: 'floor' | 'gateway';
  start: (children: Children, env: NodeJS.ProcessEnv, profileDir: string | null) => Promise<ChildProcess>;
  expects: Record<RequestKind, string>;
  /** Makes messages that the carrier accepted, for receipts to be about. */
  atCarrier: (env: NodeJS.ProcessEnv, count: number) => Promise<AcceptedMessage[]>;
  /** Makes people who were asked to confirm. */
  ask: (env: NodeJS.ProcessEnv, count: number) => Promise<void>;
  /** The number of receipts applied to their rows by now; null if there are no rows. */
  folded: (env: NodeJS.ProcessEnv) => Promise<number | null>;
  /** The number of texts with a planned reply, and of consents; null if the server has neither. */
  replied: (env: NodeJS.ProcessEnv) => Promise<{ replied: number; consents: number } | null>;
};

const START_MS = 30_000;

export const TO = SENDERS.shop.number;

/** Part of the answer to every text. The reply to the text is sent as a separate message. */
export const SILENCE = '<Response/>';

export const FLOOR: Subject = {
  name: 'floor',
  start: async (children, env, profileDir) => {
    const file = join(ROOT, 'scripts', 'bench', 'inbound', 'floor.ts');
    // The floor runs with the Node flags of the gateway.
    const execArgv = [...NODE_FLAGS.web, ...profiling(profileDir), '--import', 'tsx'];
    const child = children.start(file, { env, execArgv });
    await messageOf<Served>(child, 'served');
    return child;
  },
  expects: { join: SILENCE, yes: SILENCE, code: SILENCE, stop: SILENCE, receipt: '' },
  atCarrier: async (_env, count) => inventRows(count),
  ask: async () => undefined,
  folded: async () => null,
  replied: async () => null,
};

/** The real web process, as `npm run build` builds it. */
export const GATEWAY: Subject = {
  name: 'gateway',
  start: async (children, env, profileDir) => {
    const uri = env.MONGODB_URI ?? '';
    await emptyDatabase(uri);
    await seed(uri, DATABASE);
    const file = join(ROOT, 'dist', 'src', 'main.js');
    const child = children.start(file, {
      env: { ...env, ROLE: 'web' },
      execArgv: [...NODE_FLAGS.web, ...profiling(profileDir)],
    });
    await answers(`${env.PUBLIC_URL}/readyz`, START_MS);
    return child;
  },
  expects: { join: SILENCE, yes: SILENCE, code: SILENCE, stop: SILENCE, receipt: '' },
  atCarrier: acceptRows,
  ask: askPeople,
  folded: receiptsFolded,
  replied: textsReplied,
};

const profiling = (dir: string | null): string[] =>
  dir === null ? [] : ['--cpu-prof', '--cpu-prof-dir', dir];
