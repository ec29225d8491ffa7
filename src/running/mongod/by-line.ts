/** Hands on whole lines, however they come in chunks. What comes after the last line break waits for its own. */
export function byLine(take: (line: string) => void): (chunk: string | Buffer) => void {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') take(line);
  };
}
