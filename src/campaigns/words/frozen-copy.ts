import type { Desk } from '../../consent/desk.ts';
import { LANGUAGES, type Program } from '../../domain/program.ts';
import type { FrozenCopy } from '../../store/campaigns/campaigns.ts';
import { optOutLine } from './issue.ts';

/** What a program puts into the texts of its campaigns, as it stands now. */
export function copyOf(desk: Desk, { brand, name, marketingTexts = {} }: Program): FrozenCopy {
  const line = optOutLine(desk);
  const optOutLines = Object.fromEntries(LANGUAGES.map((language) => [language, line(language)]));
  return { brand, name, marketingTexts, optOutLines };
}

/** A program as its campaign was started with. */
export function withCopy(program: Program, { brand, name, marketingTexts }: FrozenCopy): Program {
  return { ...program, brand, name, marketingTexts };
}
