/** What phones write before the message that a person put a heart or a thumb on, by the makers of iOS and of Android. */
const REACTIONS = [
  'Liked|Loved|Disliked|Laughed at|Emphasi[sz]ed|Questioned|Reacted .{1,20} to|Removed .{1,20} from',
  "A (?:aimé|adoré|ri de|mis en évidence|mis en doute|réagi .{1,24} à)|N[’']a pas aimé",
  '(?:No )?[Ll]e (?:gustó|encantó)|Se rió de|Enfatizó|Cuestionó|Reaccionó .{1,24} a',
  '(?:Não )?[Gg]ostou de|Amou|Adorou|Riu de|Enfatizou|Questionou|Reagiu .{1,24} a',
  '\\P{L}{1,12}to',
].join('|');
/** What it quotes may quote in turn: “Use “SAVE” today”. */
const QUOTED = '“[^“”]*(?:“[^“”]*”[^“”]*)*”|«[^«»]*(?:«[^«»]*»[^«»]*)*»|"[^"]*"';
const REACTION = new RegExp(`^[^\\p{L}\\p{S}]*(?:${REACTIONS})\\s*(?:${QUOTED})\\s*$`, 'su');

/** The rule named where a text is such a reaction: nothing in it is to be answered, by a rule or by staff. */
export const REACTION_RULE = 'reaction';

/**
 * True of what a phone sends when a person taps a reaction: `Liked “… STOP to end.”`. All it quotes are our own
 * words, which name the ways out, so they say nothing of what the person wants. Anything more makes it a text.
 */
export function isTapback(text: string): boolean {
  return REACTION.test(text);
}
