import { expect } from 'chai';
import { TROUBLED } from '../../scripts/crash/race/variants/variants.ts';
import { type Behaviour, behaviourList } from '../../src/simulator/behaviours.ts';

const RULES = behaviourList.parse(TROUBLED.behaviours);

const kindsOn = (on: Behaviour['on']): string[] => [
  ...new Set(RULES.filter((rule) => rule.on === on).map(({ effect }) => effect.kind)),
];

describe('carrier with every trouble', () => {
  it('fails, hangs and is slow where it is read', () => {
    expect(kindsOn('read')).to.have.members(['http429', 'http5xx', 'hang', 'delay']);
  });

  it('loses, delays and reorders texts, and posts some twice', () => {
    expect(kindsOn('inbound')).to.have.members(['lose', 'delay', 'reorder', 'duplicate']);
  });

  it('refuses messages for each reason that the gateway treats differently', () => {
    const codes = RULES.flatMap(({ on, effect }) =>
      on === 'create' && effect.kind === 'errorSync' ? effect.code : [],
    );
    expect(codes).to.have.members([21610, 21611, 21211]);
  });
});
