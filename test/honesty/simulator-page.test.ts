import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { behaviourList, EFFECTS_AT } from '../../src/simulator/behaviours.ts';
import type { SimulatedCarrier } from '../../src/simulator/carrier.ts';
import { controlRoutes } from '../../src/simulator/control.ts';

const PAGE = readFileSync('docs/simulator.md', 'utf8');

describe('docs/simulator.md', () => {
  it('has every control once, and no other', () => {
    const controls = controlRoutes({} as SimulatedCarrier).map(({ method, path }) => {
      const shown = path.source.replace(/^\^|\$$/g, '').replaceAll('\\/', '/');
      return `${method} ${shown.replace('([^/]+)', '{number}')}`;
    });
    const told = [...PAGE.matchAll(/^\| `([A-Z]+ \/sim[^`]*)` +\|/gm)].map(([, control]) => control);
    expect(told.sort()).to.deep.equal(controls.sort());
  });

  it('lists which effects each kind of call can have', () => {
    for (const [on, kinds] of Object.entries(EFFECTS_AT))
      expect(PAGE.replace(/ +/g, ' ')).to.contain(
        `| \`${on}\` | ${kinds.map((kind) => `\`${kind}\``).join(', ')} |`,
      );
  });

  it('has rules that the simulator accepts, and a number of the demo', () => {
    const rules = [...PAGE.matchAll(/\/sim\/behaviours --json '(.+)'$/gm)].map(([, rule = '']) => rule);
    expect(rules).to.have.length(4);
    for (const rule of rules) expect(behaviourList.safeParse(JSON.parse(rule)).success, rule).to.equal(true);
    expect(PAGE).to.contain(`"to": "${SENDERS.shop.number}"`);
  });
});
