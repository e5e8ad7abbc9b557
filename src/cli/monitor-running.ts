import { request } from 'undici';

const ANSWER_TIMEOUT_MS = 2_000;

/** Whether a monitor answers at an address. Any answer at all is one, without looking further. */
export async function isMonitorRunning(url: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const { statusCode, body } = await request(new URL('healthz', url), { signal });
    await body.dump();
    return statusCode === 200;
  } catch (error) {
    // One with a certificate of its own lives as well.
    return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test((error as NodeJS.ErrnoException).code ?? '');
  }
}
