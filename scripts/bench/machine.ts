import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { MongoClient } from 'mongodb';

/** Clock ticks per second. Linux uses this value on every platform that Node runs on. */
const TICKS_PER_SECOND = 100;

/** User and system CPU time of a process with all its threads so far, ms; null if the system does not report it. */
export function cpuMs(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
  } catch {
    return null;
  }
}

export type Machine = { line: string; mongodPid: number };

/** Describes the machine on which the figures were measured. */
export async function machineOf(uri: string): Promise<Machine> {
  const client = await new MongoClient(uri).connect();
  try {
    const status = await client.db('admin').command({ serverStatus: 1 });
    const model = cpus()[0]?.model ?? 'unknown CPU';
    const line = `${cpus().length} cores (${model}), Node ${process.versions.node}, mongod ${status.version}, one-node replica set, load before ${loadavg()[0]?.toFixed(1)}`;
    return { line, mongodPid: Number(status.pid) };
  } finally {
    await client.close();
  }
}
