import type { HttpApp } from './app.ts';
import { ProblemError } from './problem.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/**
 * Runs `addRoutes`, then answers every other method on the same paths with a 405 that names the right ones (RFC 9110
 * section 15.5.6), where the router would say that there is no such path.
 */
export function withOtherMethodsRefused(app: HttpApp, addRoutes: () => void): void {
  const served = new Map<string, Set<string>>();
  let collecting = true;
  app.addHook('onRoute', ({ url, method }) => {
    if (!collecting) return;
    const methods = served.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    served.set(url, methods);
  });
  addRoutes();
  collecting = false;
  for (const [url, methods] of served) {
    const allow = [...methods].sort().join(', ');
    const refuse = async (): Promise<never> => {
      throw new ProblemError(405, `This path answers to ${allow}.`, { headers: { allow } });
    };
    const method = METHODS.filter((one) => !methods.has(one));
    // Refused before a body is read, whatever it may be.
    app.route({ url, method, onRequest: refuse, handler: refuse });
  }
}
