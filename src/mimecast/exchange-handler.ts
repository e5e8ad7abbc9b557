import type { Dispatcher } from 'undici';
import type { GatewayOutcome } from '../domain/classify.ts';
import { deadlinePassed, failureOf } from './failure.ts';

/** A real answer takes a few hundred bytes; an error page that is longer than this is cut off. */
const MOST_BODY_BYTES = 64 * 1024;

/**
 * Collects one answer as the HTTP client delivers it. Works below the client's streams, which cost more than the
 * whole answer is worth: measured as a quarter of a check's CPU.
 */
export class ExchangeHandler implements Dispatcher.DispatchHandler {
  readonly #done: (outcome: GatewayOutcome) => void;
  readonly #deadline: NodeJS.Timeout;
  readonly #chunks: Uint8Array[] = [];
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #headers: Readonly<Record<string, string | readonly string[] | undefined>> = {};
  #size = 0;
  #over = false;

  /** Calls `done` exactly once, at the latest after `timeoutMs`. */
  constructor(timeoutMs: number, done: (outcome: GatewayOutcome) => void) {
    this.#done = done;
    this.#deadline = setTimeout(() => this.#end(deadlinePassed()), timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // The deadline may have passed while a connection was being made; nothing has been sent yet.
    if (this.#over) controller.abort(new Error('the deadline passed'));
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // 1xx only announces the answer.
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size > MOST_BODY_BYTES) this.#end(this.#answer(true));
  }

  onResponseEnd(): void {
    this.#end(this.#answer(false));
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#end(failureOf(error));
  }

  #answer(oversized: boolean): GatewayOutcome {
    const [first] = this.#chunks;
    const body = first && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
    return { kind: 'answer', status: this.#status, headers: this.#headers, body, oversized };
  }

  #end(outcome: GatewayOutcome): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#deadline);
    // Whatever still comes of this answer is not wanted; a finished one takes no notice.
    if (outcome.kind === 'failure' || outcome.oversized) {
      this.#controller?.abort(new Error('the exchange is over'));
    }
    this.#done(outcome);
  }
}
