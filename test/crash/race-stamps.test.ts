import { expect } from 'chai';
import { stampsIn } from '../../scripts/crash/race/evidence/stamps.ts';

const LINES = `begun one.1 28555 10 11 - 71
begun two.1 28555 12 13 frozen 72
begun three.2 28555 14 15 - 71
ended one.1 20
spooled SM1
owns early 19 71
owns late 31 71
owns other 19 72
died 71 30
froze 72 10000000020
`;

describe('stamps of the processes', () => {
  const { begun, spooled, struck } = stampsIn(LINES);
  const of = (name: string) => begun.find((attempt) => attempt.delivery === name);

  it('tell when each hand-over was checked and written, and whether its process was frozen between', () => {
    expect(of('one')).to.include({ epoch: 1, checked: 10n, written: 11n, frozen: false });
    expect(of('two')).to.include({ frozen: true });
    expect(of('three')).to.include({ epoch: 2 });
    expect([...spooled]).to.deep.equal(['SM1']);
  });

  it('tell whose claims stood when their process died or froze', () => {
    expect([...struck]).to.deep.equal(['early']);
  });

  it('tell whose process died or froze soon after its check', () => {
    expect(['one', 'two', 'three'].map((name) => of(name)?.struck)).to.deep.equal([true, false, true]);
  });

  it('tell when each hand-over was over: by its own stamp, by the death of its process, or never', () => {
    expect(['one', 'two', 'three'].map((name) => of(name)?.ended)).to.deep.equal([20n, null, 30n]);
  });
});
