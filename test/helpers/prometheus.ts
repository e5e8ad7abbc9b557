import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { startToolServer } from './tool.ts';

/** One series of an answer: its labels, and its newest value (instant) or all of them (range). */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

export interface Rule {
  readonly name: string;
  readonly type: 'alerting' | 'recording';
  readonly state?: 'firing' | 'pending' | 'inactive';
  readonly health: string;
  readonly lastError?: string;
  readonly alerts?: readonly { readonly labels: Readonly<Record<string, string>>; readonly state: string }[];
}

export interface Prometheus {
  readonly url: string;
  /** An instant query. Rejects with what Prometheus says of a query that is wrong. */
  query(expression: string): Promise<readonly Series[]>;
  /** The last `seconds`, every `step` seconds. */
  queryRange(expression: string, seconds: number, step: number): Promise<readonly Series[]>;
  rules(): Promise<readonly Rule[]>;
  stop(): Promise<void>;
}

/**
 * A real Prometheus of the test's own with this config, which listens on this machine only. Relative paths in the
 * config start at its temporary folder, so rule files are named by absolute paths.
 */
export async function startPrometheus(config: string): Promise<Prometheus> {
  const port = await freePort();
  const server = await startToolServer(
    'prometheus',
    /Server is ready to receive web requests/,
    async (folder) => {
      const file = join(folder, 'prometheus.yml');
      await writeFile(file, config);
      return [
        `--config.file=${file}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ];
    },
  );
  const url = `http://127.0.0.1:${port}`;
  const ask = async (path: string, parameters: Readonly<Record<string, string>>) => {
    // In the body, since an expression may be long.
    const answer = await fetch(`${url}/api/v1/${path}`, {
      method: 'POST',
      body: new URLSearchParams(parameters),
    });
    const { status, error, data } = (await answer.json()) as {
      status: string;
      error?: string;
      data: { result: Series[] };
    };
    if (status !== 'success') throw new Error(`${parameters['query']}: ${error}`);
    return data.result;
  };
  return {
    url,
    query: (query) => ask('query', { query }),
    queryRange: (query, seconds, step) => {
      const end = Date.now() / 1_000;
      return ask('query_range', {
        query,
        start: String(end - seconds),
        end: String(end),
        step: String(step),
      });
    },
    rules: async () => {
      const answer = await fetch(`${url}/api/v1/rules`);
      const { data } = (await answer.json()) as { data: { groups: { rules: Rule[] }[] } };
      return data.groups.flatMap(({ rules }) => rules);
    },
    stop: server.stop,
  };
}
