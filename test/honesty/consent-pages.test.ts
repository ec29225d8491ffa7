import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ACT_CHANNELS } from '../../src/domain/consent/channels.ts';
import { EVENT_KINDS } from '../../src/domain/consent/decision.ts';
import { OPT_OUT_HANDLING } from '../../src/domain/opt-out-handling.ts';
import { HANDLINGS } from '../../src/domain/program.ts';
import { TEMPLATE_KEYS } from '../../src/domain/text/system-messages.ts';

const rowsOf = (page: string): string[][] =>
  [...readFileSync(page, 'utf8').matchAll(/^\| (`.+) \|$/gm)].map(([, row = '']) =>
    row.split(' | ').map((cell) => cell.trim()),
  );

describe('documentation pages on consent', () => {
  it('explain every kind of ledger entry', () => {
    const told = rowsOf('docs/evidence.md').flatMap(([names = '']) => names.match(/[\w-]+/g) ?? []);
    expect(told).to.include.members([...EVENT_KINDS]);
  });

  it('name every channel of an act', () => {
    const [, how = ''] = /^- `channel`: (.*?)\n- /ms.exec(readFileSync('docs/evidence.md', 'utf8')) ?? [];
    expect(how.match(/[A-Z_]{4,}/g)).to.include.members([...ACT_CHANNELS]);
  });

  it('name every question template by which its delivery is found', () => {
    const questions = TEMPLATE_KEYS.filter((key) => /(^|-)prompt|^renewal/.test(key));
    expect(questions).to.have.length(4);
    const named = readFileSync('docs/evidence.md', 'utf8').match(/`[\w-]+`/g) ?? [];
    expect(named).to.include.members(questions.map((key) => `\`${key}\``));
  });

  it('say who answers STOP, HELP and START under each handling', () => {
    const rows = rowsOf('docs/operations/carrier.md');
    for (const handling of HANDLINGS) {
      const [, ...cells] = rows.find(([name]) => name === `\`${handling}\``) ?? [];
      const words = (['carrier-stop', 'help', 'start'] as const).map((word) => {
        const { answers, blocks, unblocks } = OPT_OUT_HANDLING[handling][word];
        if (answers === 'us') return unblocks ? 'carrier where it lifts, else we' : 'we';
        return `carrier${blocks ? ', and blocks' : ''}${unblocks ? ', lifts' : ''}`;
      });
      expect(cells.slice(0, 3), handling).to.deep.equal(words);
    }
  });
});
