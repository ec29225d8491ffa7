import type { ChildProcess } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import type { Children } from '../../rig/children.ts';
import type { InstrumentedBuild } from '../instrument/build.ts';
import type { Sprung, Trap } from '../instrument/preload.ts';
import type { ProcessName } from './faults.ts';

/** The gateway's processes. A supervisor starts each again when it dies. */
export type Fleet = {
  /** The number of deaths by a signal, and of freezes. */
  deaths: () => number;
  freezes: () => number;
  /** Processes that ended by themselves after they had started to work. */
  ended: () => number;
  kill: (name: ProcessName) => void;
  /** Freezes a process at any place in its code. */
  stopAnywhere: (name: ProcessName) => void;
  goOn: (name: ProcessName) => void;
  /** Kills a process and starts it again after `ms`. */
  away: (name: ProcessName, ms: number) => void;
  arm: (name: ProcessName, trap: Order) => void;
  /** Waits for the next death of a process, or its next freeze at a point. */
  once: (name: ProcessName, event: Event, listener: (delivery: string | null) => void) => () => void;
  /** Ends all processes and restarts none. */
  stop: () => Promise<void>;
};

export type FleetOptions = {
  names: readonly ProcessName[];
  children: Children;
  build: InstrumentedBuild;
  environmentOf: (name: ProcessName) => NodeJS.ProcessEnv;
  /** File for the stamps of each process. */
  stamps: string | null;
  /** Called when a process has died or was frozen. */
  onTrouble: () => void;
  say: (line: string) => void;
};

/** Delay before a dead process is started again, ms. */
const RESTART_MS = 200;

/** A process that ends sooner may have found no database, and is right to end, ms. */
const STARTING_MS = 8000;

type Order = Trap | { kind: 'no-trap' };
type Event = 'died' | 'sprung';
type Listener = { name: ProcessName; event: Event; listener: (delivery: string | null) => void };

/** Listeners for events of a process. Each is called once. */
function createListeners() {
  const listeners = new Set<Listener>();
  return {
    add: (listener: Listener): (() => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    tell: (name: ProcessName, event: Event, delivery: string | null): void => {
      for (const listener of [...listeners]) {
        if (listener.name !== name || listener.event !== event) continue;
        listeners.delete(listener);
        listener.listener(delivery);
      }
    },
  };
}

type Stamp = (what: 'died' | 'froze', pid: number | undefined) => void;

/** Writes deaths and freezes of a process to the stamps. */
const stampTo =
  (file: string | null): Stamp =>
  (what, pid) => {
    if (file !== null) appendFileSync(file, `${what} ${pid} ${process.hrtime.bigint()}\n`);
  };

function startOne({ children, build, environmentOf, stamps }: FleetOptions, name: ProcessName): ChildProcess {
  const args = stamps === null ? [] : [stamps];
  const execArgv = ['--import', build.preload];
  const child = children.start(build.main, { args, env: environmentOf(name), execArgv });
  child.once('exit', () => stampTo(stamps)('died', child.pid));
  return child;
}

type Inside = {
  alive: ReadonlyMap<ProcessName, ChildProcess>;
  waiting: Map<ProcessName, Order[]>;
  rests: Map<ProcessName, number>;
  tell: (name: ProcessName, event: Event) => void;
  stamp: Stamp;
};

function signalsTo({ alive, waiting, rests, tell, stamp }: Inside) {
  const signal = (name: ProcessName, signal: NodeJS.Signals): boolean =>
    alive.get(name)?.kill(signal) ?? false;
  return {
    kill: (name: ProcessName) => void signal(name, 'SIGKILL'),
    stopAnywhere: (name: ProcessName) => {
      if (!signal(name, 'SIGSTOP')) return;
      stamp('froze', alive.get(name)?.pid);
      tell(name, 'sprung');
    },
    goOn: (name: ProcessName) => void signal(name, 'SIGCONT'),
    away: (name: ProcessName, ms: number) => {
      rests.set(name, ms);
      signal(name, 'SIGKILL');
    },
    arm: (name: ProcessName, order: Order) => {
      const child = alive.get(name);
      if (child?.connected) child.send(order, () => undefined);
      else waiting.set(name, [order]);
    },
  };
}

export function startFleet(options: FleetOptions): Fleet {
  const { children, say } = options;
  const alive = new Map<ProcessName, ChildProcess>();
  /** Traps for processes that are just starting again. */
  const waiting = new Map<ProcessName, Order[]>();
  const listeners = createListeners();
  const counts = { died: 0, sprung: 0, ended: 0 };
  const rests = new Map<ProcessName, number>();
  let stopping = false;
  const over = (): boolean => stopping || children.ended();
  const tell = (name: ProcessName, event: Event, delivery: string | null = null): void => {
    if (event === 'sprung') counts.sprung += 1;
    options.onTrouble();
    listeners.tell(name, event, delivery);
  };
  const start = (name: ProcessName): void => {
    if (over()) return;
    const child = startOne(options, name);
    const began = performance.now();
    alive.set(name, child);
    for (const order of waiting.get(name) ?? []) child.send(order, () => undefined);
    waiting.delete(name);
    child.on('message', ({ kind, delivery }: Sprung) => {
      if (kind === 'sprung') tell(name, 'sprung', delivery);
    });
    child.once('exit', (code, signal) => {
      if (over()) return;
      const bySignal = signal === 'SIGKILL';
      if (bySignal) counts.died += 1;
      else if (performance.now() - began > STARTING_MS) counts.ended += 1;
      if (!bySignal) say(`  ${name} ended by itself with ${code ?? signal}`);
      tell(name, 'died');
      setTimeout(() => start(name), rests.get(name) ?? RESTART_MS);
      rests.delete(name);
    });
  };
  for (const name of options.names) start(name);
  return {
    deaths: () => counts.died,
    freezes: () => counts.sprung,
    ended: () => counts.ended,
    ...signalsTo({ alive, waiting, rests, tell, stamp: stampTo(options.stamps) }),
    once: (name, event, listener) => listeners.add({ name, event, listener }),
    stop: async () => {
      stopping = true;
      await Promise.all([...alive.values()].map((child) => children.end(child, 'SIGKILL')));
    },
  };
}
