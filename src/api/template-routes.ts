import { entry, type Route } from './route.ts';
import { previewAnswer, previewBody, previewTemplate } from './template-preview.ts';
import * as templates from './templates.ts';

/** What is written once and merged for each person. */
export const TEMPLATE_ROUTES: readonly Route[] = [
  entry({
    method: 'get',
    path: '/templates',
    scope: 'programs:read',
    summary: 'List the templates.',
    query: templates.templatesQuery,
    answer: templates.templatesAnswer,
    handle: templates.listTemplates,
  }),
  entry({
    method: 'get',
    path: '/templates/{id}',
    scope: 'programs:read',
    summary: 'Show a template, and what it costs with nothing but its fallbacks.',
    params: templates.templateParams,
    answer: templates.templateAnswer,
    problems: ['not-found'],
    handle: templates.showTemplate,
  }),
  entry({
    method: 'put',
    path: '/templates/{id}',
    scope: 'programs:write',
    summary: 'Save a template whole: fields with fallbacks, look-alike characters replaced and told.',
    params: templates.templateParams,
    body: templates.templateBody,
    answer: templates.templateAnswer,
    problems: ['conflict'],
    handle: templates.putTemplate,
  }),
  entry({
    method: 'post',
    path: '/templates/{id}/preview',
    scope: 'contacts:read',
    summary: 'Show a template in the words of one person. Nothing is sent.',
    params: templates.templateParams,
    body: previewBody,
    answer: previewAnswer,
    problems: ['not-found'],
    handle: previewTemplate,
  }),
];
