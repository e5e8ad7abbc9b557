import { setTimeout as delay } from 'node:timers/promises';
import { type Job, Worker } from 'bullmq';

const AFTER_FAULT_MS = 1_000;

/**
 * BullMQ asks for the next job again at once when Redis answers with an error (full, read-only, loading), thousands of
 * times a second. This worker takes a breath first.
 */
export class PatientWorker<Data> extends Worker<Data> {
  protected override async moveToActive(token: string, name?: string): Promise<Job<Data>> {
    try {
      return await super.moveToActive(token, name);
    } catch (error) {
      await delay(AFTER_FAULT_MS);
      throw error;
    }
  }
}
