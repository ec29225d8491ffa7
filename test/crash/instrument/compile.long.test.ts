import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { copyGateway, type GatewayCopy } from '../../../scripts/crash/instrument/build.ts';
import type { PlantedBug } from '../../../scripts/crash/instrument/planted-bug.ts';
import { PLANTED_BUGS } from '../../../scripts/crash/instrument/planted-bugs.ts';
import type { SourcePatch } from '../../../scripts/crash/instrument/source-patches.ts';
import { SCENARIOS } from '../../../scripts/crash/run.ts';

const SCENARIO_PATCHES = SCENARIOS.flatMap(({ patches = [] }) => patches);

const namesIn = (patches: readonly SourcePatch[]): string[] =>
  patches.map((patch) => ('in' in patch ? patch.in : patch.constant));

const isIn =
  (names: readonly string[]) =>
  (name: string): boolean =>
    names.includes(name);

/** Bugs that change no declaration in common share a group, and one run of the compiler. */
function grouped(bugs: readonly PlantedBug[]): PlantedBug[][] {
  const groups: PlantedBug[][] = [];
  for (const bug of bugs) {
    const names = namesIn(bug.patches);
    const free = groups.find((group) => !namesIn(group.flatMap(({ patches }) => patches)).some(isIn(names)));
    if (free === undefined) groups.push([bug]);
    else free.push(bug);
  }
  return groups;
}

describe('instrumented gateway', function () {
  this.timeout(300_000);
  let folder = '';
  let copy: GatewayCopy;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assent-instrumented-'));
    copy = await copyGateway(join(folder, 'gateway'));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  for (const bugs of grouped(PLANTED_BUGS)) {
    it(`passes the type check with these bugs: ${bugs.map((bug) => bug.name).join(', ')}`, () =>
      copy.compile([...SCENARIO_PATCHES, ...bugs.flatMap((bug) => bug.patches)]));
  }

  it("is refused with the compiler's message when a patch does not fit the types", async () => {
    const wrong = {
      in: 'handleReceiptPost',
      find: 'await record(receipt)',
      replace: 'await recorded(receipt)',
    };
    const refusal = await copy.compile([wrong]).then(
      () => 'it compiled',
      (error: Error) => error.message,
    );
    expect(refusal).to.match(
      /^the instrumented gateway does not compile:\nwebhooks\/twilio-webhooks\.ts\(\d+,\d+\): error TS\d+: Cannot find name 'recorded'/,
    );
  });
});
