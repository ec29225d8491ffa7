import { expect } from 'chai';
import { standardOutput } from '../../src/running/log.ts';

const failure = (code: string): Error => Object.assign(new Error(code), { code });

describe('standard output whose reader does not keep up', () => {
  /** Takes so many bytes of each write, or fails as it is told to; what it took. */
  const disk = () => {
    let taken = '';
    let next: (number | string)[] = [];
    let asked = 0;
    const out = standardOutput((bytes) => {
      asked += 1;
      const says = next.shift() ?? bytes.length;
      if (typeof says === 'string') throw failure(says);
      taken += Buffer.from(bytes.subarray(0, says)).toString();
      return Math.min(says, bytes.length);
    });
    const say = (line: string, ...answers: (number | string)[]): number => {
      next = answers;
      asked = 0;
      out.write(line);
      return asked;
    };
    return { say, taken: () => taken };
  };

  it('drops a line, and writes the next one that fits', () => {
    const { say, taken } = disk();
    for (const code of ['ENOSPC', 'EPIPE', 'EIO']) expect(say('lost\n', code)).to.equal(1);
    say('next\n');
    expect(taken()).to.equal('next\n');
  });

  it('ends a line that was written in part before it begins another', () => {
    const { say, taken } = disk();
    say('one\n', 2, 'ENOSPC');
    say('lost\n', 'ENOSPC');
    expect(taken()).to.equal('on');
    say('two\n');
    expect(taken()).to.equal('one\ntwo\n');
  });

  it('waits for a slow reader, but not for ever, and not again before it wrote a line', () => {
    const { say, taken } = disk();
    const behind = Array.from({ length: 100 }, () => 'EAGAIN');
    say('one\n', 'EAGAIN', 1, 'EAGAIN');
    expect(taken()).to.equal('one\n');
    expect(say('lost\n', ...behind)).to.equal(10);
    expect(say('lost\n', ...behind)).to.equal(1);
    say('two\n');
    expect(say('lost\n', ...behind)).to.equal(10);
    expect(taken()).to.equal('one\ntwo\n');
  });
});
