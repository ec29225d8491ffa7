import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export type HttpAnswer = { status: number; body: string };

/**
 * A keep-alive connection with one request at a time. It uses far less CPU than any HTTP client, so that the servers are what is
 * measured.
 */
export type Connection = { post: (bytes: Buffer) => Promise<HttpAnswer>; close: () => void };

export async function openConnection(port: number): Promise<Connection> {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  await once(socket, 'connect');
  const read = answersOf(socket);
  return {
    post: (bytes) => {
      const answer = read();
      socket.write(bytes);
      return answer;
    },
    close: () => socket.destroy(),
  };
}

function answersOf(socket: Socket): () => Promise<HttpAnswer> {
  let waiting: { done: (answer: HttpAnswer) => void; failed: (error: Error) => void } | null = null;
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    text += chunk;
    const answer = parse(text);
    if (answer === null) return;
    text = '';
    waiting?.done(answer);
  });
  const fail = (): void => waiting?.failed(new Error('the server closed a connection'));
  socket.on('error', fail);
  socket.on('close', fail);
  return () =>
    new Promise((done, failed) => {
      waiting = { done, failed };
    });
}

/** The status of an answer that has no body and no content length. */
const NO_CONTENT = 204;

/** Returns the whole answer, or null while a part of it is missing. Throws if it has no content length. */
function parse(text: string): HttpAnswer | null {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const head = text.slice(0, end);
  const status = Number(head.slice(9, 12));
  if (status === NO_CONTENT) return { status, body: '' };
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error('an answer came without a content length');
  const body = text.slice(end + 4);
  return body.length < Number(length) ? null : { status, body };
}
