export async function demoKey(_uri: string, _dataDir: string): Promise<string> {
  return 'pending';
}
