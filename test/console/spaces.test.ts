import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../src/config.ts';

const VIEWS = join(ROOT, 'templates', 'console');

/** A value at the end of a line and more text at the begin of the next one: the engine eats the line end between them. */
const GLUED = /<%=(?:(?!%>).)*%>\n(?:<%=|<(?:a|b|q|span|code)\b|\w)/g;
/** A value that a small piece of text follows at once, on the same line. */
const TOUCHING = /<%= it\.t\((?:(?!%>).)*%><(?:span class="(?:meta|hint)"|small|a )/g;

describe('Words in the views of the console', () => {
  const files = (readdirSync(VIEWS, { recursive: true }) as string[]).filter((file) => file.endsWith('.eta'));

  it('never touch the words of the next piece of text', () => {
    expect(files.length).to.be.greaterThan(50);
    const glued = files.flatMap((file) => {
      const view = readFileSync(join(VIEWS, file), 'utf8');
      return [...view.matchAll(GLUED), ...view.matchAll(TOUCHING)].map(([found]) => `${file}: ${found}`);
    });
    expect(glued).to.deep.equal([]);
  });
});
