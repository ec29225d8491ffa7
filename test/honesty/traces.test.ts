import { expect } from 'chai';
import { readSources } from './tree.ts';

/** Put together from parts, so that this file does not hold what it looks for. */
const TRACES = [
  {
    what: 'a path of one machine',
    pattern: new RegExp(`(?<![\\w.}-])/(${['work', 'root', 'Users', 'home'].join('|')})/\\w`),
  },
  {
    what: 'a registry',
    pattern: new RegExp([`registry\\.${'npmjs'}`, `pypi\\.${'org'}`, `files\\.${'pythonhosted'}`].join('|')),
  },
  { what: 'where a locked package came from', pattern: new RegExp(`"${'resolved'}": "http`) },
];

function traces(text: string): string[] {
  return TRACES.filter(({ pattern }) => pattern.test(text)).map(({ what }) => what);
}

describe('files of the project', () => {
  it('are free of traces of the machine they were written on', () => {
    const sources = readSources(/./);
    expect(sources).not.to.deep.equal([]);
    for (const { path, text } of sources) {
      expect(traces(text), path).to.deep.equal([]);
    }
  });

  it('are searched for such traces', () => {
    expect(traces(`see /${'work'}/main/README.md`)).to.deep.equal(['a path of one machine']);
    expect(traces(`https://registry.${'npmjs'}.org`)).to.deep.equal(['a registry']);
    expect(traces(`"${'resolved'}": "https://example.com/a.tgz"`)).to.deep.equal([
      'where a locked package came from',
    ]);
    expect(traces('src/work/a.ts and ./home/b and https://example.com/home/c')).to.deep.equal([]);
  });
});
