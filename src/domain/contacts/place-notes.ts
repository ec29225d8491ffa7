import { regionOfZip, zonesOfState } from '../hours/zone-tables.ts';
import type { PostalPlace } from './profile.ts';

/** A remark on a place whose parts contradict each other. The place is kept as it was given. */
export type PlaceNote = { field: 'place.state'; code: 'state-beside-zip'; sentence: string };

/**
 * Finds a state in which no ZIP code with this beginning lies, by the table that quiet hours go by (USPS Domestic
 * Mail Manual, labeling list L002; for Canada, Canada Post, Addressing Guidelines). A few ZIP codes cross the line of
 * a state, so this is no fault.
 */
export function notesOnPlace({ state, zip }: Pick<PostalPlace, 'state' | 'zip'>): PlaceNote[] {
  const region = state === null || zip === null ? null : regionOfZip(zip);
  if (state === null || zip === null || region === null || region.states.includes(state)) return [];
  const codes = /^\d/.test(zip)
    ? `ZIP codes that begin with ${zip.slice(0, 3)}`
    : `Postal codes that begin with ${zip.slice(0, 1)}`;
  const contradiction = `${codes} belong to ${region.states.join(' or ')}, but the state is ${state}.`;
  // Military mail may be anywhere, so its hours are those of the ZIP code alone.
  const isBound = zonesOfState(state).length > 0;
  const effect = isBound ? ' Until one of them is corrected, texts keep to the hours of both.' : '';
  return [{ field: 'place.state', code: 'state-beside-zip', sentence: `${contradiction}${effect}` }];
}
