import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LANGUAGES, type Language } from '../domain/program.ts';
import { checkTemplates, type TemplateSet, type TemplateSets } from '../domain/text/messages.ts';

/** The texts of every language, from `templates/sms`. Throws where one is missing or names what nothing fills. */
export async function readTemplates(root: string): Promise<TemplateSets> {
  const read = async (language: Language): Promise<[Language, TemplateSet]> => {
    const text = await readFile(join(root, 'templates', 'sms', `${language}.json`), 'utf8');
    return [language, JSON.parse(text) as TemplateSet];
  };
  const sets = Object.fromEntries(await Promise.all(LANGUAGES.map(read))) as TemplateSets;
  const problems = checkTemplates(sets);
  if (problems.length > 0) throw new Error(`templates/sms: ${problems.join('; ')}`);
  return sets;
}
