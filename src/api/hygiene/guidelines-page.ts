import { type Guideline, INTRODUCTION, TITLE } from '../../domain/quality/guidelines.ts';
import { escaped, page, withNames } from '../page.ts';

/** What to do where numbers are entered, to be read by whoever builds the form. */
export function guidelinesPage(guidelines: readonly Guideline[]): string {
  return page(TITLE, [`<p>${escaped(INTRODUCTION)}</p>`, ...guidelines.map(section)]);
}

function section({ rule, aim, owner, entry }: Guideline): string {
  const items = entry.map((one) => `<li>${withNames(one)}</li>`).join('\n');
  return `<h2 id="${escaped(rule)}">${escaped(rule)}</h2>
<p>${escaped(aim)} Seen to by ${escaped(owner)}.</p>
<ul>
${items}
</ul>`;
}
