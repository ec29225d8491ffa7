import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { openWire, type Wire } from '../../scripts/rig/wire.ts';

/** Says back what it hears, and what it heard. */
async function echo(): Promise<{
  server: Server;
  port: number;
  heard: () => string;
  next: () => Promise<unknown>;
}> {
  let heard = '';
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      heard += bytes.toString();
      server.emit('heard');
      socket.write(bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { server, port, heard: () => heard, next: () => once(server, 'heard') };
}

const said = async (socket: Socket): Promise<string> => String((await once(socket, 'data'))[0]);

describe('breakable wire', () => {
  let far: Awaited<ReturnType<typeof echo>>;
  let wire: Wire;
  let near: Socket;

  beforeEach(async () => {
    far = await echo();
    wire = await openWire(far.port);
    near = connect(wire.port, '127.0.0.1');
    near.write('one');
    expect(await said(near)).to.equal('one');
  });

  afterEach(async () => {
    near.destroy();
    await wire.close();
    await new Promise((resolve) => far.server.close(resolve));
  });

  it('resets connections while it is cut, and accepts new ones when healed', async () => {
    const reset = once(near, 'error');
    wire.cut();
    expect(((await reset)[0] as NodeJS.ErrnoException).code).to.equal('ECONNRESET');
    const refused = connect(wire.port, '127.0.0.1');
    refused.write('two');
    const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).to.be.oneOf(['ECONNRESET', 'EPIPE']);
    wire.heal();
    near = connect(wire.port, '127.0.0.1');
    near.write('three');
    expect(await said(near)).to.equal('three');
    expect(far.heard()).to.equal('onethree');
  });

  it('holds back bytes while it is stalled and then delivers them in order', async () => {
    wire.stall();
    near.write('two');
    const other = connect(wire.port, '127.0.0.1');
    await once(other, 'connect');
    other.destroy();
    near.write('three');
    expect(far.heard()).to.equal('one');
    wire.heal();
    while (far.heard().length < 'onetwothree'.length) await far.next();
    expect(far.heard()).to.equal('onetwothree');
  });

  it('delivers the bytes of a client that left before it was healed', async () => {
    wire.stall();
    near.end('two');
    await new Promise((resolve) => near.once('finish', resolve));
    near.destroy();
    const heard = far.next();
    wire.heal();
    await heard;
    expect(far.heard()).to.equal('onetwo');
  });
});
