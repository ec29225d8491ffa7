import { openSync, writeSync } from 'node:fs';

/** What the supervisor tells a process: at the n-th passing of a point, end or freeze at once. */
export type Trap = { kind: 'trap'; point: string; nth: number; act: 'kill' | 'stop' };

/** Told before a process freezes at a point; the signal follows in the same tick. `delivery`: where one is at hand. */
export type Sprung = { kind: 'sprung'; point: string; delivery: string | null };

/** A hand-over slower than this between its check and its write was frozen there, ns. */
const FROZEN_NS = 100_000_000n;

let trap: Trap | null = null;

process.on('message', (message: Trap | { kind: 'no-trap' }) => {
  if (message.kind === 'trap') trap = message;
  if (message.kind === 'no-trap') trap = null;
});
// The supervisor's channel keeps nobody alive.
process.channel?.unref();

/** Passes a named point. Synchronous: whatever the process was about to do next has not begun. */
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

/** The only argument, which the gateway itself takes no notice of. */
const file = process.argv[2];
const stamps = file === undefined ? null : openSync(file, 'a');

const note = (line: string): void => {
  if (stamps !== null) writeSync(stamps, `${line}\n`);
};

/** Notes that a round begins: from now on this process may raise flags under that name. */
function owns(owner: string): void {
  note(`owns ${owner} ${process.hrtime.bigint()} ${process.pid}`);
}

/**
 * Notes that a hand-over begins: its check has just passed, its bytes are written before this tick ends. One line:
 * door, delivery.epoch, sender, when it was checked, when its bytes were out (ns of the machine's monotonic clock),
 * whether it was frozen between, and the process.
 */
function begun(door: 'rest' | 'twiml', delivery: string, epoch: number, sender: string): void {
  const checked = process.hrtime.bigint();
  point('after-check', delivery);
  queueMicrotask(() => {
    const written = process.hrtime.bigint();
    const frozen = written - checked > FROZEN_NS ? 'frozen' : '-';
    note(`${door} ${delivery}.${epoch} ${sender} ${checked} ${written} ${frozen} ${process.pid}`);
    point('after-write', delivery);
  });
}

/**
 * Notes that a hand-over is over: a create call answered, or broken off so that nothing of it is on its way out any more;
 * an answer in TwiML written whole, to a connection that the carrier itself had opened.
 */
function ended(delivery: string, epoch: number): void {
  note(`ended ${delivery}.${epoch} ${process.hrtime.bigint()}`);
}

/** Notes a text whose answer is silence because it lies in the spool. */
function spooled(sid: string): void {
  note(`spooled ${sid}`);
}

/** Notes an answer in TwiML that is silence, for its deadline has passed. */
function silent(delivery: string): void {
  note(`silent ${delivery}`);
}

Object.assign(globalThis, {
  crashPoint: point,
  crashOwns: owns,
  crashBegun: begun,
  crashEnded: ended,
  crashSpooled: spooled,
  crashSilent: silent,
});
