import { entry, type Route } from '../route.ts';
import { previewAnswer, previewBody, previewSegment } from './preview.ts';
import { listReadyMade, readyMadeAnswer, readyMadeQuery } from './ready-made.ts';
import * as segments from './segments.ts';

const aside = {
  method: 'post',
  scope: 'programs:write',
  params: segments.segmentParams,
  body: segments.archiveBody,
  answer: segments.segmentAnswer,
  problems: ['not-found'],
} as const;

/** Who a message is for. */
export const SEGMENT_ROUTES: readonly Route[] = [
  // Before the route that would read "preview" and "ready-made" as ids.
  entry({
    method: 'post',
    path: '/segments/preview',
    scope: 'contacts:read',
    summary: 'Count who fits now, clause by clause, and why some of them would get nothing.',
    body: previewBody,
    answer: previewAnswer,
    handle: previewSegment,
  }),
  entry({
    method: 'get',
    path: '/segments/ready-made',
    scope: 'programs:read',
    summary: 'List trees that most brands want, each as one sentence, to preview or to save.',
    query: readyMadeQuery,
    answer: readyMadeAnswer,
    problems: ['unprocessable'],
    handle: listReadyMade,
  }),
  entry({
    method: 'get',
    path: '/segments',
    scope: 'programs:read',
    summary: 'List the segments, each as one sentence.',
    query: segments.segmentsQuery,
    answer: segments.segmentsAnswer,
    handle: segments.listSegments,
  }),
  entry({
    method: 'get',
    path: '/segments/{id}',
    scope: 'programs:read',
    summary: 'Show a segment.',
    params: segments.segmentParams,
    answer: segments.segmentAnswer,
    problems: ['not-found'],
    handle: segments.showSegment,
  }),
  entry({
    method: 'put',
    path: '/segments/{id}',
    scope: 'programs:write',
    summary:
      'Save a segment whole; one that nobody can ever belong to is refused with the place of the fault.',
    params: segments.segmentParams,
    body: segments.segmentBody,
    answer: segments.segmentAnswer,
    handle: segments.putSegment,
  }),
  entry({
    ...aside,
    path: '/segments/{id}/archive',
    summary: 'Put a segment aside: in no list, and named by nothing new. What names it already goes on.',
    handle: segments.archive(true),
  }),
  entry({
    ...aside,
    path: '/segments/{id}/restore',
    summary: 'Bring an archived segment back.',
    handle: segments.archive(false),
  }),
];
