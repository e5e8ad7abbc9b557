import { connect } from 'node:net';
import { afterEach } from '@jest/globals';
import { Agent, type Dispatcher, request } from 'undici';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator/server.ts';

const started: Simulator[] = [];
const agents: Agent[] = [];

afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.destroy()));
  await Promise.all(started.splice(0).map((simulator) => simulator.close()));
});

/** Starts a simulator with the usual cast, whose secrets are `<name>-secret`; it is closed after the test. */
export async function simulate(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const simulator = await startSimulator({
    keys: ['acme', 'globex', 'initech'].map((name) => ({ clientId: name, clientSecret: `${name}-secret` })),
    ...options,
  });
  started.push(simulator);
  return simulator;
}

export interface Told {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly text: string;
}

/** Any request, read to its end; rejects as undici does when there is no whole answer. */
export async function tell(
  simulator: Simulator,
  path: string,
  options: { method?: Dispatcher.HttpMethod; headers?: Record<string, string>; body?: string } = {},
  agentOptions: Agent.Options = {},
): Promise<Told> {
  const agent = new Agent(agentOptions);
  agents.push(agent);
  const { statusCode, headers, body } = await request(`${simulator.origin}${path}`, {
    dispatcher: agent,
    ...options,
  });
  return { status: statusCode, headers, text: await body.text() };
}

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

export function formOf(clientId: string, secret = `${clientId}-secret`): string {
  return `client_id=${clientId}&client_secret=${secret}&grant_type=client_credentials`;
}

/** A token request as the onboarding guide has it. */
export function ask(
  simulator: Simulator,
  clientId: string,
  secret?: string,
  agentOptions?: Agent.Options,
): Promise<Told> {
  const body = formOf(clientId, secret);
  return tell(simulator, '/oauth/token', { method: 'POST', headers: FORM, body }, agentOptions);
}

/** The statuses of so many token requests, one after the other. */
export async function statuses(simulator: Simulator, clientId: string, count: number): Promise<number[]> {
  const seen: number[] = [];
  while (seen.length < count) seen.push((await ask(simulator, clientId)).status);
  return seen;
}

/** A token request over a bare socket: the bytes that came back, and the code of the error that ended it. */
export function askRaw(
  simulator: Simulator,
  clientId: string,
): Promise<{ readonly bytes: string; readonly errorCode: string | null }> {
  const { hostname, port } = new URL(simulator.origin);
  const form = formOf(clientId);
  const head = [
    'POST /oauth/token HTTP/1.1',
    `Host: ${hostname}`,
    `Content-Type: ${FORM['content-type']}`,
    `Content-Length: ${form.length}`,
    'Connection: close',
  ];
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let bytes = '';
    let errorCode: string | null = null;
    socket.on('data', (chunk) => {
      bytes += chunk.toString('latin1');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      errorCode = error.code ?? error.message;
    });
    socket.on('close', () => resolve({ bytes, errorCode }));
    socket.write(`${head.join('\r\n')}\r\n\r\n${form}`);
  });
}
