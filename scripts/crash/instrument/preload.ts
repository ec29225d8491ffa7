import { openSync, writeSync } from 'node:fs';

/** An order of the supervisor to a process: to die or freeze when it passes a point for the n-th time. */
export type Trap = { kind: 'trap'; point: string; nth: number; act: 'kill' | 'stop' };

/** A report of a process before it freezes at a point. The signal follows in the same tick. `delivery`: the current row. */
export type Sprung = { kind: 'sprung'; point: string; delivery: string | null };

/** A process that takes longer than this between check and write was frozen there, ns. */
const FROZEN_NS = 100_000_000n;

let trap: Trap | null = null;

process.on('message', (message: Trap | { kind: 'no-trap' }) => {
  if (message.kind === 'trap') trap = message;
  if (message.kind === 'no-trap') trap = null;
});
// The channel to the supervisor must not keep an idle process alive.
process.channel?.unref();

/** Passes a named point. It is synchronous, so that the process has not begun what comes next. */
function point(name: string, delivery: string | null = null): void {
  if (trap === null || trap.point !== name) return;
  trap.nth -= 1;
  if (trap.nth > 0) return;
  const { act } = trap;
  trap = null;
  if (act === 'kill') process.kill(process.pid, 'SIGKILL');
  note(`froze ${process.pid} ${process.hrtime.bigint()}`);
  process.send?.({ kind: 'sprung', point: name, delivery } satisfies Sprung);
  process.kill(process.pid, 'SIGSTOP');
}

/** The file for the stamps is the only argument. The gateway ignores it. */
const file = process.argv[2];
const stamps = file === undefined ? null : openSync(file, 'a');

const note = (line: string): void => {
  if (stamps !== null) writeSync(stamps, `${line}\n`);
};

/** Notes that a batch begins. From now on this process may make claims as this owner. */
function owns(owner: string): void {
  note(`owns ${owner} ${process.hrtime.bigint()} ${process.pid}`);
}

/**
 * Notes that a hand-over begins: its check has just passed, and its bytes are written before this tick ends. The line
 * holds delivery.epoch, the sender, the times of the check and of the write (ns of the machine's monotonic
 * clock), whether the process was frozen between them, and the process.
 */
function begun(delivery: string, epoch: number, sender: string): void {
  const checked = process.hrtime.bigint();
  point('after-check', delivery);
  queueMicrotask(() => {
    const written = process.hrtime.bigint();
    const frozen = written - checked > FROZEN_NS ? 'frozen' : '-';
    note(`begun ${delivery}.${epoch} ${sender} ${checked} ${written} ${frozen} ${process.pid}`);
    point('after-write', delivery);
  });
}

/**
 * Notes that a hand-over is over: its create call was answered, or was broken off and none of its bytes can leave any more.
 */
function ended(delivery: string, epoch: number): void {
  note(`ended ${delivery}.${epoch} ${process.hrtime.bigint()}`);
}

/** Notes a text that lies in the spool while it is answered. */
function spooled(sid: string): void {
  note(`spooled ${sid}`);
}

globalThis.crashPoint = point;
globalThis.crashOwns = owns;
globalThis.crashBegun = begun;
globalThis.crashEnded = ended;
globalThis.crashSpooled = spooled;
