import { readTemplate, targetsIn } from './template-text.ts';

/** The first language whose text of a template has no short link; null where each has one. */
export function linklessLanguage(texts: Readonly<Record<string, string>>): string | null {
  const [language] =
    Object.entries(texts).find(([, text]) => targetsIn(readTemplate(text).pieces).length === 0) ?? [];
  return language ?? null;
}
