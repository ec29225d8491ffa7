import { z } from 'zod';
import { contactId, shape } from './http/shapes.ts';

/** A contact with its number, of which only the last digits are shown. */
export const contactRef = shape('ContactRef', {
  id: contactId,
  masked: z.string().meta({ description: 'The number of the contact, of which only the end is shown.' }),
});
