import { expect } from 'chai';
import {
  insertKillPoints,
  PLAN_POINTS,
  STAMPS,
  WEB_POINTS,
  WORKER_POINTS,
} from '../../../scripts/crash/instrument/kill-points.ts';
import { patchSources, readSources, type Sources } from '../../../scripts/crash/instrument/source-patches.ts';
import { ROOT } from '../../../src/config.ts';

describe('kill points', () => {
  let sources: Sources;
  before(async () => {
    sources = await readSources(ROOT);
  });

  const withComment = (comment: string): Sources => new Map([...sources, ['src/more.ts', `  ${comment}\n`]]);

  it('stand in the sources once each and become calls', () => {
    const stamped = patchSources(insertKillPoints(sources), STAMPS);
    const text = [...stamped.values()].join('\n');
    const passed = [...text.matchAll(/^ *globalThis\.crashPoint\('([\w-]+)'/gm)].map(([, point]) => point);
    expect(passed).to.have.length(new Set(passed).size);
    // The preload passes these two itself, before and after the write.
    expect([...passed, 'after-check', 'after-write']).to.include.members([
      ...WORKER_POINTS,
      ...WEB_POINTS,
      ...PLAN_POINTS,
    ]);
    expect(text).not.to.match(/\/\/ kill point/);
  });

  it('are the only trace of the harness in the sources', () => {
    const rest = [...sources.values()].join('\n').replaceAll(/^ +\/\/ kill point: [\w-]+$/gm, '');
    expect(rest).not.to.match(/kill[- ]?point|crash(Point|Owns|SendAttempt|Ended|Spooled|Silent)/i);
  });

  it('are refused when one is missing, stands twice, or has an unknown name', () => {
    const without = new Map(
      [...sources].map(([file, text]) => [file, text.replace('// kill point: before-commit', '')]),
    );
    expect(() => insertKillPoints(without)).to.throw(
      'the kill point before-commit stands 0 times in the sources, not 1 times',
    );
    expect(() => insertKillPoints(withComment('// kill point: before-commit'))).to.throw(
      'the kill point before-commit stands 2 times in the sources, not 1 times',
    );
    expect(() => insertKillPoints(withComment('// kill point: before-lunch'))).to.throw(
      'the kill point before-lunch stands 1 times in the sources, not 0 times',
    );
    // A stamp passes it, with the row at hand.
    expect(() => insertKillPoints(withComment('// kill point: before-write'))).to.throw('not 0 times');
  });
});
