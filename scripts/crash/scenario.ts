import type { Children } from '../rig/children.ts';
import type { DatabaseRig } from '../rig/database.ts';
import type { InstrumentedBuild } from './instrument/build.ts';
import type { SourcePatch } from './instrument/source-patches.ts';

/** How much of a scenario to run. */
export type ScenarioSize = {
  /** Kills at least; the scenario says how many one of its steps makes. */
  kills: number;
  /** Opt-outs at least. */
  stops: number;
  /** Messages at the carrier at least. */
  sends: number;
  /** Kills of the web process (`web-kills`). */
  runs: number;
  /** Of one step of the race. */
  people: number;
  /** Rows planned for each of them. */
  rows: number;
  /** Of a hundred subscribers of the race, how many opt out, or write what may be an opt-out. */
  stopping: number;
  /** First step, from 1: the steps before it are left out. */
  from: number;
  /** The race ends after the step in which so many minutes have passed; 0: when it has all it was asked for. */
  minutes: number;
};

/** What a scenario is given: a database of its own, the gateway compiled with kill points, and a seed. */
export type ScenarioContext = {
  rig: DatabaseRig;
  children: Children;
  build: InstrumentedBuild;
  seed: number;
  size: ScenarioSize;
  /** File that holds the counts of a race between its parts. */
  tally: string | null;
  say: (line: string) => void;
};

/** What came of it. Every violation must be 0; the facts tell a row of zeros from a run in which nothing happened. */
export type Outcome = { facts: string[]; violations: Violation[] };

export type Violation = { name: string; words: string; count: number };

/** One way of putting the gateway under stress, and of counting what broke. */
export type Scenario = {
  name: string;
  /** One line for `--list`. */
  about: string;
  /** Nodes of the replica set it needs; 1: whatever there is. */
  nodes: number;
  /** It kills the database, and so needs one of its own. */
  killsDatabase?: boolean;
  /** People where the command line says no number; absent: as many as the race has. */
  people?: number;
  /** Patches that only this scenario needs. */
  patches?: readonly SourcePatch[];
  run: (stage: ScenarioContext) => Promise<Outcome>;
};

export const total = ({ violations }: Outcome): number =>
  violations.reduce((sum, violation) => sum + violation.count, 0);
