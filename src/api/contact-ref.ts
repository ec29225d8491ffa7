import { z } from 'zod';
import { contactId, shape } from './http/shapes.ts';

/** How an answer names a contact: its id, and its phone number masked to the last digits. */
export const contactRef = shape('ContactRef', {
  id: contactId,
  masked: z.string().meta({ description: 'The number of the contact, of which only the end is shown.' }),
});
