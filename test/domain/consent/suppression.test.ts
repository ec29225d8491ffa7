import { expect } from 'chai';
import {
  readScope,
  type Scope,
  type ScopeParts,
  scopesOver,
} from '../../../src/domain/consent/suppression.ts';

describe('scope of a suppression', () => {
  const table: [Scope, ScopeParts][] = [
    ['all', { kind: 'all' }],
    ['program:deals', { kind: 'program', program: 'deals' }],
    ['topic:deals/news', { kind: 'topic', program: 'deals', topic: 'news' }],
    ['sender:28555', { kind: 'sender', sender: '28555' }],
    ['sender:+15550100199', { kind: 'sender', sender: '+15550100199' }],
    ['service:MG0123', { kind: 'service', service: 'MG0123' }],
  ];
  for (const [scope, parts] of table) {
    it(`is parsed: ${scope}`, () => {
      expect(readScope(scope)).to.deep.equal(parts);
    });
  }

  it('is parsed into the parts it was made of', () => {
    const target = { program: 'deals', topic: 'news', sender: '28555', service: 'MG0123' };
    const parts = scopesOver(target).map(readScope);
    expect(parts.map(({ kind }) => kind)).to.have.members(['all', 'program', 'topic', 'sender', 'service']);
    expect(Object.assign({}, ...parts)).to.include(target);
  });

  it('is refused when its kind is unknown', () => {
    expect(() => readScope('list:deals' as Scope)).to.throw(TypeError, '"list:deals" is no scope');
  });
});
