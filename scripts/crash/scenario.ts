import type { Children } from '../rig/children.ts';
import type { DatabaseRig } from '../rig/database.ts';
import type { InstrumentedBuild } from './instrument/build.ts';
import type { SourcePatch } from './instrument/source-patches.ts';

/** The size of a run. */
export type ScenarioSize = {
  /** The least number of kills. The scenario decides how many one of its steps makes. */
  kills: number;
  /** The least number of opt-outs. */
  stops: number;
  /** The least number of messages at the carrier. */
  sends: number;
  /** Kills of the web process (`web-kills`). */
  runs: number;
  /** People in one step of the race. */
  people: number;
  /** Rows that are planned for each person. */
  rows: number;
  /** Subscribers of a hundred who opt out or write words that may be an opt-out. */
  stopping: number;
  /** First step, from 1. Earlier steps are left out. */
  from: number;
  /** The race ends after the step in which this many minutes have passed; 0 for no time limit. */
  minutes: number;
};

/** The means of a scenario: its own database, the gateway compiled with kill points, and a seed. */
export type ScenarioContext = {
  rig: DatabaseRig;
  children: Children;
  build: InstrumentedBuild;
  seed: number;
  size: ScenarioSize;
  /** File with the counts of a race between its parts. */
  tally: string | null;
  say: (line: string) => void;
};

/** The result of a scenario. Every violation must be 0. The facts show whether anything happened at all. */
export type Outcome = { facts: string[]; violations: Violation[] };

export type Violation = { name: string; words: string; count: number };

/** One way to put the gateway under stress and to count what broke. */
export type Scenario = {
  name: string;
  /** One line for `--list`. */
  about: string;
  /** Nodes of the replica set that the scenario needs; 1 for any database. */
  nodes: number;
  /** The scenario kills the database and needs one of its own. */
  killsDatabase?: boolean;
  /** The usual number of people; absent for that of the race. */
  people?: number;
  /** Patches that only this scenario needs. */
  patches?: readonly SourcePatch[];
  run: (stage: ScenarioContext) => Promise<Outcome>;
};

export const total = ({ violations }: Outcome): number =>
  violations.reduce((sum, violation) => sum + violation.count, 0);
